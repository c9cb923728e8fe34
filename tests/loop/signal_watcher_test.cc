#include "weft/loop/signal_watcher.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "weft/cls/cls.h"

namespace weft::loop {
namespace {

class SignalWatcherTest : public ::testing::Test {
 protected:
  EventLoop loop_;
};

TEST_F(SignalWatcherTest, CallsBackForItsSignal) {
  int got = 0;
  std::optional<SignalWatcher> watcher;
  watcher.emplace(loop_, SIGUSR1, [&](int signal) {
    got = signal;
    watcher.reset();
  });
  watcher->ref();
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop_.run();
  EXPECT_EQ(got, SIGUSR1);
}

TEST_F(SignalWatcherTest, SeveralWatchersOfOneSignalAreAllCalled) {
  int first_calls = 0;
  int second_calls = 0;
  SignalWatcher first(loop_, SIGUSR1, [&](int) { ++first_calls; });
  SignalWatcher second(loop_, SIGUSR1, [&](int) { ++second_calls; });
  SignalWatcher other(loop_, SIGUSR2, [](int) { FAIL(); });
  for (int round = 1; round <= 3; ++round) {
    ASSERT_EQ(raise(SIGUSR1), 0);
    loop_.setImmediate([] {});
    loop_.runNoWait();
    EXPECT_EQ(first_calls, round);
    EXPECT_EQ(second_calls, round);
  }
}

TEST_F(SignalWatcherTest, LoopsOfSeveralThreadsGetTheSameSignal) {
  int here = 0;
  int there = 0;
  std::optional<Poster> other_loop;
  loop_.hold();
  std::thread thread([&] {
    EventLoop loop;
    std::optional<SignalWatcher> watcher;
    watcher.emplace(loop, SIGUSR1, [&](int) {
      ++there;
      watcher.reset();
    });
    watcher->ref();
    ASSERT_TRUE(loop_.post([&] { loop_.release(); }).ok());
    loop.run();
  });
  loop_.run();  // until the other is watching
  std::optional<SignalWatcher> watcher;
  watcher.emplace(loop_, SIGUSR1, [&](int) {
    ++here;
    watcher.reset();
  });
  watcher->ref();
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  loop_.run();
  thread.join();
  EXPECT_EQ(here, 1);
  EXPECT_EQ(there, 1);
}

TEST_F(SignalWatcherTest, ASleepingLoopIsWoken) {
  bool got = false;
  std::optional<SignalWatcher> watcher;
  watcher.emplace(loop_, SIGUSR2, [&](int) {
    got = true;
    watcher.reset();
  });
  watcher->ref();
  const pid_t self = getpid();
  std::thread thread([self] { kill(self, SIGUSR2); });
  loop_.run();
  thread.join();
  EXPECT_TRUE(got);
}

TEST_F(SignalWatcherTest, WhatWasSetBeforeIsSetAgainWhenTheLastWatcherGoes) {
  static volatile sig_atomic_t plain = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { plain = plain + 1; };
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR2, &action, &before), 0);
  {
    SignalWatcher first(loop_, SIGUSR2, [](int) {});
    SignalWatcher second(loop_, SIGUSR2, [](int) {});
    ASSERT_EQ(raise(SIGUSR2), 0);
    EXPECT_EQ(plain, 0);
  }
  ASSERT_EQ(raise(SIGUSR2), 0);
  EXPECT_EQ(plain, 1);
  ASSERT_EQ(sigaction(SIGUSR2, &before, nullptr), 0);
}

TEST_F(SignalWatcherTest, DoesNotKeepTheLoopRunningUnlessReferenced) {
  SignalWatcher watcher(loop_, SIGUSR1, [](int) {});
  EXPECT_FALSE(watcher.hasRef());
  EXPECT_FALSE(loop_.alive());
  loop_.run();
  watcher.ref();
  EXPECT_TRUE(loop_.alive());
}

TEST_F(SignalWatcherTest, ASignalOfAWatcherThatIsGoneIsNotSeenByTheNextOne) {
  {
    SignalWatcher watcher(loop_, SIGUSR1, [](int) { FAIL(); });
    ASSERT_EQ(raise(SIGUSR1), 0);
  }
  SignalWatcher next(loop_, SIGUSR1, [](int) { FAIL(); });
  loop_.setImmediate([] {});
  loop_.runNoWait();
  EXPECT_EQ(next.signal(), SIGUSR1);
}

TEST_F(SignalWatcherTest, RunsInTheContextInWhichItWasMade) {
  cls::Namespace ns = cls::createNamespace("signal");
  std::string seen;
  std::optional<SignalWatcher> watcher;
  ns.run([&](const cls::Context&) {
    ns.set("id", "maker");
    watcher.emplace(loop_, SIGUSR1, [&](int) {
      const auto* id = ns.get<std::string>("id");
      seen = id != nullptr ? *id : "none";
      watcher.reset();
    });
  });
  watcher->ref();
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop_.run();
  EXPECT_EQ(seen, cls::kEnabled ? "maker" : "none");
}

TEST_F(SignalWatcherTest, WhatCannotBeCaughtIsRefused) {
  EXPECT_THROW(SignalWatcher(loop_, SIGKILL, [](int) {}), UsageError);
  EXPECT_THROW(SignalWatcher(loop_, 0, [](int) {}), UsageError);
  EXPECT_THROW(SignalWatcher(loop_, 1000, [](int) {}), UsageError);
  EXPECT_THROW(SignalWatcher(loop_, SIGUSR1, std::function<void(int)>()), UsageError);
}

}  // namespace
}  // namespace weft::loop
