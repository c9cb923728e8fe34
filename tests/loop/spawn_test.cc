#include "weft/loop/spawn.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/tests/loop/message_of.h"

namespace weft::loop {
namespace {

// Sets a flag when it goes.
struct Gone {
  explicit Gone(bool& flag) : flag_(&flag) {}
  Gone(Gone&& other) noexcept : flag_(std::exchange(other.flag_, nullptr)) {}
  ~Gone() {
    if (flag_ != nullptr) *flag_ = true;
  }
  bool* flag_;
};

TEST(SpawnTest, RunsUntilTheFirstWaitAndThenByItself) {
  EventLoop loop;
  std::string trace;
  spawn(loop, [&]() -> Co<> {
    trace += "a";
    co_await nextTick();
    trace += "c";
  });
  trace += "b";
  loop.run();
  EXPECT_EQ(trace, "abc");
}

TEST(SpawnTest, AnExceptionGoesToTheUncaughtHandlerInTheContextsOfTheThrow) {
  EventLoop loop;
  auto ns = cls::createNamespace("request");
  std::vector<std::string> seen;
  loop.onUncaughtException([&](std::exception_ptr error) {
    seen.push_back(tests::messageOf(error) + (ns.has("id") ? *ns.get<std::string>("id") : "-"));
  });
  auto failing = [&](bool waits) -> Co<> {
    if (waits) co_await nextTick();
    throw std::runtime_error("no ");
  };
  ns.run([&] {
    ns.set("id", "1");
    spawn(loop, failing(false));
    spawn(loop, failing(true));
  });
  EXPECT_TRUE(seen.empty());
  loop.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"no 1", "no 1"}));
  cls::reset();
}

