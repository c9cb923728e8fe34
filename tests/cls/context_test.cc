#include "weft/cls/context.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

using ContextTest = OneNamespaceTest;

// --- handles

TEST_F(ContextTest, AHandleThatNamesNoContextIsFalseAndFindsNothing) {
  const Context none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get<int>("a"), nullptr);
  EXPECT_EQ(none.getOwn<int>("a"), nullptr);
  EXPECT_FALSE(none.has("a"));
  EXPECT_FALSE(none.hasOwn("a"));
  EXPECT_FALSE(none.parent());
  EXPECT_TRUE(none == Context());
}

TEST_F(ContextTest, WritingThroughAHandleThatNamesNoContextThrows) {
  const std::string text = "this Context names no context: take one from run() or createContext()";
  Context none;
  EXPECT_EQ(usageErrorOf([&] { none.set("a", 1); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.set(Key<int>("a"), 1); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.fork(); }), text);
  EXPECT_EQ(usageErrorOf([&] { none.onEnd([] {}); }), text);
  EXPECT_FALSE(none.erase("a"));
}

TEST_F(ContextTest, CopiesOfAHandleMeanTheSameContext) {
  Context a = ns_.createContext();
  Context b = a;
  Context moved = std::move(b);
  EXPECT_EQ(a, moved);
  EXPECT_FALSE(b);  // NOLINT: a moved-from handle names nothing
  moved.set("n", 1);
  EXPECT_EQ(*a.get<int>("n"), 1);
  EXPECT_NE(a, ns_.createContext());
  const Context& same = a;
  a = same;
  EXPECT_EQ(*a.get<int>("n"), 1);
}

TEST_F(ContextTest, ValuesOutliveTheRun) {
  Context context = ns_.run([&] { ns_.set("n", 1); });
  EXPECT_EQ(*context.get<int>("n"), 1);
}

// --- lookup

TEST_F(ContextTest, AKeyThatIsSetInTheParentOnlyIsReadFromTheParent) {
  Context parent = ns_.createContext();
  parent.set("n", 1);
  Context context = child(parent);
  EXPECT_EQ(*context.get<int>("n"), 1);
  EXPECT_TRUE(context.has("n"));
  EXPECT_FALSE(context.hasOwn("n"));
  EXPECT_EQ(context.getOwn<int>("n"), nullptr);
}

TEST_F(ContextTest, SettingInAChildLeavesTheParentAlone) {
  Context parent = ns_.createContext();
  parent.set("n", 1);
  Context context = child(parent);
  context.set("n", 2);
  EXPECT_EQ(*context.get<int>("n"), 2);
  EXPECT_EQ(*context.getOwn<int>("n"), 2);
  EXPECT_EQ(*parent.get<int>("n"), 1);
}

TEST_F(ContextTest, WhatAParentGetsLaterIsSeenByItsChildrenAtOnce) {
  Context parent = ns_.createContext();
  Context context = child(child(parent));
  EXPECT_EQ(context.get<int>("n"), nullptr);
  parent.set("n", 1);
  EXPECT_EQ(*context.get<int>("n"), 1);
  parent.set("n", 2);
  EXPECT_EQ(*context.get<int>("n"), 2);
}

TEST_F(ContextTest, AChildThatHasItsOwnValueDoesNotSeeTheParentsLaterOne) {
  Context parent = ns_.createContext();
  Context context = child(parent);
  context.set("n", 1);
  parent.set("n", 2);
  EXPECT_EQ(*context.get<int>("n"), 1);
}

TEST_F(ContextTest, AContextInTheMiddleMayStartAndStopToShadow) {
  Context top = ns_.createContext();
  top.set("n", 1);
  Context middle = child(top);
  Context bottom = child(middle);
  EXPECT_EQ(*bottom.get<int>("n"), 1);
  middle.set("n", 2);
  EXPECT_EQ(*bottom.get<int>("n"), 2);
  EXPECT_TRUE(middle.erase("n"));
  EXPECT_EQ(*bottom.get<int>("n"), 1);
}

TEST_F(ContextTest, ErasingAChildsValueLetsTheParentsShow) {
  Context parent = ns_.createContext();
  parent.set("n", 1);
  Context context = child(parent);
  context.set("n", 2);
  EXPECT_TRUE(context.erase("n"));
  EXPECT_EQ(*context.get<int>("n"), 1);
  EXPECT_FALSE(context.erase("n"));
  EXPECT_EQ(*context.get<int>("n"), 1);
}

