#include "weft/loop/work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

using Names = std::vector<std::string>;

// Holds jobs until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Until so many have come to it.
  void await(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return entered_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int entered_ = 0;
  bool open_ = false;
};

class WorkTest : public testing::Test {
 protected:
  void usePool(ThreadPoolOptions options) {
    pool_ = std::make_shared<ThreadPool>(options);
    useThreadPool(loop_, pool_);
  }
  // One thread, which is held at `gate_`.
  void holdTheOnlyThread(std::size_t max_queued = 1000) {
    usePool({.threads = 1, .max_queued = max_queued});
    work(
        loop_, [this] { gate_.pass(); }, [](absl::Status status) { EXPECT_TRUE(status.ok()); });
    gate_.await(1);
  }

  EventLoop loop_;
  std::shared_ptr<ThreadPool> pool_;
  Gate gate_;
  cls::Namespace ns_ = cls::createAnonymousNamespace();
};

TEST_F(WorkTest, TheFunctionRunsOnAnotherThreadAndTheCallbackAtHome) {
  std::thread::id worker;
  std::optional<int> result;
  work(
      loop_,
      [&worker] {
        worker = std::this_thread::get_id();
        return 7;
      },
      [&, home = std::this_thread::get_id()](absl::StatusOr<int> n) {
        EXPECT_EQ(std::this_thread::get_id(), home);
        result = *n;
      });
  EXPECT_FALSE(result);
  loop_.run();
  EXPECT_EQ(result, 7);
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST_F(WorkTest, AStatusOfTheFunctionIsTheResultItself) {
  Names seen;
  const auto note = [&seen](const absl::Status& status) { seen.emplace_back(status.message()); };
  work(
      loop_, [] { return absl::NotFoundError("no"); }, [&](absl::Status s) { note(s); });
  work(
      loop_, []() -> absl::StatusOr<int> { return absl::DataLossError("bad"); },
      [&](absl::StatusOr<int> s) { note(s.status()); });
  work(
      loop_, [] {}, [&](absl::Status s) { note(s); });
  loop_.run();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"no", "bad", ""}));
}

TEST_F(WorkTest, WhatOnlyMovesMayBeUsedAndGiven) {
  std::unique_ptr<int> got;
  work(
      loop_, [n = std::make_unique<int>(4)]() mutable { return std::move(n); },
      [&got, kept = std::make_unique<int>(1)](absl::StatusOr<std::unique_ptr<int>> n) {
        got = std::move(n).value();
      });
  loop_.run();
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(*got, 4);
}

TEST_F(WorkTest, ACoroutineAwaitsTheResult) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    const absl::StatusOr<std::string> text = co_await work([] { return std::string("text"); });
    const absl::StatusOr<int> n = co_await work([&text] { return static_cast<int>(text->size()); });
    seen = *text + std::to_string(*n);
  });
  EXPECT_EQ(seen, "");
  loop_.run();
  EXPECT_EQ(seen, "text4");
}

TEST_F(WorkTest, AnAwaitedFunctionIsGivenItsArgumentsByValue) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    const std::string text = "long enough to be allocated, for sanitizers";
    const auto named = [text] { return text.size(); };
    const absl::StatusOr<std::size_t> size = co_await work({.contexts = false}, named);
    const absl::StatusOr<std::string> both = co_await work(
        [](const std::string& a, std::unique_ptr<int> b) { return a + std::to_string(*b); }, text,
        std::make_unique<int>(static_cast<int>(*size)));
    seen = *both;
  });
  loop_.run();
  EXPECT_EQ(seen, "long enough to be allocated, for sanitizers43");
}

TEST_F(WorkTest, AThrowReachesTheAwaiter) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    try {
      (void)co_await work([]() -> int { throw std::runtime_error("broken"); });
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
  });
  loop_.run();
  EXPECT_EQ(seen, "broken");
}

TEST_F(WorkTest, ThrowsOfFunctionAndCallbackReachTheUncaughtHandlerInTheCallersContexts) {
  Names seen;
  loop_.onUncaughtException([&](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& thrown) {
      seen.emplace_back(thrown.what());
    }
    if (cls::kEnabled) {
      EXPECT_EQ(*ns_.get<int>("n"), 1);
    }
  });
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, []() -> int { throw std::runtime_error("job"); },
        [](absl::StatusOr<int>) { ADD_FAILURE() << "a callback after a throw"; });
    work(
        loop_, [] {}, [](absl::Status) { throw std::runtime_error("callback"); });
  });
  loop_.run();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"job", "callback"}));
  EXPECT_FALSE(ns_.active());
}

