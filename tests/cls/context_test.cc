#include "weft/cls/context.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class ContextTest : public testing::Test {
 protected:
  ~ContextTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Context child(const Context& parent) {
    Context made;
    ns_.bind([&] { made = ns_.createContext(); }, parent)();
    return made;
  }

  Namespace ns_ = createAnonymousNamespace();
};

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

// --- values

TEST_F(ContextTest, AValueStaysWhereItIsWhileOtherKeysChange) {
  Context context = ns_.createContext();
  context.set("kept", std::string("value"));
  const std::string* kept = context.get<std::string>("kept");
  for (int i = 0; i < 100; ++i) context.set("other" + std::to_string(i), i);
  for (int i = 0; i < 100; ++i) context.erase("other" + std::to_string(i));
  EXPECT_EQ(context.get<std::string>("kept"), kept);
  EXPECT_EQ(*kept, "value");
}

TEST_F(ContextTest, StringLiteralsAndPointersToCharactersAreStoredAsStrings) {
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

TEST_F(ContextTest, ValuesMayBeMoveOnlyAndOverAligned) {
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

TEST_F(ContextTest, AValueOfAnotherTypeIsAnErrorThatSaysSoAndChangesNothing) {
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

TEST_F(ContextTest, AKeyMayHoldAValueOfAnotherTypeLater) {
  Context context = ns_.createContext();
  context.set("n", 1);
  context.set("n", std::string("one"));
  EXPECT_EQ(*context.get<std::string>("n"), "one");
}

TEST_F(ContextTest, AValueThatCannotBeCopiedInLeavesTheContextAsItWas) {
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

TEST_F(ContextTest, ValuesAreDestroyedWhenReplacedErasedAndWithTheContext) {
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

TEST_F(ContextTest, DestructorsOfValuesMayUseContexts) {
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

// --- long chains

TEST_F(ContextTest, AChainOfTwentyThousandContextsIsReadAndTornDown) {
  Context bottom = ns_.createContext();
  bottom.set("root", 1);
  std::vector<Context> all = {bottom};  // handles keep the chain from being merged
  for (int i = 0; i < 20000; ++i) {
    bottom = child(bottom);
    all.push_back(bottom);
  }
  EXPECT_EQ(*bottom.get<int>("root"), 1);
  EXPECT_EQ(liveContexts(), 20001u);
  while (all.size() > 1) all.erase(all.begin(), all.begin() + 1 + all.size() / 2);
  all.clear();
  bottom = Context();
}

TEST_F(ContextTest, AThousandRunsInsideEachOtherAreEachLeft) {
  std::function<void(int)> nest = [&](int left) {
    if (left == 0) {
      EXPECT_EQ(*ns_.get<int>("root"), 1);
      EXPECT_EQ(ns_.depth(), 1001u);
      return;
    }
    ns_.run([&] { nest(left - 1); });
    EXPECT_EQ(ns_.depth(), 1001u - static_cast<unsigned>(left));
  };
  ns_.run([&] {
    ns_.set("root", 1);
    nest(1000);
  });
}

TEST_F(ContextTest, AValueMayHoldTheNextOfALongChainOfContexts) {
  Context last = ns_.createContext();
  for (int i = 0; i < 20000; ++i) {
    Context next = ns_.createContext();
    next.set("next", last);
    last = next;
  }
  EXPECT_EQ(liveContexts(), 20001u);
}

TEST_F(ContextTest, TwentyThousandRunsEachStartedInTheOneBeforeAreTornDown) {
  Dispatcher dispatcher;
  std::vector<Context> all;
  std::function<void(int)> next = [&](int left) {
    ns_.run([&](const Context& context) {
      all.push_back(context);
      if (left != 0) dispatcher.add([&next, left] { next(left - 1); });
    });
  };
  next(20000);
  all.front().set("root", 1);
  dispatcher.run();
  EXPECT_EQ(*all.back().get<int>("root"), 1);
  EXPECT_EQ(liveContexts(), 20001u);
}

// A callback that runs nested runs and goes on from inside them leaves a chain of contexts behind
// that nobody but the last one can see. They are merged, and nothing that can be observed changes.
TEST_F(ContextTest, ParentsThatNobodyElseCanReachAreMergedUnseen) {
  Dispatcher dispatcher;
  ns_.run([&] {
    ns_.set("a", 1);
    ns_.set("b", 1);
    ns_.set("c", 1);
    ns_.run([&] {
      ns_.set("b", 2);
      ns_.set("c", 2);
      ns_.run([&] {
        ns_.set("c", 3);
        dispatcher.add([&] {
          for (int i = 0; i < 3; ++i) ns_.run([] {});
          Context active = ns_.active();
          EXPECT_LE(liveContexts(), 2u);
          EXPECT_EQ(*active.get<int>("a"), 1);
          EXPECT_EQ(*active.get<int>("b"), 2);
          EXPECT_EQ(*active.get<int>("c"), 3);
          EXPECT_FALSE(active.hasOwn("a"));
          EXPECT_FALSE(active.hasOwn("b"));
          EXPECT_EQ(*active.getOwn<int>("c"), 3);
          EXPECT_TRUE(active.erase("c"));
          EXPECT_EQ(*active.get<int>("c"), 2);
          EXPECT_FALSE(active.erase("c"));
        });
      });
    });
  });
  dispatcher.run();
}

TEST_F(ContextTest, MergingKeepsTheNearerValueWhicheverBagIsLarger) {
  for (const int near : {1, 40}) {
    for (const int far : {1, 40}) {
      Dispatcher dispatcher;
      ns_.run([&] {
        for (int i = 0; i < far; ++i) ns_.set("k" + std::to_string(i), i);
        ns_.run([&] {
          for (int i = 0; i < near; ++i) ns_.set("k" + std::to_string(i), 100 + i);
          ns_.run([&] {
            dispatcher.add([&] {
              ns_.run([&] {
                EXPECT_EQ(liveContexts(), 3u);
                for (int i = 0; i < std::max(near, far); ++i) {
                  EXPECT_EQ(*ns_.get<int>("k" + std::to_string(i)), i < near ? 100 + i : i);
                }
              });
            });
          });
        });
      });
      dispatcher.run();
    }
  }
}

TEST_F(ContextTest, ContextsWithAHandleOrAnEndListenerAreNotMerged) {
  Dispatcher dispatcher;
  Context handle;
  std::vector<std::string> ends;
  ns_.run([&] {
    ns_.active().onEnd([&] { ends.push_back("outer"); });
    ns_.run([&] {
      handle = ns_.active();
      ns_.run([&] {
        ns_.run([&] {
          dispatcher.add([&] {
            for (int i = 0; i < 3; ++i) ns_.run([] {});
            EXPECT_EQ(liveContexts(), 4u);
            handle.set("late", 1);
            EXPECT_EQ(*ns_.get<int>("late"), 1);
          });
        });
      });
    });
  });
  dispatcher.run();
  EXPECT_TRUE(ends.empty());
  handle = Context();
  drainAll();
  EXPECT_EQ(ends, std::vector<std::string>{"outer"});
}

}  // namespace
}  // namespace weft::cls
