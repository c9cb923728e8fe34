#include "weft/loop/thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/loop/internal/work_job.h"

namespace weft::loop {

namespace internal {

// --- WorkList -----------------------------------------------------------------------------------

void WorkList::push(WorkJob& job) noexcept {
  job.next_ = nullptr;
  job.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &job;
  last_ = &job;
}

void WorkList::remove(WorkJob& job) noexcept {
  (job.previous_ != nullptr ? job.previous_->next_ : first_) = job.next_;
  (job.next_ != nullptr ? job.next_->previous_ : last_) = job.previous_;
}

std::size_t WorkList::moveOf(const WorkHome& home, WorkList& other) noexcept {
  std::size_t count = 0;
  for (WorkJob* job = first_; job != nullptr;) {
    WorkJob& moved = *std::exchange(job, job->next_);
    if (moved.home_ != &home) continue;
    remove(moved);
    moved.queued_ = false;
    other.push(moved);
    ++count;
  }
  return count;
}

namespace {

std::size_t indexOf(WorkPriority priority) noexcept { return static_cast<std::size_t>(priority); }
constexpr std::size_t kLowIndex = static_cast<std::size_t>(WorkPriority::kLow);

// For threads that are started meanwhile: signals are for others.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// What a job leaves of contexts on a thread of the pool is over when the job is.
class ThreadContexts {
 public:
  ThreadContexts() { cls::setAttention({&note, nullptr, this}); }
  ~ThreadContexts() { cls::setAttention({}); }

  // `report` is given what end listeners throw.
  template <typename F>
  void settle(F report) noexcept {
    if (!noted_) return;
    cls::settle();
    for (bool more = true; more;) {
      try {
        more = cls::drainEnded();
      } catch (...) {
        report(std::current_exception());
        cls::settle();
      }
    }
    cls::settle();
    noted_ = false;
  }

 private:
  static void note(void* self) { static_cast<ThreadContexts*>(self)->noted_ = true; }

  bool noted_ = false;
};

}  // namespace
}  // namespace internal

// --- ThreadPool ---------------------------------------------------------------------------------

ThreadPool::ThreadPool(const Options& options) : options_(options) {
  threads_.reserve(std::max<std::size_t>(options_.threads, 1));
}

ThreadPool::~ThreadPool() {
  bool told;
  {
    const std::lock_guard lock(mutex_);
    told = ended_;
  }
  if (!told) shutdown(Shutdown::kCancel);
  for (std::thread& thread : threads_) thread.join();
}

absl::Status ThreadPool::submit(internal::WorkJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return absl::FailedPreconditionError("the thread pool was shut down");
    if (queued_ >= options_.max_queued) {
      return absl::ResourceExhaustedError("the queue of the thread pool is full");
    }
    if (idle_ == 0 && threads_.size() < threads_.capacity()) {
      const internal::SignalsBlocked blocked;
      try {
        threads_.emplace_back([this] { runThread(); });
      } catch (const std::system_error& error) {
        if (threads_.empty()) {
          return absl::ResourceExhaustedError(std::string("no thread for the pool: ") +
                                              error.what());
        }
      }
    }
    queues_[internal::indexOf(job.priority_)].push(job);
    job.queued_ = true;
    ++queued_;
    if (timed_) job.queued_at_ = std::chrono::steady_clock::now();
    if (!wakeOne()) return absl::OkStatus();
  }
  job_added_.notify_one();
  return absl::OkStatus();
}

// True if somebody is to be notified. One wakes at a time, and wakes the next when it begins its
// job, so that many small jobs are not one system call each.
bool ThreadPool::wakeOne() noexcept {
  if (idle_ == 0 || woken_ != 0 || nextQueue() == nullptr) return false;
  --idle_;
  ++woken_;
  return true;
}

void ThreadPool::unlink(internal::WorkJob& job) noexcept {
  queues_[internal::indexOf(job.priority_)].remove(job);
  job.queued_ = false;
  --queued_;
}

bool ThreadPool::withdraw(internal::WorkJob& job) noexcept {
  const std::lock_guard lock(mutex_);
  if (!job.queued_) return false;
  unlink(job);
  return true;
}

