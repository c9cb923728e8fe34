// A coroutine is cancelled at each of its suspension points, and each time what it holds is
// destroyed once, in its contexts, and nothing is left on the loop.

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <coroutine>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_group.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/generator.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"

namespace weft::loop {
namespace {

using namespace std::chrono_literals;

class CoCancelTest : public testing::Test {
 protected:
  CoCancelTest()
      : pool_(std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 1})),
        pending_(Promise<int>::withResolvers(loop_)) {
    useThreadPool(loop_, pool_);
  }
  ~CoCancelTest() override { close(never_); }

  // Counts, and knows the contexts in which it must die.
  struct Held {
    CoCancelTest* test;
    explicit Held(CoCancelTest* of) : test(of) { ++test->held_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
      --test->held_;
      if (cls::kEnabled) {
        EXPECT_NE(test->ns_.active(), Context());
      }
    }
  };
  // Never resumes whom it suspends.
  struct Foreign {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
  };

  Co<int> callee() {
    const Held held(this);
    co_await nextTick();
    co_await sleep(1ms);
    co_return 1;
  }
  AsyncGenerator<int> numbers() {
    const Held held(this);
    co_yield 1;
    co_await nextTick();
    co_yield 2;
  }

  // One after the other, all there is to wait for.
  Co<> everything() {
    const Held held(this);
    co_await nextTick();
    co_await nextImmediate();
    co_await sleep(1ms);
    (void)co_await callee();
    auto each = numbers();
    while (co_await each.next()) {
    }
    (void)co_await all(callee(), callee());
    (void)co_await any(callee(), callee());
    (void)co_await race(callee(), callee());
    (void)co_await timeout(callee(), 1s);
    (void)co_await work([] {});
    Running<int> running = start(loop_, callee());
    (void)co_await running;
    (void)co_await promiseOf(loop_, callee());
    (void)co_await writable(never_);
  }
  Co<> waitFor(int which) {
    const Held held(this);
    switch (which) {
      case 0:
        (void)co_await readable(never_);
        break;
      case 1:
        co_await Foreign();
        break;
      case 2:
        (void)co_await pending_.promise;
        break;
      default:
        (void)co_await timeout(forEver(), 1h);
    }
    ADD_FAILURE() << "went on";
  }
  Co<> forEver() {
    const Held held(this);
    (void)co_await readable(never_);
  }

  EventLoop loop_;
  std::shared_ptr<ThreadPool> pool_;
  PromiseAndResolver<int> pending_;
  const int never_ = eventfd(0, EFD_NONBLOCK);
  const cls::Namespace ns_ = cls::createAnonymousNamespace();
  int held_ = 0;
};

TEST_F(CoCancelTest, AfterAnyNumberOfIterations) {
  bool ended = false;
  int cancelled = 0;
  for (int iterations = 0; !ended; ++iterations) {
    ASSERT_LT(iterations, 1000);
    std::optional<Running<>> running;
    ns_.run([&] { running.emplace(start(loop_, everything())); });
    for (int i = 0; i < iterations && !running->done(); ++i) loop_.runOnce();
    ended = running->done();
    cancelled += ended ? 0 : 1;
    running.reset();
    while (pool_->load().queued + pool_->load().running != 0) loop_.runNoWait();
    loop_.run();  // what belongs to promises goes on
    EXPECT_EQ(held_, 0) << "after " << iterations;
    EXPECT_FALSE(loop_.alive());
  }
  EXPECT_GT(cancelled, 5);
}

TEST_F(CoCancelTest, InTheMiddleOfItsOwnTicks) {
  // A tick between any two ticks of the coroutine.
  for (int ticks = 0; ticks < 40; ++ticks) {
    std::optional<Running<>> running;
    ns_.run([&] { running.emplace(start(loop_, everything())); });
    std::function<void(int)> countdown = [&](int left) {
      if (left == 0) {
        running.reset();
      } else {
        loop_.nextTick([&countdown, left] { countdown(left - 1); });
      }
    };
    countdown(ticks);
    loop_.run();
    EXPECT_EQ(held_, 0) << "after " << ticks;
    EXPECT_FALSE(loop_.alive());
  }
}

TEST_F(CoCancelTest, WhereItWaitsForEver) {
  for (int which = 0; which < 4; ++which) {
    std::stop_source stop;
    ns_.run([&] { spawn(loop_, waitFor(which), stop.get_token()); });
    loop_.runNoWait();
    EXPECT_GE(held_, 1);
    stop.request_stop();
    EXPECT_EQ(held_, 0) << which;
    EXPECT_FALSE(loop_.alive());
  }
}

TEST_F(CoCancelTest, ByTheEndOfTheLoop) {
  for (int iterations = 0; iterations < 30; ++iterations) {
    int held = 0;
    {
      EventLoop loop;
      const auto waiting = [&]() -> Co<> {
        struct Count {
          int* n;
          ~Count() { --*n; }
        };
        ++held;
        const Count count{&held};
        for (;;) {
          co_await nextTick();
          co_await nextImmediate();
          (void)co_await work([] {});
          co_await sleep(0ms);
        }
      };
      spawn(loop, waiting());
      for (int i = 0; i < iterations; ++i) loop.runNoWait();
      EXPECT_EQ(held, 1);
    }
    EXPECT_EQ(held, 0);
  }
}

}  // namespace
}  // namespace weft::loop
