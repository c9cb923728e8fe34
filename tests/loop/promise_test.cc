#include "weft/loop/promise.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/tests/loop/message_of.h"

namespace weft::loop {
namespace {

TEST(PromiseTest, AContinuationIsAMicrotaskEvenIfTheResultIsThere) {
  EventLoop loop;
  std::string trace;
  Promise<int> promise = Promise<int>::resolved(loop, 1);
  EXPECT_TRUE(promise.isFulfilled());
  promise.then([&](int) { trace += "m"; });
  loop.nextTick([&] { trace += "t"; });
  trace += "s";
  loop.run();
  EXPECT_EQ(trace, "stm");
}

TEST(PromiseTest, ManyWaitersGetTheOneResultInTheOrderInWhichTheyCame) {
  EventLoop loop;
  std::string trace;
  auto [promise, resolver] = Promise<std::unique_ptr<int>>::withResolvers(loop);
  promise.then([&](const std::unique_ptr<int>& p) { trace += "a" + std::to_string(*p); });
  spawn(loop, [&, promise = promise]() -> Co<> {
    const std::unique_ptr<int>& p = co_await promise;
    trace += "b" + std::to_string(*p);
  });
  promise.then([&] { trace += "c"; });
  loop.nextTick([&, resolver = resolver]() mutable { resolver.resolve(std::make_unique<int>(7)); });
  loop.run();
  EXPECT_EQ(trace, "a7b7c");
}

TEST(PromiseTest, TheFirstSettlingCounts) {
  EventLoop loop;
  int got = 0;
  Promise<int> promise(loop, [](Resolver<int> r) {
    r.resolve(1);
    r.resolve(2);
    r.reject(std::runtime_error("no"));
    throw std::runtime_error("too late");
  });
  promise.then([&](int n) { got = n; });
  loop.run();
  EXPECT_EQ(got, 1);
}

TEST(PromiseTest, ThenHandsOnValuesPromisesAndCoroutines) {
  EventLoop loop;
  std::vector<int> got;
  Promise<int>::resolved(loop, 1)
      .then([](int n) { return n + 1; })
      .then([&](int n) { return Promise<int>::resolved(loop, n * 10); })
      .then([keep = std::make_unique<int>(5)](int n) -> Co<int> {
        co_await nextImmediate();
        co_return n + *keep;
      })
      .then([&](const int& n) { got.push_back(n); })
      .then([&] { got.push_back(0); });
  loop.run();
  EXPECT_EQ(got, (std::vector{25, 0}));
}

TEST(PromiseTest, ARejectionPassesThenAndStopsAtCatchError) {
  EventLoop loop;
  std::string trace;
  Promise<int>::rejected(loop, std::runtime_error("no"))
      .then([&](int) {
        trace += "never";
        return 1;
      })
      .catchError([&](const std::exception_ptr& error) {
        trace += tests::messageOf(error);
        return 5;
      })
      .then([&](int n) -> int {
        trace += std::to_string(n);
        throw std::runtime_error("again");
      })
      .catchError([&](const std::exception_ptr& error) -> Co<int> {
        co_await nextTick();
        trace += tests::messageOf(error);
        co_return 6;
      })
      .catchError([&](const std::exception_ptr&) { return 0; })
      .then([&](int n) { trace += std::to_string(n); });
  loop.run();
  EXPECT_EQ(trace, "no5again6");
}

TEST(PromiseTest, FinallySeesBothAndChangesNeitherUnlessItFails) {
  EventLoop loop;
  std::string trace;
  Promise<int>::resolved(loop, 1).finally([&] { trace += "f"; }).then([&](int n) {
    trace += std::to_string(n);
  });
  Promise<int>::rejected(loop, std::runtime_error("no"))
      .finally([&]() -> Co<> {
        co_await nextImmediate();
        trace += "g";
      })
      .catchError([&](const std::exception_ptr& e) {
        trace += tests::messageOf(e);
        return 0;
      });
  Promise<int>::resolved(loop, 1)
      .finally([&] { return Promise<>::rejected(loop, std::runtime_error("bad")); })
      .catchError([&](const std::exception_ptr& e) {
        trace += tests::messageOf(e);
        return 0;
      });
  loop.run();
  EXPECT_EQ(trace, "f1badgno");
}

TEST(PromiseTest, AwaitThrowsTheRejection) {
  EventLoop loop;
  int caught = 0;
  const Promise<> promise = Promise<>::rejected(loop, std::runtime_error("no"));
  spawn(loop, [&]() -> Co<> {
    for (int i = 0; i < 2; ++i) {
      try {
        co_await promise;
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
  });
  loop.run();
  EXPECT_EQ(caught, 2);
}

TEST(PromiseTest, TheLastHandleGivesTheValueItself) {
  EventLoop loop;
  int got = 0;
  bool refused = false;
  spawn(loop, [&]() -> Co<> {
    std::unique_ptr<int> mine =
        co_await Promise<std::unique_ptr<int>>::resolved(loop, std::make_unique<int>(3));
    got = *mine;
    auto shared = Promise<std::unique_ptr<int>>::resolved(loop, std::make_unique<int>(3));
    auto other = shared;
    try {
      co_await std::move(other);
    } catch (const UsageError&) {
      refused = true;
    }
  });
  loop.run();
  EXPECT_EQ(got, 3);
  EXPECT_TRUE(refused);
}

TEST(PromiseTest, ResolvedWithItselfItIsRejected) {
  EventLoop loop;
  auto [promise, resolver] = Promise<int>::withResolvers(loop);
  resolver.resolve(promise);
  EXPECT_TRUE(promise.isRejected());
  promise.catchError([](const std::exception_ptr&) { return 0; });
  loop.run();
}

TEST(PromiseTest, ADroppedWaiterIsForgotten) {
  EventLoop loop;
  auto [promise, resolver] = Promise<>::withResolvers(loop);
  bool woken = false;
  auto wait = [&woken, promise = promise]() -> Co<> {
    co_await promise;
    woken = true;
  };
  { Running<> dropped = start(loop, wait()); }
  {
    Running<> queued = start(loop, wait());
    resolver.resolve();
  }
  loop.run();
  EXPECT_FALSE(woken);
}

TEST(PromiseTest, WhatIsNeverSettledIsReleased) {
  auto held = std::make_shared<int>(0);
  EventLoop loop;
  {
    auto [promise, resolver] = Promise<>::withResolvers(loop);
    promise.then([held] {}).finally([held] {});
    EXPECT_EQ(held.use_count(), 3);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(PromiseTest, MayOutliveItsLoop) {
  auto held = std::make_shared<int>(0);
  std::optional<EventLoop> loop;
  loop.emplace();
  auto [promise, resolver] = Promise<>::withResolvers(*loop);
  promise.then([held] {});
  loop.reset();
  resolver.resolve();
  EXPECT_TRUE(promise.isFulfilled());
  promise.then([held] {});
}

class PromiseContextTest : public testing::Test {
 protected:
  PromiseContextTest() : ns(cls::createNamespace("request")) {}
  ~PromiseContextTest() override { cls::reset(); }

  // Runs `fn` in a new context in which id() is `value`.
  template <typename F>
  void in(int value, F fn) {
    ns.run([&] {
      ns.set("id", value);
      fn();
    });
  }
  int id() const {
    const int* found = ns.get<int>("id");
    return found != nullptr ? *found : 0;
  }

  EventLoop loop;
  cls::Namespace ns;
  std::vector<int> seen;
};

TEST_F(PromiseContextTest, AContinuationRunsWhereItWasAddedWhoeverMadeAndSettledThePromise) {
  std::optional<PromiseAndResolver<void>> made;
  in(1, [&] { made.emplace(Promise<>::withResolvers(loop)); });
  in(2, [&] { made->promise.then([&] { seen.push_back(id()); }); });
  in(3, [&] {
    made->promise.finally([&] { seen.push_back(id()); });
    spawn(loop, [&]() -> Co<> {
      co_await made->promise;
      seen.push_back(id());
    });
  });
  made->promise.then([&] { seen.push_back(id()); });
  in(4, [&] { loop.nextTick([&] { made->resolver.resolve(); }); });
  loop.run();
  in(5, [&] { made->promise.then([&] { seen.push_back(id()); }); });
  loop.run();
  EXPECT_EQ(seen, (std::vector{2, 3, 3, 0, 5}));
}

TEST_F(PromiseContextTest, AChainAddedTogetherStaysTogether) {
  in(1, [&] {
    Promise<>::resolved(loop)
        .then([&] { seen.push_back(id()); })
        .then([&]() -> Co<> {
          co_await nextImmediate();
          seen.push_back(id());
        })
        .then([&] { seen.push_back(id()); });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{1, 1, 1}));
}

TEST_F(PromiseContextTest, ARejectionThatNobodyTakesIsReportedWhereItWasRejected) {
  std::vector<std::string> reported;
  loop.onUncaughtException([&](std::exception_ptr error) {
    reported.push_back(tests::messageOf(error) + std::to_string(id()));
  });
  in(1, [&] {
    auto [promise, resolver] = Promise<>::withResolvers(loop);
    in(2, [&, resolver = resolver]() mutable { resolver.reject(std::runtime_error("lost")); });
    // Taken by a microtask of a tick: still in time.
    auto taken = Promise<>::rejected(loop, std::runtime_error("taken"));
    loop.nextTick([this, taken] {
      loop.queueMicrotask([taken] { taken.catchError([](const std::exception_ptr&) {}); });
    });
  });
  loop.run();
  EXPECT_EQ(reported, (std::vector<std::string>{"lost2"}));
}

TEST_F(PromiseContextTest, FromExceptionAnswersWhereverTheErrorIsHandedOn) {
  bool caught = false;
  std::optional<Promise<>> failing;
  in(1, [&] {
    failing = promiseOf(loop, [&]() -> Co<> {
      co_await nextTick();
      in(2, [] { throw std::runtime_error("no"); });
    });
  });
  failing->then([] {}).catchError([&](const std::exception_ptr& error) {
    const Context context = ns.fromException(error);
    if (context) seen.push_back(*context.get<int>("id"));
  });
  spawn(loop, [&]() -> Co<> {
    try {
      co_await *failing;
    } catch (const std::exception&) {
      caught = true;
      const Context context = ns.fromException(std::current_exception());
      if (context) seen.push_back(*context.get<int>("id"));
    }
  });
  loop.run();
  EXPECT_TRUE(caught);
  EXPECT_EQ(seen, (std::vector{2, 2}));
}

TEST(PromiseTest, ARejectionThatNobodyTakesLeavesRun) {
  EventLoop loop;
  promiseOf(loop, []() -> int { throw std::runtime_error("no"); });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

}  // namespace
}  // namespace weft::loop