TEST_F(WorkTest, ANullFunctionOrCallbackIsRefused) {
  EXPECT_THROW(work(loop_, std::function<int()>(), [](absl::StatusOr<int>) {}), UsageError);
  EXPECT_THROW(work(
                   loop_, [] {}, std::function<void(absl::Status)>()),
               UsageError);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(WorkTest, AnotherThreadIsRefused) {
  std::thread([this] {
    EXPECT_THROW(work(
                     loop_, [] {}, [](absl::Status) {}),
                 UsageError);
  }).join();
}

// --- contexts -----------------------------------------------------------------------------------

TEST_F(WorkTest, TheFunctionSeesASnapshotAndTheCallbackTheOriginal) {
  if (!cls::kEnabled) GTEST_SKIP() << "without contexts";
  int in_job = 0, at_home = 0;
  bool same = false;
  ns_.run([&] {
    ns_.set("n", 1);
    const Context mine = ns_.active();
    work(
        loop_,
        [&] {
          in_job = *ns_.get<int>("n");
          ns_.set("n", 9);  // stays here
        },
        [&, mine](absl::Status) {
          at_home = *ns_.get<int>("n");
          same = ns_.active() == mine;
        });
    ns_.set("n", 2);  // later than the snapshot
  });
  loop_.run();
  EXPECT_EQ(in_job, 1);
  EXPECT_EQ(at_home, 2);
  EXPECT_TRUE(same);
  EXPECT_FALSE(ns_.active());
}

TEST_F(WorkTest, WithoutASnapshotTheFunctionSeesNoContext) {
  bool seen = true;
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, [&] { seen = static_cast<bool>(ns_.active()); }, [](absl::Status) {},
        {.contexts = false});
  });
  loop_.run();
  EXPECT_FALSE(seen);
}

TEST_F(WorkTest, NothingOfOneJobReachesTheNextOneOnItsThread) {
  usePool({.threads = 1});
  bool leaked = false;
  work(
      loop_, [&] { ns_.enter(ns_.createContext()); }, [](absl::Status) {});
  work(
      loop_, [&] { leaked = static_cast<bool>(ns_.active()); }, [](absl::Status) {});
  loop_.run();
  EXPECT_FALSE(leaked);
}

TEST_F(WorkTest, ACoroutineGoesOnInItsOwnContexts) {
  if (!cls::kEnabled) GTEST_SKIP() << "without contexts";
  std::vector<int> seen;
  const auto one = [&](int n) -> Co<> {
    const absl::StatusOr<int> in_job = co_await work([&] { return *ns_.get<int>("n"); });
    seen.push_back(*in_job * 10 + *ns_.get<int>("n") - n);
  };
  for (int n : {1, 2, 3}) {
    ns_.run([&] {
      ns_.set("n", n);
      spawn(loop_, one(n));
    });
  }
  loop_.run();
  EXPECT_EQ(std::set<int>(seen.begin(), seen.end()), (std::set<int>{10, 20, 30}));
}

TEST_F(WorkTest, EndListenersOfAJobsContextsRunOnItsThread) {
  if (!cls::kEnabled) GTEST_SKIP() << "without contexts";
  Names seen;
  loop_.onUncaughtException([&](std::exception_ptr) { seen.emplace_back("reported"); });
  work(
      loop_,
      [&] {
        ns_.run([&] {
          ns_.active().onEnd([&] {
            seen.emplace_back("end");
            throw std::runtime_error("from an end listener");
          });
        });
        seen.emplace_back("job");
      },
      [&](absl::Status) { seen.emplace_back("callback"); });
  loop_.run();
  EXPECT_EQ(seen, (Names{"job", "end", "reported", "callback"}));
}

TEST_F(WorkTest, FunctionAndCallbackAreDestroyedAtHomeInTheirContexts) {
  struct Dying {
    cls::Namespace ns;
    std::vector<int>* seen;
    std::thread::id home = std::this_thread::get_id();
    Dying(cls::Namespace space, std::vector<int>* to) : ns(std::move(space)), seen(to) {}
    ~Dying() {
      EXPECT_EQ(std::this_thread::get_id(), home);
      const int* n = ns.get<int>("n");
      seen->push_back(n != nullptr ? *n : 0);
    }
  };
  std::vector<int> seen;
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, [dying = std::make_unique<Dying>(ns_, &seen)] {},
        [dying = std::make_unique<Dying>(ns_, &seen)](absl::Status) {});
  });
  loop_.run();
  EXPECT_EQ(seen, cls::kEnabled ? (std::vector<int>{1, 1}) : (std::vector<int>{0, 0}));
}

