#include "weft/loop/co.h"

#include <gtest/gtest.h>

#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"
#include "weft/tests/loop/stranger.h"

namespace weft::loop {
namespace {

Co<int> answer() { co_return 42; }
Co<int> answerLater() {
  co_await nextTick();
  co_return 42;
}

TEST(CoTest, ACalleeGivesItsResult) {
  EventLoop loop;
  int got = 0;
  spawn(loop, [&]() -> Co<> { got = co_await answer() + co_await answerLater(); });
  EXPECT_EQ(got, 0);
  loop.run();
  EXPECT_EQ(got, 84);
}

TEST(CoTest, IsLazy) {
  bool began = false;
  {
    auto body = [&]() -> Co<> {
      began = true;
      co_return;
    };
    const Co<> co = body();
  }
  EXPECT_FALSE(began);
}

TEST(CoTest, GivesReferencesAndThingsThatOnlyMove) {
  EventLoop loop;
  int target = 1;
  auto by_reference = [&]() -> Co<int&> { co_return target; };
  auto by_pointer = []() -> Co<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  spawn(loop, [&]() -> Co<> {
    int& got = co_await by_reference();
    got = 2;
    target += *co_await by_pointer();
  });
  EXPECT_EQ(target, 7);
}

TEST(CoTest, WhatACalleeThrowsIsThrownWhereItIsAwaited) {
  EventLoop loop;
  std::string caught;
  auto thrower = []() -> Co<int> {
    co_await nextTick();
    throw std::runtime_error("no");
  };
  spawn(loop, [&]() -> Co<> {
    try {
      co_await thrower();
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
  });
  loop.run();
  EXPECT_EQ(caught, "no");
}

TEST(CoTest, AMillionCallsInARowUseNoStack) {
  EventLoop loop;
  long sum = 0;
  spawn(loop, [&]() -> Co<> {
    for (int i = 0; i < 1'000'000; ++i) sum += co_await answer();
  });
  EXPECT_EQ(sum, 42'000'000);
}

Co<int> depth(int left) {
  if (left == 0) {
    co_await nextTick();
    co_return 0;
  }
  co_return 1 + co_await depth(left - 1);
}

TEST(CoTest, CallsAndReturnsNestAsDeepAsMemoryGoes) {
  EventLoop loop;
  int got = 0;
  spawn(loop, [&]() -> Co<> { got = co_await depth(10'000); });
  loop.run();
  EXPECT_EQ(got, 10'000);
}

TEST(CoTest, AnEmptyOneCannotBeAwaited) {
  EventLoop loop;
  bool refused = false;
  spawn(loop, [&]() -> Co<> {
    Co<int> co = answer();
    co_await std::move(co);
    try {
      co_await std::move(co);
    } catch (const UsageError&) {
      refused = true;
    }
  });
  EXPECT_TRUE(refused);
}

// --- awaitables of others

TEST(CoForeignTest, AReadyOneDoesNotWait) {
  EventLoop loop;
  bool done = false;
  spawn(loop, [&]() -> Co<> {
    co_await std::suspend_never();
    done = true;
  });
  EXPECT_TRUE(done);
}

struct ResumesAtOnce : Stranger {
  void await_suspend(std::coroutine_handle<> handle) const noexcept { handle.resume(); }
};
struct Declines : Stranger {
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
};
struct Transfers : Stranger {
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> handle) const { return handle; }
};
struct Throws : Stranger {
  void await_suspend(std::coroutine_handle<>) const { throw std::runtime_error("no"); }
};
struct HasOperator {
  Declines operator co_await() const { return {}; }
};

TEST(CoForeignTest, EveryFormOfSuspendingWorks) {
  EventLoop loop;
  int sum = 0;
  spawn(loop, [&]() -> Co<> {
    sum += co_await ResumesAtOnce();
    sum += co_await Declines();
    sum += co_await Transfers();
    HasOperator lvalue;
    sum += co_await lvalue;
    try {
      sum += co_await Throws();
    } catch (const std::runtime_error&) {
      ++sum;
    }
  });
  EXPECT_EQ(sum, 21);
}

TEST(CoForeignTest, ADroppedWaitTakesItsHandleBack) {
  EventLoop loop;
  std::coroutine_handle<> waiting;
  bool went_on = false;
  {
    Running<> running = start(loop, [&]() -> Co<> {
      co_await Stranger{&waiting};
      went_on = true;
    });
  }
  EXPECT_FALSE(went_on);  // and the leak checker finds nothing
}

TEST(CoForeignTest, AWakeUpOnAnotherThreadGoesOnAtHome) {
  EventLoop loop;
  std::coroutine_handle<> waiting;
  std::thread::id resumed_on;
  spawn(loop, [&]() -> Co<> {
    co_await Stranger{&waiting};
    resumed_on = std::this_thread::get_id();
    (co_await thisLoop()).release();
  });
  loop.hold();
  std::thread other([&] { waiting.resume(); });
  loop.run();
  other.join();
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace weft::loop
