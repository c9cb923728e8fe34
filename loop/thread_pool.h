// ThreadPool: threads that do what would block a loop.
//
// Jobs are handed to it by work() (weft/loop/work.h). Each loop has a pool of its own, made when it
// first needs one; who wants another size, or one pool for several loops, says so before that:
//
//   auto pool = std::make_shared<loop::ThreadPool>(loop::ThreadPool::Options{.threads = 8});
//   loop::useThreadPool(event_loop, pool);
//
// Threads are started when there is a job and nobody idle. The next job is the oldest of the
// highest priority. At most half of the threads work on jobs of low priority, so that slow ones
// leave room. They receive no signals.
//
// Not a scheduler: a job runs until it returns, and nothing makes it return earlier.
//
// Threads: any. It must not be destroyed by one of its own jobs.

#ifndef WEFT_LOOP_THREAD_POOL_H_
#define WEFT_LOOP_THREAD_POOL_H_

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "weft/loop/clock.h"

namespace weft::loop {

class EventLoop;

// High ones go first; low is for what may take long.
enum class WorkPriority { kHigh, kNormal, kLow };

namespace internal {

class WorkHome;
class WorkJob;

// Jobs in the order in which they came.
class WorkList {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  WorkJob& first() const noexcept { return *first_; }
  void push(WorkJob& job) noexcept;
  void remove(WorkJob& job) noexcept;
  // Moves those of `home` to the end of `other`; gives their number.
  std::size_t moveOf(const WorkHome& home, WorkList& other) noexcept;

 private:
  WorkJob* first_ = nullptr;
  WorkJob* last_ = nullptr;
};

}  // namespace internal

struct ThreadPoolOptions {
  std::size_t threads = 4;  // at most; 1 at least
  // Jobs that may wait; more are refused with ResourceExhausted.
  std::size_t max_queued = 65536;
};

class ThreadPool {
 public:
  using Options = ThreadPoolOptions;
  // What becomes of the jobs that have not begun. Running ones always come to their end.
  enum class Shutdown { kFinish, kCancel };

  explicit ThreadPool(const Options& options = {});
  // shutdown(kCancel), unless told otherwise before, and waits for the threads.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // From now on jobs are refused with FailedPrecondition. Those that wait are done, or cancelled as
  // told: each comes back to its loop either way, with its result or Cancelled. Returns at once.
  // kCancel may follow kFinish.
  void shutdown(Shutdown how) noexcept;

  struct Load {
    std::size_t threads = 0;  // started
    std::size_t running = 0;  // jobs
    std::size_t queued = 0;   // jobs
    // Since measureTimes(): jobs that have ended, and how long, all together, they had waited for a
    // thread and then run.
    std::uint64_t measured = 0;
    Duration waited{};
    Duration ran{};
  };
  Load load() const noexcept;
  // From now on. Costs a look at the clock when a job comes, begins and ends.
  void measureTimes() noexcept;

 private:
  friend class internal::WorkHome;
  friend class internal::WorkJob;
  static constexpr std::size_t kPriorities = 3;

  // For WorkHome. Takes the job, unless the status says why not.
  absl::Status submit(internal::WorkJob& job);
  // Takes a job back that has not begun; false if it has.
  bool withdraw(internal::WorkJob& job) noexcept;
  // As withdraw(), and hands it to its loop as cancelled.
  void cancel(internal::WorkJob& job) noexcept;
  // Gives back what a loop that ends has here: what has not begun, and, when it is done, what runs.
  internal::WorkList forget(internal::WorkHome& home) noexcept;

  void unlink(internal::WorkJob& job) noexcept;
  void cancelQueued(internal::WorkJob& job, const char* why) noexcept;
  bool wakeOne() noexcept;
  internal::WorkList* nextQueue() noexcept;
  internal::WorkJob* takeNext() noexcept;
  void end(internal::WorkHome& home, WorkPriority priority) noexcept;
  void runThread() noexcept;

  const Options options_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable job_added_;
  std::condition_variable job_ended_;
  std::array<internal::WorkList, kPriorities> queues_;
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  std::size_t running_low_ = 0;
  std::size_t idle_ = 0;   // threads that wait and were not woken
  std::size_t woken_ = 0;  // threads that were, and have not noticed yet
  bool ended_ = false;
  bool timed_ = false;
  std::uint64_t measured_ = 0;
  Duration waited_{};
  Duration ran_{};
  std::vector<std::thread> threads_;
};

// Gives the loop `pool`. On the loop's thread, before its first job, else UsageError.
void useThreadPool(EventLoop& loop, std::shared_ptr<ThreadPool> pool);
// The one that the loop has: from its first job on, if it was given none; null before. On the
// loop's thread, else UsageError.
std::shared_ptr<ThreadPool> threadPoolOf(EventLoop& loop);

}  // namespace weft::loop

namespace weft {
using loop::ThreadPool;
}  // namespace weft

#endif  // WEFT_LOOP_THREAD_POOL_H_