// --- the queue ----------------------------------------------------------------------------------

TEST_F(WorkTest, HighPriorityGoesFirstAndLowLastEachInOrder) {
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

TEST_F(WorkTest, LowPriorityLeavesHalfOfTheThreads) {
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

TEST_F(WorkTest, AFullQueueRefusesAndSaysSo) {
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

TEST_F(WorkTest, ALimitOfPostsDoesNotRefuseResults) {
  EventLoop loop({.max_posts = 1});
  int done = 0;
  for (int i = 0; i < 100; ++i)
    work(
        loop, [] {}, [&](absl::Status) { ++done; });
  loop.run();
  EXPECT_EQ(done, 100);
}

TEST_F(WorkTest, ThreadsStartWhenThereIsWorkForThem) {
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

TEST_F(WorkTest, APoolIsGivenOnceAndNotNull) {
  EXPECT_THROW(useThreadPool(loop_, nullptr), UsageError);
  usePool({});
  EXPECT_THROW(useThreadPool(loop_, pool_), UsageError);
}

TEST_F(WorkTest, SeveralLoopsMayShareAPool) {
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

// --- cancelling ---------------------------------------------------------------------------------

TEST_F(WorkTest, AStopRequestCancelsWhatHasNotBegun) {
  holdTheOnlyThread();
  std::stop_source stop;
  Names seen;
  work(
      loop_, [&] { seen.emplace_back("ran"); },
      [&](absl::Status status) { seen.emplace_back(status.message()); },
      {.token = stop.get_token()});
  std::thread([&] { stop.request_stop(); }).join();
  EXPECT_EQ(pool_->load().queued, 0u);
  loop_.runNoWait();
  EXPECT_EQ(seen, (Names{"a stop was requested"}));
  work(
      loop_, [&] { seen.emplace_back("ran"); },
      [&](absl::Status status) { EXPECT_EQ(status.code(), absl::StatusCode::kCancelled); },
      {.token = stop.get_token()});
  loop_.runNoWait();
  EXPECT_EQ(seen.size(), 1u);
  gate_.open();
  loop_.run();
}

TEST_F(WorkTest, AStopRequestLeavesWhatRuns) {
  usePool({.threads = 1});
  std::stop_source stop;
  std::optional<bool> ok;
  work(
      loop_, [this] { gate_.pass(); }, [&](absl::Status status) { ok = status.ok(); },
      {.token = stop.get_token()});
  gate_.await(1);
  stop.request_stop();
  gate_.open();
  loop_.run();
  EXPECT_EQ(ok, true);
}

TEST_F(WorkTest, ADroppedCoroutineTakesItsJobBack) {
  holdTheOnlyThread();
  bool ran = false;
  {
    const Running<> waiting = start(loop_, [&]() -> Co<> {
      (void)co_await work([&] { ran = true; });
      ADD_FAILURE() << "went on";
    });
    EXPECT_EQ(pool_->load().queued, 1u);
  }
  EXPECT_EQ(pool_->load().queued, 0u);
  gate_.open();
  loop_.run();
  EXPECT_FALSE(ran);
}

TEST_F(WorkTest, ADroppedCoroutineLeavesAJobThatRunsAndDoesNotHoldTheLoop) {
  usePool({.threads = 1});
  {
    const Running<> waiting = start(loop_, [&]() -> Co<> {
      (void)co_await work([this](std::unique_ptr<int>) { gate_.pass(); }, std::make_unique<int>(1));
      ADD_FAILURE() << "went on";
    });
    gate_.await(1);
    EXPECT_TRUE(loop_.alive());
  }
  EXPECT_FALSE(loop_.alive());
  loop_.run();
  gate_.open();
  while (pool_->load().running != 0) std::this_thread::yield();
  loop_.runNoWait();
}

// --- the end ------------------------------------------------------------------------------------

TEST_F(WorkTest, AThousandJobsOfAPoolThatIsShutDownAllComeBack) {
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

TEST_F(WorkTest, CancellingFollowsFinishing) {
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

TEST_F(WorkTest, FinishingDoesAlsoTheLowPriorityJobs) {
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

TEST_F(WorkTest, TheEndOfTheLoopWaitsForWhatRunsAndDropsTheRestInItsContexts) {
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

TEST_F(WorkTest, LoopsThatEndWhileJobsOfTheirsFinishLeaveNothing) {
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
