// What a loop does not do: wake while nothing happens, call the system to schedule, read the clock
// more than once in a phase. The system calls of this program are counted by taking their names.

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"

namespace {

// Of this program, by all of its threads, of which it has one.
struct SystemCalls {
  int polls = 0;
  int others = 0;
};
SystemCalls g_calls;

}  // namespace

extern "C" {

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  ++g_calls.polls;
  return static_cast<int>(syscall(SYS_epoll_wait, epoll, events, most, timeout));
}
int epoll_ctl(int epoll, int what, int fd, epoll_event* event) noexcept {
  ++g_calls.others;
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, what, fd, event));
}
int timerfd_settime(int timer, int flags, const itimerspec* set, itimerspec* before) noexcept {
  ++g_calls.others;
  return static_cast<int>(syscall(SYS_timerfd_settime, timer, flags, set, before));
}
ssize_t write(int fd, const void* bytes, std::size_t count) {
  ++g_calls.others;
  return syscall(SYS_write, fd, bytes, count);
}

}  // extern "C"

namespace weft::loop {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Stands still, and is never slept for.
class CountingClock final : public Clock {
 public:
  TimePoint now() noexcept override {
    ++reads;
    return TimePoint(seconds(1));
  }
  bool sleeps() const noexcept override { return false; }

  int reads = 0;
};

TEST(IdleCostTest, SchedulingCallsTheSystemForNothing) {
  EventLoop loop;
  const auto callsFor = [&loop](int many) {
    g_calls = {};
    loop.setImmediate([&loop, many] {
      for (int i = 0; i < many; ++i) {
        loop.nextTick([] {});
        loop.queueMicrotask([] {});
        loop.setImmediate([] {});
        loop.setTimeout([] {}, seconds(100)).unref();
        const TimerHandle moved = loop.setTimeout([] {}, seconds(50));
        moved.refresh();
        moved.clear();
        EXPECT_TRUE(loop.post([] {}).ok());
      }
    });
    loop.run();
    return g_calls;
  };
  callsFor(1);
  const SystemCalls few = callsFor(1);
  const SystemCalls many = callsFor(10'000);
  EXPECT_EQ(many.polls, few.polls);
  EXPECT_EQ(many.others, 0);
  EXPECT_EQ(few.others, 0);
}

TEST(IdleCostTest, WhatIsPostedBeforeTheLoopSleepsCostsNoSystemCall) {
  EventLoop loop;
  int left = 1000;
  std::function<void()> again = [&] {
    if (--left == 0) return;
    EXPECT_TRUE(loop.post(again).ok());
  };
  EXPECT_TRUE(loop.post(again).ok());
  g_calls = {};
  loop.run();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(g_calls.polls, 0);
  EXPECT_EQ(g_calls.others, 0);
}

TEST(IdleCostTest, AnIdleLoopSleepsOnceUntilItsTimer) {
  EventLoop loop;
  const int quiet = eventfd(0, EFD_CLOEXEC);
  {
    FdWatcher watcher(loop, quiet, FdWatcher::kReadable, [](unsigned) {});
    loop.setTimeout([&loop] { loop.stop(); }, milliseconds(30));
    g_calls = {};
    loop.run();
  }
  close(quiet);
  // One, and another if the kernel's millisecond is over a little too soon.
  EXPECT_LE(g_calls.polls, 2);
}

TEST(IdleCostTest, APhaseReadsTheClockOnceAtMost) {
  CountingClock clock;
  EventLoop loop({.clock = &clock});
  std::vector<int> reads;  // by each phase's callbacks
  const auto schedule = [&] {
    const int before = clock.reads;
    for (int i = 0; i < 100; ++i) {
      loop.now();
      loop.setTimeout([] {}, seconds(1)).clear();
      loop.nextTick([&loop] { loop.now(); });
    }
    reads.push_back(clock.reads - before);
  };
  loop.setTimeout(schedule, Duration::zero());
  loop.setTimeout(schedule, Duration::zero());
  EXPECT_TRUE(loop.post(schedule).ok());
  loop.setImmediate(schedule);
  loop.setImmediate(schedule);
  loop.queueClose(schedule);
  clock.reads = 0;
  loop.runNoWait();
  EXPECT_EQ(reads.size(), 6u);
  EXPECT_LE(clock.reads, 5);
}

TEST(IdleCostTest, WhoDoesNotAskForTheTimePaysForNoClock) {
  CountingClock clock;
  EventLoop loop({.clock = &clock});
  int left = 1000;
  std::function<void()> again = [&] {
    loop.nextTick([] {});
    if (--left > 0) loop.setImmediate(again);
  };
  loop.setImmediate(again);
  loop.run();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(clock.reads, 0);
}

}  // namespace
}  // namespace weft::loop
