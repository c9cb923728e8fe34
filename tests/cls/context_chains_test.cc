// Long chains of contexts: read, torn down, and merged where nobody can tell.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

using ContextChainsTest = OneNamespaceTest;

TEST_F(ContextChainsTest, AChainOfTwentyThousandContextsIsReadAndTornDown) {
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

TEST_F(ContextChainsTest, AThousandRunsInsideEachOtherAreEachLeft) {
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

TEST_F(ContextChainsTest, AValueMayHoldTheNextOfALongChainOfContexts) {
  Context last = ns_.createContext();
  for (int i = 0; i < 20000; ++i) {
    Context next = ns_.createContext();
    next.set("next", last);
    last = next;
  }
  EXPECT_EQ(liveContexts(), 20001u);
}

TEST_F(ContextChainsTest, TwentyThousandRunsEachStartedInTheOneBeforeAreTornDown) {
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
TEST_F(ContextChainsTest, ParentsThatNobodyElseCanReachAreMergedUnseen) {
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

TEST_F(ContextChainsTest, MergingKeepsTheNearerValueWhicheverBagIsLarger) {
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

TEST_F(ContextChainsTest, ContextsWithAHandleOrAnEndListenerAreNotMerged) {
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
