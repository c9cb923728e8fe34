// Random schedules of a thread pool against what must hold of each job, whatever happens: it runs
// once or not at all, whoever asked hears of it once, what he hears is what happened, and nothing
// of it is left. A seed that fails is printed.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"
#include "weft/loop/thread_pool.h"
#include "weft/loop/work.h"
#include "weft/tests/loop/work_fixture.h"

namespace weft::loop {
namespace {

struct Job {
  WorkPriority priority = WorkPriority::kNormal;
  std::stop_source stop;
  std::optional<Running<>> running;  // of one that is awaited
  bool expect_refusal = false;       // for want of room
  bool dropped = false;              // by whoever awaited it
  std::atomic<int> runs = 0;
  int answers = 0;
  absl::StatusCode code = absl::StatusCode::kUnknown;
};

// One loop, and the jobs that it gives to a pool.
class Script {
 public:
  Script(unsigned seed, std::shared_ptr<ThreadPool> pool) : random_(seed), pool_(std::move(pool)) {
    useThreadPool(*loop_, pool_);
  }

  std::size_t below(std::size_t n) { return random_() % n; }

  // What the job does on its thread, besides being counted.
  template <typename F>
  Job& submit(F body) {
    Job& job = jobs_.emplace_back();
    job.priority = static_cast<WorkPriority>(below(3));
    WorkOptions options{.priority = job.priority, .contexts = below(2) == 0};
    if (below(2) == 0) options.token = job.stop.get_token();
    if (!options.token.stop_possible()) job.stop = std::stop_source(std::nostopstate);
    auto run = [&job, body, held = alive_] {
      ++job.runs;
      body(job);
    };
    auto answer = [&job, held = alive_](const absl::Status& status) {
      ++job.answers;
      job.code = status.code();
    };
    if (below(2) == 0) {
      work(*loop_, std::move(run), std::move(answer), options);
    } else {
      job.running.emplace(start(*loop_, awaited(std::move(run), std::move(answer), options)));
    }
    return job;
  }
  void cancelOne() {
    if (!jobs_.empty()) jobs_[below(jobs_.size())].stop.request_stop();
  }
  void dropOne() {
    if (jobs_.empty()) return;
    Job& job = jobs_[below(jobs_.size())];
    job.dropped = job.dropped || (job.running && !job.running->done());
    job.running.reset();
  }

  // After everything: each job's outcome is one that can be.
  void check(bool shut_down, bool cancelled, bool loop_ended) {
    for (Job& job : jobs_) job.running.reset();
    for (const Job& job : jobs_) {
      EXPECT_LE(job.runs, 1);
      EXPECT_LE(job.answers, 1);
      if (job.answers == 0) {
        EXPECT_TRUE(job.dropped || loop_ended) << "an answer was lost";
        continue;
      }
      EXPECT_EQ(job.code == absl::StatusCode::kOk, job.runs == 1) << static_cast<int>(job.code);
      if (job.code == absl::StatusCode::kCancelled) {
        EXPECT_TRUE(job.stop.stop_requested() || cancelled);
      } else if (job.code == absl::StatusCode::kFailedPrecondition) {
        EXPECT_TRUE(shut_down);
      } else if (job.code != absl::StatusCode::kOk) {
        EXPECT_EQ(job.code, absl::StatusCode::kResourceExhausted);
      }
    }
    EXPECT_EQ(alive_.use_count(), 1) << "a function or a callback was left";
  }

  EventLoop& loop() { return *loop_; }
  void endLoop() { loop_.reset(); }
  std::deque<Job>& jobs() { return jobs_; }

 private:
  template <typename Run, typename Answer>
  static Co<> awaited(Run run, Answer answer, WorkOptions options) {
    answer(co_await work(options, run));
  }

  std::minstd_rand random_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
  std::shared_ptr<ThreadPool> pool_;
  std::deque<Job> jobs_;
  std::optional<EventLoop> loop_{std::in_place};
};

// --- one thread: the order is known -------------------------------------------------------------

class HeldThread {
 public:
  explicit HeldThread(Script& script) {
    work(
        script.loop(), [this] { gate_.pass(); }, [](const absl::Status&) {});
    gate_.await(1);
  }
  void letGo() { gate_.open(); }

