#include "weft/emitter/event_emitter.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "weft/cls/errors.h"

namespace {

std::size_t g_allocations = 0;

}  // namespace

// Counted, to hold that emitting allocates nothing.
void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weft {
namespace {

constexpr Event<std::string_view> kData{"data"};
constexpr Event<> kEnd{"end"};
constexpr Event<int> kTick{"tick"};

using Trace = std::vector<std::string>;

// Adds `what` to the trace, whatever the arguments.
auto note(Trace& trace, std::string what) {
  return [&trace, what] { trace.push_back(what); };
}

TEST(EventEmitterTest, ListenersAreCalledInTheOrderTheyWereAddedWithTheArguments) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kData, [&](std::string_view s) { trace.push_back("1:" + std::string(s)); });
  emitter.addListener(kData, [&](auto s) { trace.push_back("2:" + std::string(s)); });
  emitter.on(kData, note(trace, "3"));
  EXPECT_TRUE(emitter.emit(kData, "x"));
  EXPECT_EQ(trace, (Trace{"1:x", "2:x", "3"}));
}

TEST(EventEmitterTest, EmitTellsWhetherThereWereListeners) {
  EventEmitter emitter;
  EXPECT_FALSE(emitter.emit(kEnd));
  ListenerHandle handle = emitter.on(kEnd, [] {});
  EXPECT_TRUE(emitter.emit(kEnd));
  EXPECT_FALSE(emitter.emit(kTick, 1));
  EXPECT_TRUE(handle.remove());
  EXPECT_FALSE(emitter.emit(kEnd));
}

TEST(EventEmitterTest, HasListenersWhileSomebodyHearsAnyEvent) {
  EventEmitter emitter;
  EXPECT_FALSE(emitter.hasListeners());
  const ListenerHandle end = emitter.on(kEnd, [] {});
  emitter.once(kTick, [](int) {});
  EXPECT_TRUE(end.remove());
  EXPECT_TRUE(emitter.hasListeners());
  emitter.emit(kTick, 1);
  EXPECT_FALSE(emitter.hasListeners());
}

TEST(EventEmitterTest, OnceIsRemovedBeforeItsCall) {
  EventEmitter emitter;
  Trace trace;
  emitter.once(kTick, [&](int n) {
    trace.push_back("once " + std::to_string(n) + " of " +
                    std::to_string(emitter.listenerCount(kTick)));
    emitter.emit(kTick, n + 1);
  });
  emitter.on(kTick, [&](int n) { trace.push_back("on " + std::to_string(n)); });
  emitter.emit(kTick, 1);
  emitter.emit(kTick, 7);
  EXPECT_EQ(trace, (Trace{"once 1 of 1", "on 2", "on 1", "on 7"}));
}

TEST(EventEmitterTest, PrependedListenersComeFirst) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kEnd, note(trace, "on"));
  emitter.prependListener(kEnd, note(trace, "prepended"));
  emitter.prependOnceListener(kEnd, note(trace, "prepended once"));
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"prepended once", "prepended", "on", "prepended", "on"}));
}

TEST(EventEmitterTest, AListenerAddedWhileEmittingWaitsForTheNextEmission) {
  EventEmitter emitter;
  Trace trace;
  emitter.once(kEnd, [&] {
    emitter.on(kEnd, note(trace, "last"));
    emitter.prependListener(kEnd, note(trace, "first"));
  });
  emitter.on(kEnd, note(trace, "middle"));
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"middle"}));
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"middle", "first", "middle", "last"}));
}

TEST(EventEmitterTest, AListenerRemovedWhileEmittingIsStillCalledByThatEmission) {
  EventEmitter emitter;
  Trace trace;
  ListenerHandle second;
  emitter.on(kEnd, [&] {
    trace.push_back("first");
    second.remove();
  });
  second = emitter.on(kEnd, note(trace, "second"));
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"first", "second", "first"}));
}

TEST(EventEmitterTest, RemoveAllWhileEmittingEndsWithThatEmission) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kEnd, [&] {
    trace.push_back("first");
    emitter.removeAllListeners(kEnd);
  });
  emitter.on(kEnd, note(trace, "second"));
  EXPECT_TRUE(emitter.emit(kEnd));
  EXPECT_FALSE(emitter.emit(kEnd));
  EXPECT_EQ(trace, (Trace{"first", "second"}));
}

