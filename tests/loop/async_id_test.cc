// Numbers and triggers of what does not come from a scheduling function of the loop: coroutines,
// promises, posts of other threads, work.

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/observer.h"
#include "weft/loop/poster.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/tests/loop/observer_fixture.h"

namespace weft::loop {
namespace {

class AsyncIdTest : public ObserverTest {
 protected:
  void SetUp() override {
    ObserverTest::SetUp();
    if (IsSkipped()) return;
    loop_.addObserver(recorder_);
  }
  void TearDown() override { loop_.removeObserver(recorder_); }
};

Co<> leaf() { co_await nextTick(); }
Co<> caller() { co_await leaf(); }

TEST_F(AsyncIdTest, EachWaitOfACoroutineIsACallbackTriggeredByTheOneBefore) {
  std::vector<AsyncId> seen;
  const auto body = [&]() -> Co<> {
    EventLoop& mine = co_await thisLoop();
    seen.push_back(mine.executionAsyncId());
    co_await nextTick();
    seen.push_back(mine.executionAsyncId());
    co_await nextImmediate();
    seen.push_back(mine.executionAsyncId());
    co_await sleep(milliseconds(1));
    seen.push_back(mine.executionAsyncId());
    seen.push_back(mine.triggerAsyncId());
  };
  loop_.setImmediate([&] { spawn(loop_, body()); });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<AsyncId>{1, 2, 3, 4, 3}));
  EXPECT_EQ(recorder_.log, (Log{"init 1 immediate by 0", "before 1", "init 2 tick by 1", "after 1",
                                "destroy 1", "before 2", "init 3 immediate by 2", "after 2",
                                "destroy 2", "before 3", "init 4 timeout by 3", "after 3",
                                "destroy 3", "before 4", "after 4", "destroy 4"}));
}

TEST_F(AsyncIdTest, TheQuickWaysOfWaitingAreNotTakenWhileSomebodyObserves) {
  const auto body = []() -> Co<> {
    for (int i = 0; i < 200; ++i) co_await nextTick();  // more than fit into a piece of the queue
  };
  spawn(loop_, body());
  loop_.run();
  EXPECT_EQ(recorder_.log.size(), 4u * 200);
}

TEST_F(AsyncIdTest, ACoroutinesPlaceIsItsNameAndThoseOfItsCallers) {
  spawn(loop_, caller());
  loop_.run();
  const std::string place = recorder_.where[1].toString();
  EXPECT_TRUE(recorder_.where[1].isName());
  EXPECT_NE(place.find("leaf("), std::string::npos) << place;
  EXPECT_NE(place.find(", called by "), std::string::npos) << place;
  EXPECT_GT(place.find("caller("), place.find("leaf(")) << place;
}

TEST_F(AsyncIdTest, ACoroutineThatIsCancelledDestroysItsNumber) {
  Running<> running = start(loop_, caller());
  running.cancel();
  EXPECT_EQ(recorder_.log, (Log{"init 1 tick by 0", "destroy 1"}));
  loop_.run();
  EXPECT_EQ(recorder_.log.size(), 2u);
}

TEST_F(AsyncIdTest, OneThatWaitedBeforeGoesOnAndHasNumbersFromItsNextWaitOn) {
  loop_.removeObserver(recorder_);
  const auto body = []() -> Co<> {
    co_await nextTick();
    co_await nextTick();
  };
  spawn(loop_, body());
  loop_.addObserver(recorder_);
  loop_.run();
  EXPECT_EQ(recorder_.log, (Log{"init 1 tick by 0", "before 1", "after 1", "destroy 1"}));
}

#if WEFT_CLS
TEST_F(AsyncIdTest, ObservedCoroutinesKeepTheirContexts) {
  const cls::Namespace ns = cls::createNamespace("request");
  Log read;
  const auto body = [&]() -> Co<> {
    for (int i = 0; i < 3; ++i) {
      co_await nextTick();
      read.push_back(*ns.get<std::string>("id"));
    }
    co_await sleep(milliseconds(1));
    read.push_back(*ns.get<std::string>("id"));
  };
  for (const char* id : {"one", "two"}) {
    ns.run([&] {
      ns.set("id", id);
      spawn(loop_, body());
    });
  }
  loop_.run();
  EXPECT_EQ(read, (Log{"one", "two", "one", "two", "one", "two", "one", "two"}));
  for (const auto& [id, frame] : recorder_.frames) EXPECT_NE(frame, 0u) << id;
  EXPECT_EQ(cls::liveContexts(), 0u);
  cls::destroyNamespace(ns);
}
#endif

