#include "weft/cls/bound.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

TEST(BoundTest, RunsInTheContextThatWasActiveWhenItWasBound) {
  Namespace ns = createAnonymousNamespace();
  std::function<int()> bound;
  ns.run([&] {
    ns.set("id", 7);
    bound = ns.bind([&] { return *ns.get<int>("id"); });
  });
  EXPECT_FALSE(ns.active());
  EXPECT_EQ(bound(), 7);
  ns.run([&] {
    ns.set("id", 8);
    EXPECT_EQ(bound(), 7);
    EXPECT_EQ(*ns.get<int>("id"), 8);
  });
}

TEST(BoundTest, RunsInTheContextThatItWasGivenWhateverIsActive) {
  Namespace ns = createAnonymousNamespace();
  Context given = ns.createContext();
  ns.run([&] {
    auto bound = ns.bind([&] { return ns.active(); }, given);
    EXPECT_EQ(bound(), given);
    EXPECT_EQ(bound.context(), given);
    EXPECT_NE(ns.active(), given);
  });
}

TEST(BoundTest, WithNoContextItMakesOneRootThatAllItsCallsShare) {
  Namespace ns = createAnonymousNamespace();
  int calls = 0;
  auto bound = ns.bind([&] {
    const int* before = ns.get<int>("calls");
    ns.set("calls", before != nullptr ? *before + 1 : 1);
    calls = *ns.get<int>("calls");
  });
  bound();
  bound();
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(bound.context().parent());
  EXPECT_FALSE(ns.active());
}

TEST(BoundTest, PassesArgumentsAndResultOn) {
  Namespace ns = createAnonymousNamespace();
  auto bound = ns.bind([](std::unique_ptr<int> a, int& b) -> int& {
    b += *a;
    return b;
  });
  int n = 1;
  int& result = bound(std::make_unique<int>(2), n);
  EXPECT_EQ(n, 3);
  EXPECT_EQ(&result, &n);
}

TEST(BoundTest, HoldsItsContextByReference) {
  Namespace ns = createAnonymousNamespace();
  std::function<std::string()> bound;
  Context context = ns.run([&] {
    bound = ns.bind([&] {
      std::string before = *ns.get<std::string>("s");
      ns.set("s", before + "+");
      return before;
    });
    ns.set("s", "after binding");
  });
  EXPECT_EQ(bound(), "after binding");
  EXPECT_EQ(*context.get<std::string>("s"), "after binding+");
}

TEST(BoundTest, LeavesOtherNamespacesToTheCaller) {
  Namespace ns = createAnonymousNamespace(), other = createAnonymousNamespace();
  std::function<void()> bound;
  Context seen;
  ns.run([&] { other.run([&] { bound = ns.bind([&] { seen = other.active(); }); }); });
  bound();
  EXPECT_FALSE(seen);
  Context caller = other.run([&] { bound(); });
  EXPECT_EQ(seen, caller);
}

TEST(BoundTest, WhatIsCapturedInsideHasTheBoundContext) {
  Namespace ns = createAnonymousNamespace();
  Context context = ns.createContext();
  auto held = ns.bind([] { return HeldFrame<Holder::kUser>::capture(); }, context)();
  EXPECT_FALSE(ns.active());
  FrameScope scope(held);
  EXPECT_EQ(ns.active(), context);
}

TEST(BoundTest, RestoresWhatItFoundAlsoWhenTheFunctionThrows) {
  Namespace ns = createAnonymousNamespace();
  ns.run([&] {
    Context outer = ns.active();
    auto bound = ns.bind([]() -> void { throw std::runtime_error("out"); }, ns.createContext());
    EXPECT_THROW(bound(), std::runtime_error);
    EXPECT_EQ(ns.active(), outer);
    EXPECT_EQ(ns.depth(), 1u);
  });
  settle();
}

