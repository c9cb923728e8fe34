// Situations that no suite of the reference packages covers and in which they fail, found by
// probing them: timers from elsewhere, and
// whether a context ends when it should.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Ints = std::vector<int>;
using FoundEndTest = ScenarioTest;

TEST_F(FoundEndTest, RefreshedFromElsewhereATimerKeepsTheContextInWhichItWasSet) {
  TimerHandle handle;
  in(1, [&] { handle = loop_.setTimeout(looking(), milliseconds(5)); });
  in(2, [&] { loop_.setTimeout([&] { handle.refresh(); }, milliseconds(3)); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{1});
}

TEST_F(FoundEndTest, WhatAnIntervalSetsItReadsAtItsNextTurn) {
  TimerHandle handle;
  in(1, [&] {
    handle = loop_.setInterval(
        [&] {
          look();
          ns_.set("v", value() + 1);
          if (value() == 4) handle.clear();
        },
        milliseconds(5));
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 3}));
}

TEST_F(FoundEndTest, ClearingFromElsewhereLetsTheContextGoAtOnce) {
  bool ended = false;
  TimerHandle timeout, interval;
  ImmediateHandle immediate;
  in(1, [&] {
    ns_.active().onEnd([&] { ended = true; });
    timeout = loop_.setTimeout(looking(), milliseconds(5));
    interval = loop_.setInterval(looking(), milliseconds(5));
    immediate = loop_.setImmediate(looking());
  });
  in(2, [&] {
    EXPECT_TRUE(timeout.clear());
    EXPECT_TRUE(interval.clear());
    EXPECT_EQ(liveContexts(), 2u);
    EXPECT_TRUE(immediate.clear());
    EXPECT_EQ(liveContexts(), 1u);
    EXPECT_EQ(value(), 2);
  });
  EXPECT_FALSE(ended) << "the loop tells, after the running callback";
  loop_.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen_, Ints{});
}

TEST_F(FoundEndTest, AContextEndsAfterItsLastCallbackWhoeverThrows) {
  std::vector<std::string> order;
  loop_.onUncaughtException([&](const std::exception_ptr&) { order.push_back("thrown"); });
  in(1, [&] {
    ns_.active().onEnd([&] { order.push_back("end"); });
    loop_.setTimeout([] { throw 1; }, milliseconds(5));
  });
  loop_.setTimeout([&] { order.push_back("later"); }, milliseconds(6));
  loop_.run();
  EXPECT_EQ(order, (std::vector<std::string>{"thrown", "end", "later"}));
}

TEST_F(FoundEndTest, AnEndListenerThatThrowsIsReportedInItsContextAndTheOthersStillRun) {
  loop_.onUncaughtException([&](const std::exception_ptr&) { look(); });
  in(1, [&] {
    ns_.active().onEnd([] { throw 1; });
    ns_.active().onEnd(looking());
    loop_.nextTick([] {});
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1}));
}

TEST_F(FoundEndTest, ALoopThatIsDestroyedEndsWhatIsPendingOnIt) {
  Ints ends;
  {
    EventLoop loop;
    for (int i = 1; i <= 4; ++i) {
      in(i, [&] {
        ns_.active().onEnd([&] { ends.push_back(value()); });
        if (i == 1) loop.nextTick([] {});
        if (i == 2) loop.setImmediate([] {});
        if (i == 3) loop.setTimeout([] {}, milliseconds(5));
        if (i == 4) {
          loop::spawn(loop, []() -> Co<> { co_await loop::sleep(milliseconds(5)); });
        }
      });
    }
    EXPECT_EQ(ends, Ints{});
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_EQ(ends, (Ints{1, 2, 3, 4}));
}

TEST_F(FoundEndTest, TwentyThousandNestedRunsAcrossTheLoopKeepTheRootsValue) {
  std::function<void(int)> next = [&](int left) {
    ns_.run([&, left] {
      if (left == 0) return look();
      loop_.nextTick([&, left] { next(left - 1); });
    });
  };
  in(5, [&] { next(20000); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{5});
}

TEST_F(FoundEndTest, OfABatchEachCallbackLetsItsContextGoWhileTheOthersWait) {
  Ints ends;
  for (int i = 1; i <= 3; ++i) {
    in(i, [&] {
      ns_.active().onEnd([&] { ends.push_back(value()); });
      loop_.setImmediate([&, i] { EXPECT_EQ(ends.size(), static_cast<std::size_t>(i - 1)); });
    });
  }
  loop_.run();
  EXPECT_EQ(ends, (Ints{1, 2, 3}));
}

TEST_F(FoundEndTest, AContextThatHoldsAPromiseOfItsOwnEnds) {
  bool ended = false;
  in(1, [&] {
    ns_.active().onEnd([&] { ended = true; });
    auto [promise, resolver] = Promise<int>::withResolvers(loop_);
    ns_.set("promise", promise);
    promise.then([this](int) { look(); });
    loop_.setTimeout([settler = resolver]() mutable { settler.resolve(1); }, milliseconds(5));
  });
  loop_.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen_, Ints{1});
}

TEST_F(FoundEndTest, AnInitialPromiseThatAllRequestsShareKeepsNoneOfThem) {
  std::optional<Promise<int>> shared;
  Ints ends;
  for (int i = 1; i <= 3; ++i) {
    in(i, [&] {
      ns_.active().onEnd([&] { ends.push_back(value()); });
      if (!shared.has_value()) shared = Promise<int>::resolved(loop_, 7);
      shared->then([this](int) { look(); });
    });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 3}));
  EXPECT_EQ(ends, (Ints{1, 2, 3}));
}

}  // namespace
}  // namespace weft::cls