// Delivered under the lock, so that its loop, which asks for it at its end, is still there.
void ThreadPool::cancelQueued(internal::WorkJob& job, const char* why) noexcept {
  unlink(job);
  job.refuse(absl::CancelledError(why));
  if (!job.home_->deliver(job)) job.home_->undelivered_.push(job);
}

void ThreadPool::cancel(internal::WorkJob& job) noexcept {
  const std::lock_guard lock(mutex_);
  if (job.queued_) cancelQueued(job, "a stop was requested");
}

internal::WorkList ThreadPool::forget(internal::WorkHome& home) noexcept {
  internal::WorkList left;
  std::unique_lock lock(mutex_);
  for (internal::WorkList& queue : queues_) queued_ -= queue.moveOf(home, left);
  job_ended_.wait(lock, [&home] { return home.running_ == 0; });
  home.undelivered_.moveOf(home, left);
  return left;
}

void ThreadPool::shutdown(Shutdown how) noexcept {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (how == Shutdown::kCancel) {
      for (internal::WorkList& queue : queues_) {
        while (!queue.empty()) cancelQueued(queue.first(), "the thread pool was shut down");
      }
    }
  }
  job_added_.notify_all();
}

ThreadPool::Load ThreadPool::load() const noexcept {
  const std::lock_guard lock(mutex_);
  return {threads_.size(), running_, queued_, measured_, waited_, ran_};
}

void ThreadPool::measureTimes() noexcept {
  const std::lock_guard lock(mutex_);
  timed_ = true;
}

// --- a thread -----------------------------------------------------------------------------------

// From which a job may begin now, or null.
internal::WorkList* ThreadPool::nextQueue() noexcept {
  const std::size_t most_low = std::max<std::size_t>(threads_.capacity() / 2, 1);
  for (internal::WorkList& queue : queues_) {
    const bool low = &queue == &queues_[internal::kLowIndex];
    if (!queue.empty() && (!low || running_low_ < most_low || ended_)) return &queue;
  }
  return nullptr;
}

// The job that begins now, or null.
internal::WorkJob* ThreadPool::takeNext() noexcept {
  internal::WorkList* const queue = nextQueue();
  if (queue == nullptr) return nullptr;
  internal::WorkJob& job = queue->first();
  unlink(job);
  ++running_;
  ++job.home_->running_;
  if (job.priority_ == WorkPriority::kLow) ++running_low_;
  return &job;
}

// The job is at home and perhaps gone.
void ThreadPool::end(internal::WorkHome& home, WorkPriority priority) noexcept {
  --running_;
  if (priority == WorkPriority::kLow) --running_low_;
  if (--home.running_ == 0) job_ended_.notify_all();
}

void ThreadPool::runThread() noexcept {
  pthread_setname_np(pthread_self(), "weft-pool");
  internal::ThreadContexts contexts;
  std::unique_lock lock(mutex_);
  for (;;) {
    internal::WorkJob* const job = takeNext();
    if (job == nullptr) {
      if (ended_) return;
      ++idle_;
      job_added_.wait(lock, [this] { return woken_ > 0 || ended_; });
      woken_ > 0 ? --woken_ : --idle_;
      continue;
    }
    internal::WorkHome& home = *job->home_;
    const WorkPriority priority = job->priority_;
    const auto queued_at = job->queued_at_;
    const bool wake = wakeOne();
    lock.unlock();
    if (wake) job_added_.notify_one();
    const bool timed = queued_at != std::chrono::steady_clock::time_point();
    const auto begin = timed ? std::chrono::steady_clock::now() : queued_at;
    job->perform(job->snapshot_);
    contexts.settle([&home](std::exception_ptr error) { home.report(std::move(error)); });
    const auto end_time = timed ? std::chrono::steady_clock::now() : begin;
    const bool delivered = home.deliver(*job);
    lock.lock();
    if (timed) {
      ++measured_;
      waited_ += begin - queued_at;
      ran_ += end_time - begin;
    }
    if (!delivered) home.undelivered_.push(*job);
    end(home, priority);
  }
}

}  // namespace weft::loop
