#include "weft/loop/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "weft/loop/fd_watcher.h"
#include "weft/tests/loop/event_loop_fixture.h"

namespace weft::loop {
namespace {

TEST_F(EventLoopTest, PhasesRunInTheirOrder) {
  loop_.queueClose(note("close"));
  loop_.setImmediate(note("immediate"));
  ASSERT_TRUE(loop_.post(note("post")).ok());
  loop_.setTimeout(note("timeout"), seconds(0));
  loop_.queueMicrotask(note("microtask"));
  loop_.nextTick(note("tick"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"tick", "microtask", "timeout", "post", "immediate", "close"}));
}

TEST_F(EventLoopTest, TicksAndMicrotasksRunAfterEachCallback) {
  for (int i = 0; i < 2; ++i) {
    loop_.setImmediate([this] {
      log_.push_back("immediate");
      loop_.queueMicrotask([this] {
        log_.push_back("microtask");
        loop_.nextTick(note("late tick"));
        loop_.queueMicrotask(note("microtask of microtask"));
      });
      loop_.nextTick([this] {
        log_.push_back("tick");
        loop_.nextTick(note("tick of tick"));
      });
    });
  }
  loop_.run();
  const Log once{"immediate", "tick", "tick of tick", "microtask", "microtask of microtask",
                 "late tick"};
  Log twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(log_, twice);
}

TEST_F(EventLoopTest, AnImmediateSetByAnImmediateRunsInTheNextIteration) {
  loop_.setImmediate([this] {
    log_.push_back("first");
    loop_.setImmediate(note("third"));
    loop_.setTimeout(note("timeout"), seconds(0));
  });
  loop_.setImmediate(note("second"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"first", "second", "timeout", "third"}));
}

TEST_F(EventLoopTest, StopIsHeededAtOnceInEachPhase) {
  const auto stopThenNote = [this](const std::string& text) {
    return [this, text] {
      log_.push_back(text);
      loop_.nextTick(note("tick after " + text));
      loop_.stop();
    };
  };
  loop_.nextTick(stopThenNote("tick"));
  loop_.queueMicrotask(stopThenNote("microtask"));
  loop_.setTimeout(stopThenNote("timeout"), seconds(0));
  ASSERT_TRUE(loop_.post(stopThenNote("post")).ok());
  loop_.setImmediate(stopThenNote("immediate"));
  loop_.queueClose(stopThenNote("close"));
  Log seen;
  while (loop_.alive()) {
    log_.clear();
    loop_.run();
    for (const std::string& text : log_) seen.push_back(text);
    seen.push_back("|");
  }
  EXPECT_EQ(seen,
            (Log{"tick", "|", "tick after tick", "microtask", "|", "tick after microtask",
                 "timeout", "|", "tick after timeout", "post", "|", "tick after post", "immediate",
                 "|", "tick after immediate", "close", "|", "tick after close", "|"}));
}

TEST_F(EventLoopTest, StopBeforeRunEndsItAtOnceAndOnlyOnce) {
  loop_.nextTick(note("tick"));
  loop_.stop();
  loop_.run();
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"tick"});
}

TEST_F(EventLoopTest, StopFromAnotherThreadBeforeRunEndsItAtOnce) {
  loop_.setImmediate(note("immediate"));
  std::thread([this] { loop_.stop(); }).join();
  loop_.run();
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"immediate"});
}

TEST_F(EventLoopTest, RunOnceRunsTheTimersForWhichItSlept) {
  loop_.setTimeout(note("timeout"), seconds(1));
  loop_.setTimeout(note("later"), seconds(2));
  EXPECT_TRUE(loop_.runOnce());
  EXPECT_EQ(log_, Log{"timeout"});
  EXPECT_FALSE(loop_.runOnce());
  EXPECT_EQ(log_, (Log{"timeout", "later"}));
  EXPECT_FALSE(loop_.runOnce());
}

TEST_F(EventLoopTest, RunNoWaitDoesNotSleep) {
  loop_.setTimeout(note("timeout"), seconds(1));
  loop_.setImmediate(note("immediate"));
  EXPECT_TRUE(loop_.runNoWait());
  EXPECT_TRUE(loop_.runNoWait());
  EXPECT_EQ(log_, Log{"immediate"});
  EXPECT_EQ(clock_.now(), TimePoint());
}

