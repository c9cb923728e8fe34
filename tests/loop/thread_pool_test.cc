#include "weft/loop/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/loop/co.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/tests/loop/work_fixture.h"

namespace weft::loop {
namespace {

using ThreadPoolTest = WorkTest;

// --- the queue ----------------------------------------------------------------------------------

TEST_F(ThreadPoolTest, HighPriorityGoesFirstAndLowLastEachInOrder) {
  holdTheOnlyThread();
  std::string order;
  const auto add = [&](char name, WorkPriority priority) {
    work(
        loop_, [&order, name] { order += name; }, [](absl::Status) {}, {.priority = priority});
  };
  add('e', WorkPriority::kLow);
  add('c', WorkPriority::kNormal);
  add('a', WorkPriority::kHigh);
  add('d', WorkPriority::kNormal);
  add('f', WorkPriority::kLow);
  add('b', WorkPriority::kHigh);
  gate_.open();
  loop_.run();
  EXPECT_EQ(order, "abcdef");
}

TEST_F(ThreadPoolTest, LowPriorityLeavesHalfOfTheThreads) {
  usePool({.threads = 4});
  int low = 0;
  for (int i = 0; i < 8; ++i) {
    work(
        loop_, [this] { gate_.pass(); }, [&](absl::Status) { ++low; },
        {.priority = WorkPriority::kLow});
  }
  gate_.await(2);
  bool through = false;
  work(
      loop_, [] {},
      [&](absl::Status) {
        through = true;
        loop_.stop();
      });
  loop_.run();
  EXPECT_TRUE(through);
  while (pool_->load().running > 2) std::this_thread::yield();  // the one that came home
  EXPECT_EQ(pool_->load().running, 2u);
  EXPECT_EQ(pool_->load().queued, 6u);
  EXPECT_EQ(low, 0);
  gate_.open();
  loop_.run();
  EXPECT_EQ(low, 8);
}

TEST_F(ThreadPoolTest, AFullQueueRefusesAndSaysSo) {
  holdTheOnlyThread(/*max_queued=*/2);
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 3; ++i) {
    work(
        loop_, [] {}, [&](absl::Status status) { codes.push_back(status.code()); });
  }
  EXPECT_TRUE(codes.empty());  // never before work() has returned
  loop_.runNoWait();
  EXPECT_EQ(codes, (std::vector{absl::StatusCode::kResourceExhausted}));
  gate_.open();
  loop_.run();
  EXPECT_EQ(codes, (std::vector{absl::StatusCode::kResourceExhausted, absl::StatusCode::kOk,
                                absl::StatusCode::kOk}));
}

TEST_F(ThreadPoolTest, ALimitOfPostsDoesNotRefuseResults) {
  EventLoop loop({.max_posts = 1});
  int done = 0;
  for (int i = 0; i < 100; ++i)
    work(
        loop, [] {}, [&](absl::Status) { ++done; });
  loop.run();
  EXPECT_EQ(done, 100);
}

TEST_F(ThreadPoolTest, ThreadsStartWhenThereIsWorkForThem) {
  usePool({.threads = 3});
  EXPECT_EQ(pool_->load().threads, 0u);
  for (int i = 0; i < 5; ++i)
    work(
        loop_, [this] { gate_.pass(); }, [](absl::Status) {});
  gate_.await(3);
  EXPECT_EQ(pool_->load().threads, 3u);
  EXPECT_EQ(pool_->load().queued, 2u);
  gate_.open();
  loop_.run();
}

TEST_F(ThreadPoolTest, AsManyThreadsWakeAsThereAreJobs) {
  usePool({.threads = 4});
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    for (int i = 0; i < 4; ++i) {
      work(
          loop_, [&gate] { gate.pass(); }, [](const absl::Status&) {});
    }
    gate.await(4);  // all at a time: nobody waits for one that blocks
    gate.open();
    loop_.run();
  }
  EXPECT_EQ(pool_->load().threads, 4u);
}

TEST_F(ThreadPoolTest, ABacklogOfLowPriorityHoldsUpNobodyWhoeverIsIdle) {
  usePool({.threads = 4});
  Gate all;
  for (int i = 0; i < 4; ++i) {
    work(
        loop_, [&all] { all.pass(); }, [](const absl::Status&) {});
  }
  all.await(4);
  all.open();
  loop_.run();  // four threads are idle
  for (int i = 0; i < 10; ++i) {
    work(
        loop_, [this] { gate_.pass(); }, [](const absl::Status&) {},
        {.priority = WorkPriority::kLow});
  }
  gate_.await(2);
  for (int i = 0; i < 50; ++i) {
    bool done = false;
    work(
        loop_, [] {}, [&done](const absl::Status&) { done = true; });
    while (!done) loop_.runNoWait();
  }
  EXPECT_EQ(pool_->load().queued, 8u);
  gate_.open();
  loop_.run();
  EXPECT_EQ(pool_->load().queued, 0u);
}

TEST_F(ThreadPoolTest, APoolIsGivenOnceAndNotNull) {
  EXPECT_THROW(useThreadPool(loop_, nullptr), UsageError);
  usePool({});
  EXPECT_THROW(useThreadPool(loop_, pool_), UsageError);
}