 private:
  Gate gate_;
};

void runInOrder(unsigned seed) {
  constexpr std::size_t kRoom = 30;
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 1, .max_queued = kRoom});
  Script script(seed, pool);
  HeldThread held(script);
  std::vector<const Job*> order;  // in which they ran; the thread's until it is done
  std::size_t waiting = 0;
  const auto isWaiting = [](const Job& job) {
    return !job.expect_refusal && !job.dropped && !job.stop.stop_requested();
  };
  for (int i = 0; i < 80; ++i) {
    waiting = static_cast<std::size_t>(
        std::count_if(script.jobs().begin(), script.jobs().end(), isWaiting));
    EXPECT_EQ(pool->load().queued, waiting);
    switch (script.below(6)) {
      case 0:
        script.cancelOne();
        break;
      case 1:
        script.dropOne();
        break;
      case 2:
        script.loop().runNoWait();
        break;
      default:
        script.submit([&order](const Job& job) { order.push_back(&job); }).expect_refusal =
            waiting == kRoom;
    }
  }
  std::vector<const Job*> expected;
  for (const Job& job : script.jobs()) {
    if (isWaiting(job)) expected.push_back(&job);
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const Job* a, const Job* b) { return a->priority < b->priority; });
  const bool cancelled = script.below(3) == 0;
  const bool shut_down = cancelled || script.below(2) == 0;
  if (shut_down) {
    pool->shutdown(cancelled ? ThreadPool::Shutdown::kCancel : ThreadPool::Shutdown::kFinish);
  }
  held.letGo();
  script.loop().run();
  EXPECT_EQ(order, cancelled ? std::vector<const Job*>() : expected);
  script.check(shut_down, cancelled, /*loop_ended=*/false);
}

TEST(ThreadPoolRandomTest, OnOneThreadJobsRunInTheOrderOfTheModel) {
  for (unsigned seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    runInOrder(seed);
  }
}

// --- several threads and loops: what holds of each job ------------------------------------------

// How many jobs of low priority run at a time.
struct LowJobs {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;

  void during(const Job& job) {
    if (job.priority != WorkPriority::kLow) return std::this_thread::yield();
    const int count = ++now;
    int seen = most;
    while (seen < count && !most.compare_exchange_weak(seen, count)) {
    }
    std::this_thread::yield();
    --now;
  }
};

struct Fate {
  std::atomic<bool> shut_down = false;
  std::atomic<bool> cancelled = false;
};

// One loop's life, on this thread.
void live(unsigned seed, const std::shared_ptr<ThreadPool>& pool, LowJobs& low, Fate& fate) {
  Script script(seed, pool);
  const std::size_t steps = 50 + script.below(150);
  for (std::size_t i = 0; i < steps; ++i) {
    switch (script.below(8)) {
      case 0:
        script.cancelOne();
        break;
      case 1:
        script.dropOne();
        break;
      case 2:
        script.loop().runNoWait();
        break;
      case 3:
        // A stop request from a thread of the pool.
        script.submit(
            [stop = script.submit([](const Job&) {}).stop](const Job&) { stop.request_stop(); });
        break;
      default:
        script.submit([&low](const Job& job) { low.during(job); });
    }
    if (script.below(600) == 0) {
      fate.cancelled = true;
      fate.shut_down = true;
      pool->shutdown(ThreadPool::Shutdown::kCancel);
    } else if (script.below(600) == 0) {
      fate.shut_down = true;
      pool->shutdown(ThreadPool::Shutdown::kFinish);
    }
  }
  const bool ended_early = script.below(4) == 0;
  if (!ended_early) script.loop().run();
  script.endLoop();
  script.check(fate.shut_down, fate.cancelled, ended_early);
}

TEST(ThreadPoolRandomTest, OnManyThreadsAndLoopsNoAnswerIsLostOrGivenTwice) {
  for (unsigned seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::size_t threads = 1 + seed % 6;
    auto pool = std::make_shared<ThreadPool>(
        ThreadPoolOptions{.threads = threads, .max_queued = seed % 3 == 0 ? 20u : 1000u});
    LowJobs low;
    Fate fate;
    std::vector<std::thread> loops;
    for (unsigned i = 0; i < 1 + seed % 3; ++i) {
      loops.emplace_back([&, i] { live(seed * 100 + i, pool, low, fate); });
    }
    for (std::thread& loop : loops) loop.join();
    EXPECT_EQ(pool->load().queued, 0u);
    EXPECT_EQ(pool->load().running, 0u);
    if (!fate.shut_down) {
      EXPECT_LE(low.most, static_cast<int>(std::max<std::size_t>(threads / 2, 1)));
    }
  }
}

}  // namespace
}  // namespace weft::loop