TEST_F(EventLoopTest, RunForEndsWhenItsTimeIsOver) {
  const TimerHandle interval = loop_.setInterval(note("interval"), seconds(2));
  EXPECT_TRUE(loop_.runFor(seconds(5)));
  EXPECT_EQ(log_, (Log{"interval", "interval"}));
  EXPECT_EQ(clock_.now(), TimePoint(seconds(5)));
  interval.clear();
  EXPECT_FALSE(loop_.runFor(seconds(5)));
  EXPECT_EQ(clock_.now(), TimePoint(seconds(5)));
}

TEST_F(EventLoopTest, ALoopThatEndsInsideAnothersCallbackDoesNotComeBackAsTheThreadsOwn) {
  auto last_made = std::make_unique<EventLoop>(LoopOptions{.clock = &clock_});
  ASSERT_EQ(cls::idleToken(), last_made.get());
  loop_.setImmediate([&] { last_made = nullptr; });
  loop_.run();
  EXPECT_EQ(cls::idleToken(), nullptr) << "a loop of another thread may have the address next";
}

TEST_F(EventLoopTest, AnotherLoopMayRunInsideACallback) {
  EventLoop other({.clock = &clock_});
  loop_.setImmediate([&] {
    other.nextTick(note("other's tick"));
    other.setImmediate(note("other's immediate"));
    loop_.nextTick(note("tick"));
    other.run();
    log_.push_back("back");
  });
  loop_.run();
  EXPECT_EQ(log_, (Log{"other's tick", "other's immediate", "back", "tick"}));
}

TEST_F(EventLoopTest, TicksThatNeverEndAreInterruptedByTheGuardAndGoOnLater) {
  EventLoop loop({.clock = &clock_, .max_ticks_per_turn = 100});
  int ticks = 0;
  int reports = 0;
  std::function<void()> tick = [&] {
    ++ticks;
    loop.nextTick(tick);
  };
  loop.onTickStarvation([&] { ++reports; });
  loop.nextTick(tick);
  loop.setTimeout([&] { log_.push_back("timeout at " + std::to_string(ticks)); }, seconds(0));
  loop.setImmediate([&] {
    log_.push_back("immediate at " + std::to_string(ticks));
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(log_, (Log{"timeout at 200", "immediate at 200"}));
  EXPECT_EQ(reports, 2);
}

TEST_F(EventLoopTest, AnIdleLoopWithADescriptorDoesNotWakeBeforeItsTimer) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  FdWatcher watcher(loop_, fds[0], FdWatcher::kReadable, [](unsigned) { FAIL(); });
  loop_.setTimeout([&] { watcher.setInterest(FdWatcher::kNone); }, hours(1));
  loop_.runOnce();
  EXPECT_EQ(clock_.now(), TimePoint(hours(1)));
  close(fds[0]);
  close(fds[1]);
}

TEST_F(EventLoopTest, ALoopThatEndsReleasesEverythingThatIsPending) {
  const auto held = std::make_shared<int>(0);
  const auto keep = [held] { FAIL(); };
  {
    EventLoop loop;
    loop.nextTick(keep);
    loop.queueMicrotask(keep);
    loop.setImmediate(keep);
    loop.setTimeout(keep, seconds(1));
    loop.setInterval(keep, seconds(1));
    loop.queueClose(keep);
    ASSERT_TRUE(loop.post(keep).ok());
    EXPECT_EQ(held.use_count(), 9);
  }
  EXPECT_EQ(held.use_count(), 2);
}

TEST_F(EventLoopTest, WhatDestructorsScheduleAtTheEndIsReleasedToo) {
  struct Late {
    EventLoop* loop;
    std::shared_ptr<int> held;
    Late(EventLoop* l, std::shared_ptr<int> h) : loop(l), held(std::move(h)) {}
    Late(Late&& other) noexcept : loop(std::exchange(other.loop, nullptr)), held(other.held) {}
    ~Late() {
      if (loop == nullptr) return;
      loop->setTimeout([h = held] {}, seconds(1));
      loop->setImmediate([h = held] {});
      EXPECT_TRUE(absl::IsFailedPrecondition(loop->post([h = held] {})));
    }
    void operator()() {}
  };
  const auto held = std::make_shared<int>(0);
  {
    EventLoop loop;
    loop.setImmediate(Late(&loop, held));
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace weft::loop
