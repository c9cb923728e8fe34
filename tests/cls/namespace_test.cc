#include "weft/cls/namespace.h"

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

using NamespaceTest = OneNamespaceTest;

// --- active, get, set, erase

TEST_F(NamespaceTest, OutsideOfAnyContextReadingFindsNothing) {
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(ns_.get<int>("n"), nullptr);
  EXPECT_EQ(ns_.get(Key<int>("n")), nullptr);
  EXPECT_FALSE(ns_.has("n"));
  EXPECT_FALSE(ns_.erase("n"));
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(NamespaceTest, OutsideOfAnyContextWritingThrowsAndSaysWhatToDo) {
  Namespace named = createNamespace("outside");
  const std::string text =
      "no context is active in namespace 'outside': call run() or bind() first";
  EXPECT_EQ(usageErrorOf([&] { named.set("n", 1); }), text);
  EXPECT_EQ(usageErrorOf([&] { named.set(Key<int>("n"), 1); }), text);
  EXPECT_THROW(named.set("n", 1), NoContextError);
  const absl::Status status = named.trySet("n", 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), text);
  EXPECT_FALSE(named.active());
  destroyNamespace("outside");
}

TEST_F(NamespaceTest, TrySetSetsWhereAContextIsActive) {
  ns_.run([&] {
    EXPECT_TRUE(ns_.trySet("n", 1).ok());
    EXPECT_TRUE(ns_.trySet(Key<int>("m"), 2).ok());
    EXPECT_EQ(*ns_.get<int>("n"), 1);
    EXPECT_EQ(*ns_.get<int>("m"), 2);
  });
}

TEST_F(NamespaceTest, RequireGivesTheValueOrSaysWhatIsMissing) {
  const Key<int> typed("n");
  EXPECT_THROW(ns_.require(typed), NoContextError);
  EXPECT_THROW(ns_.require<int>("n"), NoContextError);
  ns_.run([&] {
    const std::string text =
        "the active context of namespace '' has no value under key 'n': set() it where the context "
        "begins";
    EXPECT_EQ(usageErrorOf([&] { ns_.require(typed); }), text);
    EXPECT_EQ(usageErrorOf([&] { ns_.require<int>("n"); }), text);
    ns_.set("n", 1);
    EXPECT_EQ(&ns_.require(typed), ns_.get(typed));
    EXPECT_EQ(&ns_.require<int>("n"), ns_.get(typed));
    EXPECT_THROW(ns_.require<std::string>("n"), UsageError) << "it is of another type";
  });
}

TEST_F(NamespaceTest, GetSetAndEraseWorkOnTheActiveContext) {
  Context context = ns_.run([&](const Context& active) {
    ns_.set("n", 1);
    EXPECT_EQ(*active.get<int>("n"), 1);
    EXPECT_TRUE(ns_.has("n"));
    EXPECT_TRUE(ns_.erase("n"));
    EXPECT_FALSE(ns_.erase("n"));
    ns_.set("n", 2);
  });
  EXPECT_EQ(*context.get<int>("n"), 2);
}

TEST_F(NamespaceTest, ATypedReadOfAnotherTypeThrows) {
  ns_.run([&] {
    ns_.set("n", 1);
    EXPECT_THROW(ns_.get<std::string>("n"), UsageError);
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  });
}

TEST_F(NamespaceTest, AHandleIsCopiedAndNamesTheSameNamespace) {
  Namespace copy = ns_, none;
  EXPECT_EQ(copy, ns_);
  EXPECT_FALSE(none);
  none = copy;
  Namespace moved = std::move(copy);
  EXPECT_FALSE(copy);  // NOLINT: a moved-from handle names nothing
  EXPECT_EQ(none, moved);
  ns_.run([&] { EXPECT_TRUE(moved.active()); });
}

TEST_F(NamespaceTest, NamespacesAreIndependent) {
  Namespace other = createAnonymousNamespace();
  ns_.run([&] {
    ns_.set("n", 1);
    other.run([&] {
      other.set("n", 2);
      ns_.run([&] { ns_.set("n", 3); });
      EXPECT_EQ(*other.get<int>("n"), 2);
      EXPECT_EQ(*ns_.get<int>("n"), 1);
    });
    EXPECT_FALSE(other.active());
  });
}