TEST_F(AsyncIdTest, WhatResumesACoroutineIsNamedAfterIt) {
  const int fd = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  const auto body = [fd]() -> Co<> { co_await readable(fd); };
  spawn(loop_, body);
  loop_.run();
  ::close(fd);
  ASSERT_FALSE(recorder_.log.empty());
  EXPECT_EQ(recorder_.log[0], "init 1 watcher by 0");
  EXPECT_TRUE(recorder_.where[1].isName()) << recorder_.where[1].toString();
}

TEST_F(AsyncIdTest, ThePromisesOfACallbackAreTriggeredByWhoAddedThem) {
  auto [promise, resolver] = Promise<int>::withResolvers(loop_);
  AsyncId ran_in = 0;
  int line = 0;
  loop_.setImmediate([&, promise = promise] {
    line = __LINE__ + 1;
    promise.then([&](int) { ran_in = loop_.executionAsyncId(); });
  });
  loop_.setImmediate([resolver = resolver]() mutable { resolver.resolve(7); });
  loop_.run();
  EXPECT_EQ(ran_in, 3u);
  EXPECT_EQ(recorder_.where[3].line, line);
  EXPECT_NE(std::find(recorder_.log.begin(), recorder_.log.end(), "init 3 microtask by 1"),
            recorder_.log.end());
}

TEST_F(AsyncIdTest, APromiseThatOutlivesItsLoopForgetsItsNumbers) {
  std::optional<Promise<int>> promise;
  Recorder recorder;
  {
    EventLoop other;
    other.addObserver(recorder);
    promise = Promise<int>::withResolvers(other).promise;
    promise->then([](int) {});
    other.removeObserver(recorder);
  }
  promise.reset();
  EXPECT_EQ(recorder.log, Log{"init 1 microtask by 0"});
}

TEST_F(AsyncIdTest, APostOfAnotherThreadIsInitedWhereItArrives) {
  int ran = 0;
  int line = 0;
  std::thread([&, poster = loop_.poster()] {
    auto large = [&ran, much = std::string(100, 'x')] { ran += much.size() == 100; };
    line = __LINE__ + 1;
    EXPECT_TRUE(loop_.post([&ran] { ++ran; }).ok());
    EXPECT_TRUE(poster.post(std::move(large)).ok());
  }).join();
  EXPECT_TRUE(recorder_.log.empty()) << "the other thread has told nobody anything";
  loop_.run();
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(recorder_.log, (Log{"init 1 post by 0", "before 1", "after 1", "destroy 1",
                                "init 2 post by 0", "before 2", "after 2", "destroy 2"}));
  EXPECT_EQ(recorder_.where[1].line, line);
  EXPECT_EQ(recorder_.where[2].line, line + 1);
}

TEST_F(AsyncIdTest, WhatWasPostedUnderObservationRunsAlsoAfterIt) {
  int ran = 0;
  std::thread([&] { EXPECT_TRUE(loop_.post([&ran] { ++ran; }).ok()); }).join();
  loop_.removeObserver(recorder_);
  loop_.run();
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(recorder_.log.empty());
}

TEST_F(AsyncIdTest, APostThatThrowsEndsItsNumber) {
  loop_.onUncaughtException([](std::exception_ptr) {});
  std::thread([&] { EXPECT_TRUE(loop_.post([] { throw 1; }).ok()); }).join();
  loop_.run();
  EXPECT_EQ(recorder_.log, (Log{"init 1 post by 0", "before 1", "after 1", "destroy 1"}));
}

TEST_F(AsyncIdTest, WorkComesBackToItsPlaceAndTrigger) {
  EventLoop loop;  // whose clock goes on while threads work
  loop.addObserver(recorder_);
  AsyncId ran_in = 0;
  int line = 0;
  loop.setImmediate([&] {
    line = __LINE__ + 1;
    work(
        loop, [] { return 7; }, [&](absl::StatusOr<int>) { ran_in = loop.executionAsyncId(); });
  });
  loop.run();
  loop.removeObserver(recorder_);
  EXPECT_EQ(ran_in, 2u);
  EXPECT_EQ(recorder_.where[2].line, line);
  EXPECT_EQ(recorder_.log, (Log{"init 1 immediate by 0", "before 1", "init 2 job by 1", "after 1",
                                "destroy 1", "before 2", "after 2", "destroy 2"}));
}

}  // namespace
}  // namespace weft::loop
