#include "weft/loop/handles.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "weft/loop/event_loop.h"
#include "weft/tests/loop/event_loop_fixture.h"

namespace weft::loop {
namespace {

using HandlesTest = EventLoopTest;

TEST_F(HandlesTest, ADayOfTimersTakesNoTime) {
  loop_.setTimeout(note("a day"), hours(24));
  const TimerHandle interval = loop_.setInterval(note("six hours"), hours(6));
  loop_.setTimeout([interval] { interval.clear(); }, hours(20));
  loop_.run();
  EXPECT_EQ(log_, (Log{"six hours", "six hours", "six hours", "a day"}));
  EXPECT_EQ(clock_.now(), TimePoint(hours(24)));
}

TEST_F(HandlesTest, AClearedTimerOrImmediateDoesNotRun) {
  auto held = std::make_shared<int>(0);
  const TimerHandle timeout = loop_.setTimeout([held] {}, seconds(1));
  const ImmediateHandle immediate = loop_.setImmediate([held] {});
  loop_.setImmediate(note("other"));
  EXPECT_EQ(held.use_count(), 3);
  EXPECT_TRUE(timeout.clear());
  EXPECT_FALSE(timeout.clear());
  EXPECT_TRUE(loop_.clearImmediate(immediate));
  EXPECT_FALSE(loop_.clearImmediate(immediate));
  EXPECT_EQ(held.use_count(), 1);
  loop_.run();
  EXPECT_EQ(log_, Log{"other"});
  EXPECT_EQ(clock_.now(), TimePoint());
}

TEST_F(HandlesTest, TheLoopClearsByHandleToo) {
  const TimerHandle timeout = loop_.setTimeout(note("timeout"), seconds(1));
  const TimerHandle interval = loop_.setInterval(note("interval"), seconds(1));
  EXPECT_TRUE(loop_.clearTimeout(timeout));
  EXPECT_FALSE(loop_.clearTimeout(timeout));
  EXPECT_TRUE(loop_.clearInterval(interval));
  EXPECT_FALSE(loop_.clearInterval(interval));
  loop_.run();
  EXPECT_EQ(log_, Log());
}

TEST_F(HandlesTest, ATimerNeverComesEarlyAndTimeStandsStillInAPhase) {
  const TimePoint start = loop_.now();
  loop_.setTimeout(
      [&] {
        EXPECT_EQ(loop_.now(), start + seconds(1));
        clock_.advance(seconds(5));
        EXPECT_EQ(loop_.now(), start + seconds(1));
        loop_.setTimeout([&] { EXPECT_EQ(loop_.now(), start + seconds(6)); }, seconds(2));
      },
      seconds(1));
  loop_.run();
  EXPECT_EQ(clock_.now(), start + seconds(6));
}

TEST_F(HandlesTest, ARealClockIsNotBeatenEither) {
  EventLoop loop;
  const auto start = std::chrono::steady_clock::now();
  loop.setTimeout([] {}, milliseconds(20));
  loop.run();
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(20));
}

TEST_F(HandlesTest, APreciseLoopRunsItsTimers) {
  EventLoop loop({.precise = true});
  const auto start = std::chrono::steady_clock::now();
  loop.setTimeout([] {}, std::chrono::microseconds(1500));
  loop.run();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::microseconds(1500));
}

TEST_F(HandlesTest, NegativeAndEndlessDelaysAreTaken) {
  loop_.setTimeout(note("negative"), seconds(-5));
  const TimerHandle endless = loop_.setTimeout(note("endless"), Duration::max());
  TimerHandle interval;
  interval = loop_.setInterval(
      [&] {
        log_.push_back("interval");
        if (log_.size() == 3) interval.clear();
      },
      seconds(0));
  EXPECT_TRUE(endless.active());
  endless.unref();
  loop_.run();
  EXPECT_EQ(log_, (Log{"negative", "interval", "interval"}));
}

TEST_F(HandlesTest, TimeoutsSetByATimeoutWaitForTheNextIteration) {
  loop_.setTimeout(
      [this] {
        log_.push_back("first");
        loop_.setTimeout(note("later"), seconds(0));
        loop_.setImmediate(note("immediate"));
      },
      seconds(0));
  loop_.setTimeout(note("second"), seconds(0));
  loop_.run();
  EXPECT_EQ(log_, (Log{"first", "second", "immediate", "later"}));
}

TEST_F(HandlesTest, RefreshStartsTheDelayAnew) {
  const TimerHandle timeout = loop_.setTimeout(note("refreshed"), seconds(10));
  loop_.setTimeout([&] { EXPECT_TRUE(timeout.refresh()); }, seconds(7));
  loop_.setTimeout(note("between"), seconds(12));
  loop_.run();
  EXPECT_EQ(log_, (Log{"between", "refreshed"}));
  EXPECT_EQ(clock_.now(), TimePoint(seconds(17)));
  EXPECT_FALSE(timeout.refresh());
}