TEST_F(ThreadPoolTest, ALoopSaysWhichPoolItHas) {
  usePool({});
  EXPECT_EQ(threadPoolOf(loop_), pool_);
  EventLoop other;
  EXPECT_EQ(threadPoolOf(other), nullptr);
  work(
      other, [] {}, [](const absl::Status&) {});
  EXPECT_NE(threadPoolOf(other), nullptr);
  std::thread([&] { EXPECT_THROW((void)threadPoolOf(other), UsageError); }).join();
  other.run();
}

TEST_F(ThreadPoolTest, SeveralLoopsMayShareAPool) {
  usePool({.threads = 2});
  int here = 0;
  std::atomic<int> there = 0;
  std::thread other([&] {
    EventLoop loop;
    useThreadPool(loop, pool_);
    for (int i = 0; i < 200; ++i)
      work(
          loop, [] {}, [&](absl::Status) { ++there; });
    loop.run();
  });
  for (int i = 0; i < 200; ++i)
    work(
        loop_, [] {}, [&](absl::Status) { ++here; });
  loop_.run();
  other.join();
  EXPECT_EQ(here, 200);
  EXPECT_EQ(there, 200);
}

// --- the end ------------------------------------------------------------------------------------

TEST_F(ThreadPoolTest, AThousandJobsOfAPoolThatIsShutDownAllComeBack) {
  for (const auto how : {ThreadPool::Shutdown::kFinish, ThreadPool::Shutdown::kCancel}) {
    EventLoop loop;
    auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 4});
    useThreadPool(loop, pool);
    std::atomic<int> ran = 0;
    int done = 0, cancelled = 0;
    for (int i = 0; i < 1000; ++i) {
      work(
          loop, [&] { ++ran; },
          [&](absl::Status status) {
            ++(status.ok() ? done : cancelled);
            EXPECT_TRUE(status.ok() || absl::IsCancelled(status)) << status;
          });
    }
    std::thread other([&] { pool->shutdown(how); });
    loop.run();
    other.join();
    EXPECT_EQ(done + cancelled, 1000);
    EXPECT_EQ(done, ran);
    if (how == ThreadPool::Shutdown::kFinish) {
      EXPECT_EQ(done, 1000);
    }
    absl::StatusCode code = absl::StatusCode::kOk;
    work(
        loop, [] {}, [&](absl::Status status) { code = status.code(); });
    loop.run();
    EXPECT_EQ(code, absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(ThreadPoolTest, CancellingFollowsFinishing) {
  holdTheOnlyThread();
  int cancelled = 0;
  for (int i = 0; i < 10; ++i) {
    work(
        loop_, [] {}, [&](absl::Status status) { cancelled += absl::IsCancelled(status); });
  }
  pool_->shutdown(ThreadPool::Shutdown::kFinish);
  EXPECT_EQ(pool_->load().queued, 10u);
  pool_->shutdown(ThreadPool::Shutdown::kCancel);
  gate_.open();
  loop_.run();
  EXPECT_EQ(cancelled, 10);
}

TEST_F(ThreadPoolTest, FinishingDoesAlsoTheLowPriorityJobs) {
  usePool({.threads = 4});
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    work(
        loop_, [] {}, [&](absl::Status status) { done += status.ok(); },
        {.priority = WorkPriority::kLow});
  }
  pool_->shutdown(ThreadPool::Shutdown::kFinish);
  loop_.run();
  EXPECT_EQ(done, 100);
}

TEST_F(ThreadPoolTest, TheEndOfTheLoopWaitsForWhatRunsAndDropsTheRestInItsContexts) {
  struct Dying {
    cls::Namespace ns;
    int* sum;
    Dying(cls::Namespace space, int* to) : ns(std::move(space)), sum(to) {}
    ~Dying() {
      const int* n = ns.get<int>("n");
      *sum += n != nullptr ? *n : 1;
    }
  };
  int destroyed = 0;
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 2});
  std::optional<EventLoop> loop(std::in_place);
  useThreadPool(*loop, pool);
  ns_.run([&] {
    ns_.set("n", 1);
    for (int i = 0; i < 50; ++i) {
      work(
          *loop,
          [this, i] {
            if (i < 2) gate_.pass();
          },
          [dying = std::make_unique<Dying>(ns_, &destroyed)](absl::Status) {
            ADD_FAILURE() << "called back after the loop";
          });
    }
    spawn(*loop, []() -> Co<> { (void)co_await work([] {}); });
  });
  gate_.await(2);
  std::thread opener([this, &pool] {
    while (pool->load().queued != 0) std::this_thread::yield();
    gate_.open();
  });
  loop.reset();
  EXPECT_EQ(destroyed, 50);
  opener.join();
  EXPECT_EQ(pool->load().running, 0u);
}

TEST_F(ThreadPoolTest, LoopsThatEndWhileJobsOfTheirsFinishLeaveNothing) {
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 4});
  std::atomic<int> ran = 0;
  for (int round = 0; round < 50; ++round) {
    EventLoop loop;
    useThreadPool(loop, pool);
    for (int i = 0; i < 20; ++i)
      work(
          loop, [&] { ++ran; }, [](absl::Status) {});
    loop.runNoWait();
  }
  EXPECT_EQ(pool->load().queued, 0u);
  EXPECT_EQ(pool->load().running, 0u);
}

}  // namespace
}  // namespace weft::loop