TEST(EventEmitterTest, RemoveAllOfOneEventLeavesTheOthers) {
  EventEmitter emitter;
  emitter.on(kEnd, [] {});
  emitter.on(kTick, [] {});
  emitter.on(kTick, [] {});
  emitter.removeAllListeners(kTick);
  EXPECT_EQ(emitter.listenerCount(kTick), 0u);
  EXPECT_EQ(emitter.listenerCount("end"), 1u);
  emitter.removeAllListeners();
  EXPECT_TRUE(emitter.eventNames().empty());
}

TEST(EventEmitterTest, AnExceptionEndsTheEmissionAndLeavesTheEmitterUsable) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kTick, [](int n) {
    if (n == 1) throw std::runtime_error("one");
  });
  emitter.on(kTick, note(trace, "second"));
  EXPECT_THROW(emitter.emit(kTick, 1), std::runtime_error);
  EXPECT_TRUE(trace.empty());
  EXPECT_TRUE(emitter.emit(kTick, 2));
  EXPECT_EQ(trace, (Trace{"second"}));
}

TEST(EventEmitterTest, EmittingMayNest) {
  EventEmitter emitter;
  int calls = 0;
  emitter.on(kTick, [&](int n) {
    ++calls;
    if (n > 0) emitter.emit(kTick, n - 1);
  });
  emitter.emit(kTick, 5);
  EXPECT_EQ(calls, 6);
}

TEST(EventEmitterTest, EventNamesComeInTheOrderOfTheirFirstListener) {
  EventEmitter emitter;
  ListenerHandle tick = emitter.on(kTick, [] {});
  emitter.on(kEnd, [] {});
  emitter.on("zebra", [] {});
  EXPECT_EQ(emitter.eventNames(), (Trace{"tick", "end", "zebra"}));
  tick.remove();
  emitter.on(kTick, [] {});
  EXPECT_EQ(emitter.eventNames(), (Trace{"end", "zebra", "tick"}));
}

TEST(EventEmitterTest, ManyEventsAreKeptApart) {
  EventEmitter emitter;
  constexpr int kEvents = 500;
  std::vector<int> calls(kEvents);
  std::vector<ListenerHandle> handles;
  for (int i = 0; i < kEvents; ++i) {
    handles.push_back(
        emitter.on("topic " + std::to_string(i), [&calls, i](int n) { calls[i] += n; }));
  }
  for (int i = 0; i < kEvents; i += 3) EXPECT_TRUE(handles[i].remove());
  for (int i = 0; i < kEvents; ++i) {
    EXPECT_EQ(emitter.emit("topic " + std::to_string(i), i), i % 3 != 0);
    EXPECT_EQ(calls[i], i % 3 != 0 ? i : 0);
  }
  EXPECT_EQ(emitter.eventNames().size(), 333u);
}

TEST(EventEmitterTest, NullListenersAreRefused) {
  EventEmitter emitter;
  void (*no_function)(int) = nullptr;
  EXPECT_THROW(emitter.on(kTick, no_function), UsageError);
  EXPECT_THROW(emitter.once(kTick, std::function<void(int)>()), UsageError);
  EXPECT_THROW(emitter.prependListener(kTick, absl::AnyInvocable<void(int)>()), UsageError);
  EXPECT_THROW(emitter.prependOnceListener(kTick, ListenerFn<int>()), UsageError);
  try {
    emitter.on("tick", no_function);
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "on('tick'): the listener is null; give something that can be called");
  }
  EXPECT_TRUE(emitter.eventNames().empty());
}

TEST(EventEmitterTest, WithoutListenersItIsAtMostSixteenBytes) {
  EXPECT_LE(sizeof(EventEmitter), 16u);
  const std::size_t before = g_allocations;
  {
    EventEmitter emitter;
    emitter.emit(kTick, 1);
    emitter.removeAllListeners();
    EXPECT_EQ(emitter.listenerCount(kTick), 0u);
  }
  EXPECT_EQ(g_allocations, before);
}