TEST(SpawnTest, AnExceptionThatNobodyTakesLeavesRun) {
  EventLoop loop;
  spawn(loop, []() -> Co<> {
    co_await nextTick();
    throw std::runtime_error("no");
  });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST(SpawnTest, TheCallableLivesAsLongAsItsCoroutine) {
  EventLoop loop;
  bool gone = false;
  int got = 0;
  spawn(loop, [&got, value = std::make_unique<int>(3), flag = Gone(gone)]() -> Co<> {
    co_await nextTick();
    got = *value;
  });
  EXPECT_FALSE(gone);
  loop.run();
  EXPECT_EQ(got, 3);
  EXPECT_TRUE(gone);
}

TEST(SpawnTest, TheEndOfTheLoopDestroysWhatStillRuns) {
  bool gone = false;
  {
    EventLoop loop;
    spawn(loop, [&]() -> Co<> {
      Gone flag(gone);
      for (;;) co_await nextTick();
    });
    spawn(loop, []() -> Co<> { co_await sleep(std::chrono::hours(1)); });
    spawn(loop, []() -> Co<> { co_await nextImmediate(); });
    EXPECT_FALSE(gone);
  }
  EXPECT_TRUE(gone);
}

TEST(SpawnTest, AnotherThreadIsRefused) {
  EventLoop loop;
  bool refused = false;
  std::thread([&] {
    try {
      spawn(loop, []() -> Co<> { co_return; });
    } catch (const UsageError&) {
      refused = true;
    }
  }).join();
  EXPECT_TRUE(refused);
}

TEST(RunningTest, GivesItsResultToWhoeverAwaitsIt) {
  EventLoop loop;
  int got = 0;
  spawn(loop, [&]() -> Co<> {
    EventLoop& mine = co_await thisLoop();
    Running<int> slow = start(mine, []() -> Co<int> {
      co_await nextImmediate();
      co_return 1;
    });
    Running<int> fast = start(mine, []() -> Co<int> { co_return 2; });
    EXPECT_FALSE(slow.done());
    EXPECT_TRUE(fast.done());
    got = 10 * co_await fast + co_await slow;
  });
  loop.run();
  EXPECT_EQ(got, 21);
}

TEST(RunningTest, ThrowsWhatItsCoroutineThrew) {
  EventLoop loop;
  std::string got;
  spawn(loop, [&]() -> Co<> {
    Running<> running = start(co_await thisLoop(), []() -> Co<> {
      co_await nextTick();
      throw std::runtime_error("no");
    });
    try {
      co_await running;
    } catch (const std::runtime_error& e) {
      got = e.what();
    }
  });
  loop.run();
  EXPECT_EQ(got, "no");
}

TEST(RunningTest, DroppingItCancelsWhatItsCoroutineWaitsForInnermostFirst) {
  EventLoop loop;
  std::string order;
  struct Note {
    std::string& order;
    char name;
    ~Note() { order += name; }
  };
  auto inner = [&]() -> Co<> {
    Note note{order, 'i'};
    co_await nextTick();
    order += "never";
  };
  {
    Running<> running = start(loop, [&]() -> Co<> {
      Note note{order, 'o'};
      co_await inner();
      order += "never";
    });
  }
  EXPECT_EQ(order, "io");
  loop.run();
  EXPECT_EQ(order, "io");
}

TEST(RunningTest, DroppedByItsOwnCoroutineItGoesOnUntilTheNextWait) {
  EventLoop loop;
  std::string trace;
  std::optional<Running<>> running;
  running.emplace(start(loop, [&]() -> Co<> {
    co_await nextTick();
    running.reset();
    trace += "a";
    co_await nextTick();
    trace += "b";
  }));
  loop.run();
  EXPECT_EQ(trace, "a");
}

TEST(RunningTest, WhoAwaitsACancelledOneIsTold) {
  EventLoop loop;
  bool told = false;
  Running<> victim = start(loop, []() -> Co<> { co_await sleep(std::chrono::hours(1)); });
  spawn(loop, [&]() -> Co<> {
    try {
      co_await victim;
    } catch (const Cancelled&) {
      told = true;
    }
  });
  loop.nextTick([&] { victim.cancel(); });
  loop.run();
  EXPECT_TRUE(told);
}

TEST(RunningTest, ItsWaiterMayBeDropped) {
  EventLoop loop;
  Running<int> shared = start(loop, []() -> Co<int> {
    co_await nextImmediate();
    co_return 1;
  });
  {
    Running<> waiter = start(loop, [&]() -> Co<> { co_await shared; });
  }
  int got = 0;
  spawn(loop, [&]() -> Co<> { got = co_await shared; });
  loop.run();
  EXPECT_EQ(got, 1);
}

TEST(RunningTest, DetachedItsCoroutineGoesOnAndItsFailureIsReported) {
  EventLoop loop;
  std::string reported;
  loop.onUncaughtException([&](std::exception_ptr error) { reported = tests::messageOf(error); });
  auto body = []() -> Co<int> {
    co_await nextTick();
    throw std::runtime_error("on its own");
  };
  start(loop, body()).detach();
  loop.run();
  EXPECT_EQ(reported, "on its own");
}

TEST(RunningTest, ASecondWaiterIsRefused) {
  EventLoop loop;
  Running<> shared = start(loop, []() -> Co<> { co_await nextTick(); });
  int refused = 0;
  auto wait = [&]() -> Co<> {
    try {
      co_await shared;
    } catch (const UsageError&) {
      ++refused;
    }
  };
  spawn(loop, wait());
  spawn(loop, wait());
  loop.run();
  EXPECT_EQ(refused, 1);
}

TEST(RunningTest, AfterTheEndOfTheLoopItIsCancelled) {
  Running<> running;
  {
    EventLoop loop;
    running = start(loop, []() -> Co<> { co_await nextTick(); });
  }
  EXPECT_TRUE(running.cancelled());
}

TEST(StopTokenTest, AStopRequestCancels) {
  EventLoop loop;
  std::stop_source source;
  bool gone = false;
  spawn(
      loop,
      [&]() -> Co<> {
        Gone flag(gone);
        co_await sleep(std::chrono::hours(1));
      },
      source.get_token());
  EXPECT_FALSE(gone);
  source.request_stop();
  EXPECT_TRUE(gone);
}

TEST(StopTokenTest, FromAnotherThreadItCancelsAtHome) {
  EventLoop loop;
  std::stop_source source;
  std::thread::id cancelled_on;
  struct Where {
    std::thread::id& id;
    ~Where() { id = std::this_thread::get_id(); }
  };
  spawn(
      loop,
      [&]() -> Co<> {
        Where where{cancelled_on};
        co_await sleep(std::chrono::hours(1));
      },
      source.get_token());
  std::thread other([&] { source.request_stop(); });
  loop.run();
  other.join();
  EXPECT_EQ(cancelled_on, std::this_thread::get_id());
}

TEST(StopTokenTest, AskedForBeforehandTheCoroutineNeverBegins) {
  EventLoop loop;
  std::stop_source source;
  source.request_stop();
  bool began = false;
  Running<> running = start(
      loop,
      [&]() -> Co<> {
        began = true;
        co_return;
      },
      source.get_token());
  EXPECT_FALSE(began);
  EXPECT_TRUE(running.cancelled());
}

TEST(StopTokenTest, ACoroutineMayAskForItsOwnStop) {
  EventLoop loop;
  std::stop_source source;
  std::string trace;
  spawn(
      loop,
      [&]() -> Co<> {
        source.request_stop();
        trace += "a";
        co_await nextTick();
        trace += "b";
      },
      source.get_token());
  loop.run();
  EXPECT_EQ(trace, "a");
}

}  // namespace
}  // namespace weft::loop