TEST(BoundTest, NotesItsContextOnWhatTheFunctionThrows) {
  Namespace ns = createAnonymousNamespace();
  Context context = ns.createContext();
  auto bound = ns.bind([]() -> void { throw 5; }, context);
  try {
    bound();
  } catch (int) {
    EXPECT_EQ(ns.fromException(std::current_exception()), context);
  }
  settle();
}

TEST(BoundTest, CopiesShareTheContext) {
  Namespace ns = createAnonymousNamespace();
  auto bound = ns.bind([&] { return ns.active(); });
  auto copy = bound;
  EXPECT_EQ(copy(), bound());
}

TEST(BoundTest, KeepsItsContextAliveUntilTheLastCopyGoes) {
  Namespace ns = createAnonymousNamespace();
  {
    auto bound = ns.bind([] {});
    EXPECT_EQ(liveContexts(), 1u);
    auto copy = bound;
    auto moved = std::move(bound);
    EXPECT_EQ(liveContexts(), 1u);
  }
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(BoundTest, ANullFunctionIsRefusedAndNothingIsBound) {
  Namespace ns = createAnonymousNamespace();
  const std::string text = "bind() needs a function, and was given a null one";
  void (*pointer)() = nullptr;
  EXPECT_EQ(usageErrorOf([&] { ns.bind(pointer); }), text);
  EXPECT_EQ(usageErrorOf([&] { ns.bind(std::function<void()>()); }), text);
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(BoundTest, AFreeFunctionCanBeBound) {
  Namespace ns = createAnonymousNamespace();
  struct Doubler {
    static int twice(int n) { return 2 * n; }
  };
  EXPECT_EQ(ns.bind(&Doubler::twice)(4), 8);
}

// The originals take any object as a context; the usual case is one of a namespace whose name was
// created again.
TEST(BoundTest, AContextOfAnotherNamespaceIsActiveInThisOne) {
  Namespace ns = createAnonymousNamespace(), other = createAnonymousNamespace();
  Context foreign = other.createContext();
  foreign.set("id", 1);
  auto bound = ns.bind(
      [&] {
        EXPECT_EQ(ns.active(), foreign);
        EXPECT_FALSE(other.active());
        ns.set("seen", *ns.get<int>("id"));
        Context child = ns.run([&] { EXPECT_EQ(*ns.get<int>("id"), 1); });
        EXPECT_EQ(child.parent(), foreign);
        throw 5;
      },
      foreign);
  try {
    bound();
    FAIL();
  } catch (int) {
    EXPECT_EQ(ns.fromException(std::current_exception()), foreign);
    EXPECT_FALSE(other.fromException(std::current_exception()));
  }
  EXPECT_EQ(*foreign.get<int>("seen"), 1);
  settle();
}

TEST(BoundTest, AForeignContextGoesWithTheNamespaceInWhichItIsActive) {
  Namespace ns = createAnonymousNamespace(), other = createAnonymousNamespace();
  Context foreign = other.createContext();
  HeldFrame<Holder::kUser> before, after;
  ns.bind(
      [&] {
        destroyNamespace(other);
        before = HeldFrame<Holder::kUser>::capture();
        destroyNamespace(ns);
        after = HeldFrame<Holder::kUser>::capture();
        EXPECT_EQ(ns.active(), foreign);
      },
      foreign)();
  EXPECT_FALSE(after);
  FrameScope scope(before);
  EXPECT_EQ(ns.active(), foreign);
}

// Slots are used again: a frame must not show its context under a namespace made later.
TEST(BoundTest, AForeignContextKeepsTheNamespaceInWhichItWasActive) {
  Namespace home = createAnonymousNamespace();
  Context foreign = home.createContext();
  HeldFrame<Holder::kUser> held;
  {
    Namespace ns = createAnonymousNamespace();
    ns.bind([&] { held = HeldFrame<Holder::kUser>::capture(); }, foreign)();
  }
  Namespace later = createAnonymousNamespace();
  FrameScope scope(held);
  EXPECT_FALSE(later.active());
}

}  // namespace
}  // namespace weft::cls