TEST(EventEmitterTest, EmittingAllocatesNothing) {
  EventEmitter emitter;
  int sum = 0;
  for (int i = 0; i < 10; ++i) emitter.on(kTick, [&](int n) { sum += n; });
  for (int i = 0; i < 10; ++i) emitter.on("topic " + std::to_string(i), [&](int n) { sum += n; });
  emitter.once(kEnd, [&] { ++sum; });
  emitter.emit(kTick, 1);
  const std::size_t before = g_allocations;
  emitter.emit(kTick, 1);
  emitter.emit("tick", 1);
  emitter.emit("topic 7", 1);
  emitter.emit("nobody", 1);
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(g_allocations, before);
  EXPECT_EQ(sum, 32);
}

TEST(EventEmitterTest, ManyListenersKeepTheirOrderThroughAddingAndRemoving) {
  EventEmitter emitter;
  emitter.setMaxListeners(0);
  std::vector<int> heard;
  std::vector<ListenerHandle> handles;
  for (int i = 0; i < 100; ++i) {
    handles.push_back(emitter.on(kEnd, [&heard, i] { heard.push_back(i); }));
  }
  for (int i = 0; i < 100; ++i) {
    if (i % 10 != 3) handles[i].remove();
  }
  emitter.emit(kEnd);
  EXPECT_EQ(heard, (std::vector<int>{3, 13, 23, 33, 43, 53, 63, 73, 83, 93}));
}

TEST(EventEmitterTest, AnEmissionWithinAnotherSeesTheListenersOfItsOwnBeginning) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kTick, [&](int n) {
    if (n != 1) return;
    emitter.on(kTick, [&](int m) { trace.push_back("new " + std::to_string(m)); });
    emitter.emit(kTick, 2);
  });
  emitter.on(kTick, [&](int n) { trace.push_back("old " + std::to_string(n)); });
  emitter.emit(kTick, 1);
  EXPECT_EQ(trace, (Trace{"old 2", "new 2", "old 1"}));
}

TEST(EventEmitterTest, AOnceListenerIsNotCalledAgainByAnEmissionAroundTheOneThatCalledIt) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kTick, [&](int n) {
    if (n == 1) emitter.emit(kTick, 2);
  });
  emitter.once(kTick, [&](int n) { trace.push_back(std::to_string(n)); });
  emitter.emit(kTick, 1);
  EXPECT_EQ(trace, (Trace{"2"}));
}

class Door : public EventEmitter {
 public:
  void open() { emit(kTick, 1); }
};

class Bell {
 public:
  EventEmitter& events() { return events_; }
  void ring() { events_.emit(kTick, 2); }

 private:
  EventEmitter events_;
};

TEST(EventEmitterTest, AClassMayBeOneOrHaveOne) {
  int sum = 0;
  Door door;
  Bell bell;
  door.on(kTick, [&](int n) { sum += n; });
  bell.events().on(kTick, [&](int n) { sum += n; });
  door.open();
  bell.ring();
  EXPECT_EQ(sum, 3);
}

TEST(EventEmitterTest, ListenersThatCannotBeCopiedAreWelcome) {
  EventEmitter emitter;
  int heard = 0;
  emitter.on(kTick, [&heard, owned = std::make_unique<int>(5)](int n) { heard = n + *owned; });
  emitter.on("tick", absl::AnyInvocable<void(int)>([&](int n) { heard += n; }));
  emitter.emit(kTick, 1);
  EXPECT_EQ(heard, 7);
}

TEST(EventEmitterTest, ListenersThatNeedAlignmentGetIt) {
  struct alignas(64) Wide {
    int value = 9;
  };
  EventEmitter emitter;
  bool aligned = false;
  Wide wide;
  emitter.on(kEnd, [&aligned, wide] {
    aligned = reinterpret_cast<std::uintptr_t>(&wide) % alignof(Wide) == 0 && wide.value == 9;
  });
  emitter.emit(kEnd);
  EXPECT_TRUE(aligned);
}

}  // namespace
}  // namespace weft
