#include "weft/emitter/event.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/emitter/event_emitter.h"
#include "weft/tests/emitter/other_unit.h"

namespace weft {
namespace {

constexpr Event<std::string_view> kData{"data"};
constexpr Event<int, const std::string&> kRow{"row"};
constexpr Event<std::string&> kEdit{"edit"};

template <typename E, typename... T>
concept Emittable = requires(EventEmitter& emitter, const E& event, T&&... args) {
  emitter.emit(event, std::forward<T>(args)...);
};

static_assert(Emittable<Event<std::string_view>, const char*>);
static_assert(!Emittable<Event<std::string_view>, int>);
static_assert(!Emittable<Event<std::string_view>>);
static_assert(!Emittable<Event<>, int>);
static_assert(!Emittable<Event<int, int>, int>);
static_assert(!Emittable<Event<std::string&>, const std::string&>);

static_assert(
    std::is_same_v<Event<std::string_view, const char*, int&, const std::string&,
                         std::span<const int>>::OwnedArgs,
                   std::tuple<std::string, std::string, int, std::string, std::vector<int>>>);
static_assert(std::is_same_v<emitter::Owned<const std::shared_ptr<int>&>, std::shared_ptr<int>>);

std::string errorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(EventTest, TheSameNameAndTypesInAnotherFileAreTheSameEvent) {
  EventEmitter emitter;
  int calls = 0;
  emitter.on(kData, [&] { ++calls; });
  EXPECT_TRUE(emitOtherData(emitter, "x"));
  addOtherData(emitter, [&](std::string_view) { calls += 10; });
  EXPECT_TRUE(emitter.emit(kData, "y"));
  EXPECT_EQ(calls, 12);
}

TEST(EventTest, TheSameNameAsAStringIsTheSameEvent) {
  EventEmitter emitter;
  std::string heard;
  emitter.on(kData, [&](std::string_view s) { heard += s; });
  emitter.on("data", [&](std::string_view s) { heard += s; });
  EXPECT_TRUE(emitter.emit("data", "a"));
  EXPECT_TRUE(emitter.emit(std::string("data"), std::string_view("b")));
  EXPECT_TRUE(emitter.emit(kData, "c"));
  EXPECT_EQ(heard, "aabbcc");
}

TEST(EventTest, AnEventThatWasFirstNamedByAStringIsFoundByItsConstant) {
  EventEmitter emitter;
  int sum = 0;
  emitter.on("row", [&](int n, const std::string& s) { sum += n + static_cast<int>(s.size()); });
  EXPECT_TRUE(emitter.emit(kRow, 1, "four"));
  EXPECT_TRUE(emitter.emit("row", 2, std::string("xy")));
  EXPECT_EQ(sum, 9);
}

TEST(EventTest, AStringThatStartsAtTheConstantsCharactersIsNotTheConstant) {
  EventEmitter emitter;
  emitter.on(kData, [] {});
  emitter.emit(kData, "");
  EXPECT_FALSE(emitter.emit(kData.view().substr(0, 3), "x"));
}

TEST(EventTest, EmittingAStringNameWithOtherTypesSaysWhatIsExpectedAndGiven) {
  EventEmitter emitter;
  int calls = 0;
  emitter.on(kRow, [&] { ++calls; });
  EXPECT_EQ(errorOf([&] { emitter.emit("row", 1.5); }),
            "the listeners of event 'row' take (int, std::string), but emit() was given (double): "
            "use the Event constant, or exactly its argument types");
  EXPECT_EQ(calls, 0);
}

TEST(EventTest, AListenerOfOtherTypesIsRefused) {
  EventEmitter emitter;
  emitter.on(kRow, [] {});
  EXPECT_EQ(errorOf([&] { emitter.on("row", [](std::string_view) {}); }),
            "the listeners of event 'row' take (int, std::string), but on() was given "
            "(std::string_view): use the Event constant, or exactly its argument types");
  constexpr Event<std::string&> kOtherRow{"row"};
  EXPECT_EQ(errorOf([&] { emitter.once(kOtherRow, [] {}); }),
            "the listeners of event 'row' take (int, std::string), but on() was given "
            "(std::string&): use the Event constant, or exactly its argument types");
  EXPECT_EQ(emitter.listenerCount(kRow), 1u);
}

TEST(EventTest, TheTypesOfAnEventAreThoseOfItsListenersAsLongAsItHasSome) {
  EventEmitter emitter;
  emitter.on("value", [](int) {}).remove();
  emitter.on("value", [](double) {});
  EXPECT_TRUE(emitter.emit("value", 0.5));
  EXPECT_THROW(emitter.emit("value", 5), UsageError);
}

TEST(EventTest, AReferenceReachesTheListenersAsItIs) {
  EventEmitter emitter;
  emitter.on(kEdit, [](std::string& text) { text += "1"; });
  emitter.on("edit", [](std::string& text) { text += "2"; });
  std::string text = "x";
  emitter.emit(kEdit, text);
  emitter.emit("edit", std::ref(text));
  EXPECT_EQ(text, "x1212");
}

TEST(EventTest, AListenerMayMoveFromAReference) {
  EventEmitter emitter;
  constexpr Event<std::unique_ptr<int>&> kGift{"gift"};
  std::unique_ptr<int> taken;
  emitter.on(kGift, [&](std::unique_ptr<int>& gift) { taken = std::move(gift); });
  auto gift = std::make_unique<int>(7);
  emitter.emit(kGift, gift);
  EXPECT_EQ(gift, nullptr);
  EXPECT_EQ(*taken, 7);
}

TEST(EventTest, LargeArgumentsAreNotCopied) {
  struct Counted {
    Counted() = default;
    Counted(const Counted& other) : copies(other.copies + 1) {}
    int copies = 0;
  };
  constexpr Event<Counted> kCounted{"counted"};
  EventEmitter emitter;
  std::vector<int> copies;
  for (int i = 0; i < 3; ++i) {
    emitter.on(kCounted, [&](const Counted& c) { copies.push_back(c.copies); });
  }
  emitter.emit(kCounted, Counted());
  EXPECT_EQ(copies, (std::vector<int>{0, 0, 0}));
}

TEST(EventTest, ADerivedObjectKeepsItsIdentityUnderAConstReference) {
  struct Base {
    int tag = 1;
  };
  struct Derived : Base {};
  constexpr Event<const Base&> kSeen{"seen"};
  EventEmitter emitter;
  const Base* seen = nullptr;
  emitter.on(kSeen, [&](const Base& base) { seen = &base; });
  Derived derived;
  emitter.emit(kSeen, derived);
  EXPECT_EQ(seen, &derived);
}

TEST(EventTest, ListenersOfAStringNameMayTakeSmallArgumentsByConstReference) {
  EventEmitter emitter;
  constexpr Event<int> kTick{"tick"};
  int heard = 0;
  emitter.on("tick", [&](const int& n) { heard = n; });
  emitter.emit(kTick, 4);
  EXPECT_EQ(heard, 4);
}

TEST(EventTest, AnEventMayBeNamedAtRunTime) {
  EventEmitter emitter;
  int heard = 0;
  {
    const std::string name = "topic " + std::to_string(7);
    emitter.on(Event<int>(name.c_str()), [&](auto n) { heard += n; });
    EXPECT_TRUE(emitter.emit(Event<int>(name.c_str()), 1));
  }
  EXPECT_TRUE(emitter.emit("topic 7", 2));
  char other[] = "topic 7";
  EXPECT_TRUE(emitter.emit(Event<int>(other), 3));
  other[6] = '8';
  EXPECT_FALSE(emitter.emit(Event<int>(other), 4));
  EXPECT_EQ(heard, 6);
}

TEST(EventTest, NamesOfTheSameHashAreDifferentEvents) {
  constexpr Event<> kOne{"costarring"};
  constexpr Event<> kTwo{"liquid"};
  ASSERT_EQ(kOne.hash(), kTwo.hash());
  EventEmitter emitter;
  std::string trace;
  emitter.on(kOne, [&] { trace += "1"; });
  EXPECT_FALSE(emitter.emit(kTwo));
  emitter.on("liquid", [&] { trace += "2"; });
  for (int i = 0; i < 2; ++i) {
    emitter.emit(kOne);
    emitter.emit(kTwo);
    emitter.emit("costarring");
  }
  EXPECT_EQ(trace, "121121");
}

}  // namespace
}  // namespace weft