TEST_F(ContextTest, ErasingInTheParentTakesTheValueFromChildrenWithoutTheirOwn) {
  Context parent = ns_.createContext();
  parent.set("n", 1);
  Context with = child(parent), without = child(parent);
  with.set("n", 2);
  EXPECT_TRUE(parent.erase("n"));
  EXPECT_EQ(without.get<int>("n"), nullptr);
  EXPECT_EQ(*with.get<int>("n"), 2);
}

TEST_F(ContextTest, AnObjectThatIsChangedInPlaceIsSharedByAll) {
  Context parent = ns_.createContext();
  parent.set("list", std::make_shared<std::vector<int>>());
  Context context = child(parent);
  (*context.get<std::shared_ptr<std::vector<int>>>("list"))->push_back(1);
  EXPECT_EQ((*parent.get<std::shared_ptr<std::vector<int>>>("list"))->size(), 1u);
}

TEST_F(ContextTest, SiblingsDoNotSeeEachOthersValues) {
  Context parent = ns_.createContext();
  Context a = child(parent), b = child(parent);
  a.set("n", 1);
  EXPECT_FALSE(b.has("n"));
}

TEST_F(ContextTest, ThereAreNoReservedAndNoInheritedNames) {
  Context parent = ns_.createContext();
  for (const char* name : {"id", "_ns_name", "toString", "constructor", "__proto__", "get", ""}) {
    EXPECT_FALSE(parent.has(name)) << name;
    parent.set(name, std::string("of the user"));
    Context context = child(parent);
    EXPECT_EQ(*context.get<std::string>(name), "of the user") << name;
  }
}

TEST_F(ContextTest, AnEmptyValueIsPresent) {
  Context parent = ns_.createContext();
  parent.set("n", std::optional<int>(1));
  Context context = child(parent);
  context.set("n", std::optional<int>());
  ASSERT_NE(context.get<std::optional<int>>("n"), nullptr);
  EXPECT_FALSE(context.get<std::optional<int>>("n")->has_value());
  context.set("p", nullptr);
  EXPECT_TRUE(context.has("p"));
}

TEST_F(ContextTest, ManyKeysAreFoundReplacedAndErased) {
  Context context = ns_.createContext();
  constexpr int kKeys = 200;
  for (int i = 0; i < kKeys; ++i) context.set("many" + std::to_string(i), i);
  for (int i = 0; i < kKeys; i += 3) context.set("many" + std::to_string(i), -i);
  for (int i = 1; i < kKeys; i += 3) EXPECT_TRUE(context.erase("many" + std::to_string(i)));
  for (int i = 0; i < kKeys; ++i) {
    const int* found = context.get<int>("many" + std::to_string(i));
    if (i % 3 == 1) {
      EXPECT_EQ(found, nullptr) << i;
    } else {
      ASSERT_NE(found, nullptr) << i;
      EXPECT_EQ(*found, i % 3 == 0 ? -i : i);
    }
  }
}

// --- parents

TEST_F(ContextTest, TheParentIsTheContextThatWasActiveWhenItWasMade) {
  Context outer = ns_.run([&] {
    Context active = ns_.active();
    EXPECT_EQ(ns_.createContext().parent(), active);
    EXPECT_FALSE(ns_.createContext({.root = true}).parent());
    Context inner = ns_.run([] {});
    EXPECT_EQ(inner.parent(), active);
  });
  EXPECT_FALSE(outer.parent());
  EXPECT_FALSE(ns_.createContext().parent());
}

TEST_F(ContextTest, ForkCopiesAllThatIsSeenIntoANewRoot) {
  Context parent = ns_.createContext();
  parent.set("a", 1);
  parent.set("b", 1);
  Context context = child(parent);
  context.set("b", 2);
  Context copy = context.fork();
  EXPECT_NE(copy, context);
  EXPECT_FALSE(copy.parent());
  EXPECT_EQ(*copy.getOwn<int>("a"), 1);
  EXPECT_EQ(*copy.getOwn<int>("b"), 2);
  copy.set("a", 3);
  parent.set("a", 4);
  EXPECT_EQ(*copy.get<int>("a"), 3);
  EXPECT_EQ(*context.get<int>("a"), 4);
  ns_.bind([&] { EXPECT_EQ(ns_.active(), copy); }, copy)();
}

TEST_F(ContextTest, ForkRefusesWhatCannotBeCopiedAndNamesTheKey) {
  Context context = ns_.createContext();
  context.set("fine", 1);
  context.set("only one", std::make_unique<int>(1));
  EXPECT_EQ(usageErrorOf([&] { context.fork(); }),
            "the context cannot be forked: the value of key 'only one' cannot be copied; store it "
            "in a std::shared_ptr");
  EXPECT_EQ(liveContexts(), 1u);
  EXPECT_EQ(**context.get<std::unique_ptr<int>>("only one"), 1);
}

}  // namespace
}  // namespace weft::cls