// --- createContext, run, runAndReturn

TEST_F(NamespaceTest, CreateContextEntersNothing) {
  Context context = ns_.createContext();
  EXPECT_TRUE(context);
  EXPECT_FALSE(ns_.active());
}

TEST_F(NamespaceTest, RunMakesAChildOfTheActiveContextAndReturnsIt) {
  Context inner;
  Context outer = ns_.run([&](const Context& active) {
    EXPECT_EQ(ns_.active(), active);
    inner = ns_.run([&] { EXPECT_NE(ns_.active(), active); });
    EXPECT_EQ(ns_.active(), active);
    EXPECT_EQ(inner.parent(), active);
  });
  EXPECT_FALSE(ns_.active());
  EXPECT_FALSE(outer.parent());
}

TEST_F(NamespaceTest, ARootRunSeesNothingOfTheActiveContext) {
  ns_.run([&] {
    ns_.set("n", 1);
    Context root = ns_.run([&] { EXPECT_FALSE(ns_.has("n")); }, {.root = true});
    EXPECT_FALSE(root.parent());
    ns_.runAndReturn([&] { EXPECT_FALSE(ns_.has("n")); }, {.root = true});
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  });
}

TEST_F(NamespaceTest, RunAndReturnReturnsWhatTheFunctionReturns) {
  int n = 0;
  int& same = ns_.runAndReturn([&]() -> int& { return n; });
  EXPECT_EQ(&same, &n);
  EXPECT_EQ(*ns_.runAndReturn([](const Context&) { return std::make_unique<int>(3); }), 3);
  ns_.runAndReturn([] {});
}

TEST_F(NamespaceTest, RunRestoresTheStateWhenTheFunctionThrows) {
  ns_.run([&](const Context& outer) {
    EXPECT_THROW(ns_.run([] { throw std::runtime_error("out"); }), std::runtime_error);
    EXPECT_EQ(ns_.active(), outer);
    EXPECT_EQ(ns_.depth(), 1u);
    EXPECT_THROW(ns_.runAndReturn([]() -> int { throw 1; }), int);
    EXPECT_EQ(ns_.active(), outer);
  });
}

TEST_F(NamespaceTest, RunRefusesANullFunctionAndLeavesTheState) {
  EXPECT_EQ(usageErrorOf([&] { ns_.run(std::function<void()>()); }),
            "run() needs a function, and was given a null one");
  EXPECT_FALSE(ns_.active());
}

TEST_F(NamespaceTest, AFunctionThatLeavesTheRunsContextItselfIsTolerated) {
  const int result = ns_.runAndReturn([&](const Context& context) {
    ns_.exit(context);
    EXPECT_FALSE(ns_.active());
    return 7;
  });
  EXPECT_EQ(result, 7);
  EXPECT_FALSE(ns_.active());
  EXPECT_THROW(ns_.run([&](const Context& context) {
    ns_.exit(context);
    throw std::runtime_error("the user's own");
  }),
               std::runtime_error);
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(NamespaceTest, RunRestoresAllNamespacesWhateverWasEnteredInside) {
  Namespace other = createAnonymousNamespace();
  Context before = other.createContext();
  other.enter(before);
  ns_.run([&] {
    other.enter(other.createContext());
    other.enter(other.createContext());
    EXPECT_EQ(other.depth(), 3u);
  });
  EXPECT_EQ(other.active(), before);
  EXPECT_EQ(other.depth(), 1u);
  other.exit(before);
}

TEST_F(NamespaceTest, NestedRunsOverrideAndRestoreOneKey) {
  ns_.run([&] {
    ns_.set("v", 1);
    ns_.run([&] {
      EXPECT_EQ(*ns_.get<int>("v"), 1);
      ns_.set("v", 2);
      ns_.run([&] {
        EXPECT_EQ(*ns_.get<int>("v"), 2);
        ns_.set("v", 3);
        EXPECT_EQ(*ns_.get<int>("v"), 3);
      });
      EXPECT_EQ(*ns_.get<int>("v"), 2);
    });
    EXPECT_EQ(*ns_.get<int>("v"), 1);
  });
}

}  // namespace
}  // namespace weft::cls
