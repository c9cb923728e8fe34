#include "weft/loop/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/fd_watcher.h"

namespace weft::loop {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Log = std::vector<std::string>;

class EventLoopTest : public ::testing::Test {
 protected:
  auto note(std::string text) {
    return [this, text] { log_.push_back(text); };
  }
  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  Log log_;
};

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

TEST_F(EventLoopTest, ADayOfTimersTakesNoTime) {
  loop_.setTimeout(note("a day"), hours(24));
  const TimerHandle interval = loop_.setInterval(note("six hours"), hours(6));
  loop_.setTimeout([interval] { interval.clear(); }, hours(20));
  loop_.run();
  EXPECT_EQ(log_, (Log{"six hours", "six hours", "six hours", "a day"}));
  EXPECT_EQ(clock_.now(), TimePoint(hours(24)));
}

TEST_F(EventLoopTest, AClearedTimerOrImmediateDoesNotRun) {
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

TEST_F(EventLoopTest, AnExceptionLeavesRunAndTheRestWaits) {
  loop_.nextTick([] { throw std::runtime_error("tick"); });
  loop_.nextTick(note("after"));
  EXPECT_THROW(loop_.run(), std::runtime_error);
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"after"});
}

TEST_F(EventLoopTest, AHandlerTakesExceptionsOfEveryPhase) {
  loop_.onUncaughtException([this](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log_.push_back(e.what());
    }
  });
  const auto thrower = [this](std::string text) {
    return [this, text] {
      loop_.nextTick(note("tick after " + text));
      throw std::runtime_error(text);
    };
  };
  loop_.nextTick(thrower("tick"));
  loop_.queueMicrotask(thrower("microtask"));
  loop_.setTimeout(thrower("timeout"), seconds(0));
  ASSERT_TRUE(loop_.post(thrower("post")).ok());
  loop_.setImmediate(thrower("immediate"));
  loop_.queueClose(thrower("close"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"tick", "tick after tick", "microtask", "tick after microtask", "timeout",
                       "tick after timeout", "post", "tick after post", "immediate",
                       "tick after immediate", "close", "tick after close"}));
}

TEST_F(EventLoopTest, PostsOfOtherThreadsKeepTheirOrder) {
  std::vector<int> seen;
  loop_.hold();
  std::thread other([this, &seen] {
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(loop_.post([&seen, i] { seen.push_back(i); }).ok());
    }
    ASSERT_TRUE(loop_.post([this] { loop_.release(); }).ok());
  });
  loop_.run();
  other.join();
  ASSERT_EQ(seen.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i);
}

TEST_F(EventLoopTest, ADescriptorIsWatchedUntilItsWatcherGoes) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::unique_ptr<FdWatcher> watcher;
  watcher = std::make_unique<FdWatcher>(loop_, fds[0], FdWatcher::kReadable, [&](unsigned ready) {
    EXPECT_EQ(ready, FdWatcher::kReadable);
    log_.push_back("readable");
    if (log_.size() == 2) watcher.reset();
  });
  ASSERT_EQ(write(fds[1], "x", 1), 1);
  loop_.run();
  EXPECT_EQ(log_, (Log{"readable", "readable"}));
  close(fds[0]);
  close(fds[1]);
}

TEST_F(EventLoopTest, EveryCallbackSeesTheContextItWasScheduledIn) {
  cls::Namespace ns = cls::createNamespace("request");
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::unique_ptr<FdWatcher> watcher;
  const auto see = [&](std::string text) {
    return [this, &ns, text] {
      const std::string* id = ns.get<std::string>("id");
      log_.push_back(text + " " + (id != nullptr ? *id : "none"));
    };
  };
  [[maybe_unused]] TimerHandle interval;
  ns.run([&](const cls::Context&) {
    ns.set("id", "a");
    loop_.nextTick(see("tick"));
    loop_.queueMicrotask(see("microtask"));
    loop_.setImmediate(see("immediate"));
    loop_.setTimeout(see("timeout"), seconds(0));
    ASSERT_TRUE(loop_.post(see("post")).ok());
    watcher = std::make_unique<FdWatcher>(loop_, fds[0], FdWatcher::kWritable, [&](unsigned) {
      see("fd")();
      watcher.reset();
    });
    loop_.queueClose(see("close"));
  });
  loop_.setImmediate(see("other"));
  loop_.run();
  const std::string a = cls::kEnabled ? " a" : " none";
  EXPECT_EQ(log_, (Log{"tick" + a, "microtask" + a, "timeout" + a, "post" + a, "fd" + a,
                       "immediate" + a, "other none", "close" + a}));
  close(fds[0]);
  close(fds[1]);
}

}  // namespace
}  // namespace weft::loop
