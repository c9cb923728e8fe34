// The values that a context holds: where they are, of which types, and when they go.

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

using ContextValuesTest = OneNamespaceTest;

TEST_F(ContextValuesTest, AValueStaysWhereItIsWhileOtherKeysChange) {
  Context context = ns_.createContext();
  context.set("kept", std::string("value"));
  const std::string* kept = context.get<std::string>("kept");
  for (int i = 0; i < 100; ++i) context.set("other" + std::to_string(i), i);
  for (int i = 0; i < 100; ++i) context.erase("other" + std::to_string(i));
  EXPECT_EQ(context.get<std::string>("kept"), kept);
  EXPECT_EQ(*kept, "value");
}

TEST_F(ContextValuesTest, StringLiteralsAndPointersToCharactersAreStoredAsStrings) {
  Context context = ns_.createContext();
  char text[] = "buffer";
  const char* pointer = text;
  context.set("literal", "text");
  context.set("array", text);
  context.set("pointer", pointer);
  context.set(Key<std::string>("typed"), "key");
  text[0] = 'B';
  EXPECT_EQ(*context.get<std::string>("literal"), "text");
  EXPECT_EQ(*context.get<std::string>("array"), "buffer");
  EXPECT_EQ(*context.get<std::string>("pointer"), "buffer");
  EXPECT_EQ(*context.get<std::string>("typed"), "key");
}

TEST_F(ContextValuesTest, ValuesMayBeMoveOnlyAndOverAligned) {
  struct alignas(64) Wide {
    int n;
  };
  Context context = ns_.createContext();
  context.set("owned", std::make_unique<int>(1));
  context.set("wide", Wide{2});
  EXPECT_EQ(**context.get<std::unique_ptr<int>>("owned"), 1);
  EXPECT_EQ(context.get<Wide>("wide")->n, 2);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(context.get<Wide>("wide")) % 64, 0u);
}

TEST_F(ContextValuesTest, AValueOfAnotherTypeIsAnErrorThatSaysSoAndChangesNothing) {
  Context context = ns_.createContext();
  context.set("n", 1);
  const std::string text =
      "key 'n' holds a value of type i, not of the type that was asked for, l: read it with the "
      "type that it was set with";
  EXPECT_EQ(usageErrorOf([&] { context.get<long>("n"); }), text);
  EXPECT_EQ(usageErrorOf([&] { context.getOwn<long>("n"); }), text);
  EXPECT_EQ(usageErrorOf([&] { context.get(Key<long>("n")); }), text);
  EXPECT_EQ(*context.get<int>("n"), 1);
}

TEST_F(ContextValuesTest, AKeyMayHoldAValueOfAnotherTypeLater) {
  Context context = ns_.createContext();
  context.set("n", 1);
  context.set("n", std::string("one"));
  EXPECT_EQ(*context.get<std::string>("n"), "one");
}

TEST_F(ContextValuesTest, AValueThatCannotBeCopiedInLeavesTheContextAsItWas) {
  struct Refuses {
    Refuses() = default;
    Refuses(const Refuses&) { throw std::runtime_error("no copies"); }
  };
  Context context = ns_.createContext();
  context.set("n", 1);
  const std::size_t keys = internal::keysInUse();
  Refuses value;
  EXPECT_THROW(context.set("n", value), std::runtime_error);
  EXPECT_THROW(context.set("never used before", value), std::runtime_error);
  EXPECT_EQ(*context.get<int>("n"), 1);
  EXPECT_FALSE(context.has("never used before"));
  EXPECT_EQ(internal::keysInUse(), keys);
}

TEST_F(ContextValuesTest, ValuesAreDestroyedWhenReplacedErasedAndWithTheContext) {
  auto counted = std::make_shared<int>();
  {
    Context context = ns_.createContext();
    context.set("a", counted);
    context.set("b", counted);
    context.set("c", counted);
    EXPECT_EQ(counted.use_count(), 4);
    context.set("a", 0);
    EXPECT_EQ(counted.use_count(), 3);
    context.erase("b");
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(ContextValuesTest, DestructorsOfValuesMayUseContexts) {
  struct Leaver {
    Namespace ns;
    bool* ran;
    Leaver(Namespace n, bool* flag) : ns(n), ran(flag) {}
    Leaver(Leaver&& other) noexcept : ns(other.ns), ran(std::exchange(other.ran, nullptr)) {}
    ~Leaver() {
      if (ran == nullptr) return;
      ns.run([&] {
        ns.set("last", 1);
        *ran = *ns.get<int>("last") == 1;
      });
    }
  };
  bool replaced = false, ended = false;
  {
    Context context = ns_.createContext();
    context.set("v", Leaver(ns_, &replaced));
    context.set("v", Leaver(ns_, &ended));
    EXPECT_TRUE(replaced);
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace weft::cls