TEST_F(HandlesTest, ATimeoutMayRefreshItselfAndHasRunWhenItRuns) {
  int runs = 0;
  TimerHandle timeout;
  timeout = loop_.setTimeout(
      [&] {
        EXPECT_FALSE(timeout.active());
        ++runs;
      },
      seconds(1));
  loop_.run();
  EXPECT_EQ(runs, 1);
  TimerHandle again;
  again = loop_.setTimeout(
      [&] {
        if (++runs == 4) return;
        EXPECT_TRUE(again.refresh());
      },
      seconds(1));
  loop_.run();
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(clock_.now(), TimePoint(seconds(4)));
}

TEST_F(HandlesTest, ClearingARunningTimeoutFindsNothingAndARunningIntervalSomething) {
  TimerHandle timeout;
  timeout = loop_.setTimeout([&] { EXPECT_FALSE(timeout.clear()); }, seconds(1));
  TimerHandle interval;
  interval = loop_.setInterval(
      [&] {
        EXPECT_TRUE(interval.active());
        EXPECT_TRUE(interval.clear());
        EXPECT_FALSE(interval.active());
        EXPECT_FALSE(interval.clear());
        EXPECT_FALSE(interval.refresh());
      },
      seconds(1));
  loop_.run();
  EXPECT_EQ(clock_.now(), TimePoint(seconds(1)));
}

TEST_F(HandlesTest, UnreferencedTimersAndImmediatesDoNotKeepTheLoopRunning) {
  const TimerHandle timeout = loop_.setTimeout(note("timeout"), seconds(1)).unref();
  const TimerHandle interval = loop_.setInterval(note("interval"), seconds(1)).unref();
  const ImmediateHandle immediate = loop_.setImmediate(note("immediate")).unref();
  EXPECT_FALSE(timeout.hasRef());
  EXPECT_FALSE(immediate.hasRef());
  EXPECT_FALSE(loop_.alive());
  loop_.run();
  EXPECT_EQ(log_, Log{});
  timeout.ref();
  EXPECT_TRUE(loop_.alive());
  loop_.run();
  EXPECT_EQ(log_, (Log{"immediate", "timeout", "interval"}));
  EXPECT_TRUE(interval.clear());
  EXPECT_FALSE(loop_.alive());
}

TEST_F(HandlesTest, AnImmediateClearedInItsOwnRoundDoesNotRun) {
  ImmediateHandle second;
  ImmediateHandle first;
  first = loop_.setImmediate([&] {
    EXPECT_FALSE(first.active());
    EXPECT_FALSE(first.clear());
    EXPECT_TRUE(second.clear());
    EXPECT_FALSE(second.active());
  });
  second = loop_.setImmediate(note("second"));
  EXPECT_TRUE(second.active());
  loop_.run();
  EXPECT_EQ(log_, Log{});
}

TEST_F(HandlesTest, HandlesOutliveTheirLoopHarmlessly) {
  TimerHandle timeout;
  ImmediateHandle immediate;
  {
    EventLoop loop;
    timeout = loop.setTimeout([] {}, seconds(1));
    immediate = loop.setImmediate([] {});
  }
  EventLoop next;
  next.setTimeout([] {}, seconds(1));
  EXPECT_FALSE(timeout.active());
  EXPECT_FALSE(timeout.clear());
  EXPECT_FALSE(timeout.refresh());
  EXPECT_FALSE(timeout.unref().hasRef());
  EXPECT_FALSE(immediate.clear());
  EXPECT_FALSE(immediate.unref().hasRef());
  EXPECT_FALSE(TimerHandle().clear());
  EXPECT_FALSE(ImmediateHandle().clear());
}

TEST_F(HandlesTest, AHandleOfAnEndedLoopIsHarmlessWhileAnotherThreadHasALoop) {
  TimerHandle stale;
  {
    EventLoop ended;
    ended.setTimeout([] {}, seconds(1)).clear();
    stale = ended.setTimeout([] {}, seconds(1));
  }
  // The other loop has what was the ended one's.
  std::promise<void> made;
  std::promise<void> done;
  std::thread other([&] {
    EventLoop loop;
    const TimerHandle own = loop.setTimeout([] {}, seconds(1));
    made.set_value();
    done.get_future().wait();
    EXPECT_TRUE(own.clear());
  });
  made.get_future().wait();
  EXPECT_FALSE(stale.active());
  EXPECT_FALSE(stale.clear());
  done.set_value();
  other.join();
}

TEST_F(HandlesTest, TimerSlackRunsNeighboursTogether) {
  EventLoop loop({.clock = &clock_, .timer_slack = seconds(5)});
  Log times;
  for (int at : {10, 12, 14, 20}) {
    loop.setTimeout(
        [&, at] {
          times.push_back(std::to_string(at) + " at " +
                          std::to_string(loop.now().time_since_epoch() / seconds(1)));
        },
        seconds(at));
  }
  loop.run();
  EXPECT_EQ(times, (Log{"10 at 15", "12 at 15", "14 at 15", "20 at 25"}));
}

}  // namespace
}  // namespace weft::loop
