// What a thread pool does for a loop, and how it comes back. Not for users.
//
//     loop's thread                      pool
//     WorkHome::begin(job)  ---queue-->  job.perform()
//     Completion(job)       <--post---   WorkHome::deliver(job)
//       in the job's frame: complete(), delete
//
// A job belongs to the loop's thread, on which it is made and destroyed; from begin() until it is
// posted back it is lent to the pool. The pool's mutex guards the lists and `queued_`.

#ifndef WEFT_LOOP_INTERNAL_WORK_JOB_H_
#define WEFT_LOOP_INTERNAL_WORK_JOB_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/frame.h"
#include "weft/cls/held_error.h"
#include "weft/cls/snapshot.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/outcome.h"
#include "weft/loop/internal/post_queue.h"
#include "weft/loop/internal/resident.h"
#include "weft/loop/thread_pool.h"

namespace weft::loop::internal {

class WorkJob {
 public:
  static void* operator new(std::size_t size) { return allocateCoFrame(size); }
  static void operator delete(void* job, std::size_t size) noexcept { freeCoFrame(job, size); }
  WorkJob(const WorkJob&) = delete;
  WorkJob& operator=(const WorkJob&) = delete;

 protected:
  WorkJob() = default;
  virtual ~WorkJob() = default;
  // True once it was given to begin().
  bool begun() const noexcept { return home_ != nullptr; }
  WorkHome* home() const noexcept { return home_; }

 private:
  friend class Completion;
  friend class WorkHome;
  friend class WorkList;
  friend class loop::ThreadPool;
  using Frame = cls::HeldFrame<cls::Holder::kWork>;
  struct Stop {
    WorkJob* job;
    void operator()() const noexcept;
  };

  // On a thread of the pool.
  virtual void perform(const cls::Snapshot& contexts) noexcept = 0;
  // Instead of that, on any thread.
  virtual void refuse(absl::Status why) noexcept = 0;
  // At home, in the frame, after one of the two.
  virtual void complete() = 0;

  WorkHome* home_ = nullptr;
  WorkJob* next_ = nullptr;
  WorkJob* previous_ = nullptr;
  WorkPriority priority_ = WorkPriority::kNormal;
  bool queued_ = false;
  bool holding_ = false;                               // keeps the loop running
  std::chrono::steady_clock::time_point queued_at_{};  // if the pool measures
  Frame frame_;
  TicketPtr ticket_;  // if it was begun under observation
  cls::Snapshot snapshot_;
  std::optional<std::stop_callback<Stop>> stop_;
};

// A loop's share in its pool.
class WorkHome final : private Resident {
 public:
  // Made when it is first asked for. Throws UsageError on another thread than the loop's.
  static WorkHome& of(EventLoop& loop);
  ~WorkHome() override;

  void usePool(std::shared_ptr<ThreadPool> pool);
  const std::shared_ptr<ThreadPool>& pool() const noexcept { return pool_; }
  // Takes the job. If this throws, it was destroyed.
  void begin(WorkJob& job, WorkPriority priority, bool contexts, const std::stop_token& token,
             cls::Location where);
  // Nobody waits for the job any more.
  void abandon(WorkJob& job) noexcept;

 private:
  friend class Completion;
  friend class WorkJob;
  friend class loop::ThreadPool;

  explicit WorkHome(EventLoop& loop);
  // On any thread: false if the loop has ended, and then the job is still the caller's.
  bool deliver(WorkJob& job) noexcept;
  void report(std::exception_ptr error) noexcept;
  void letGo(WorkJob& job) noexcept;
  void loopEnded() noexcept override;

  EventLoop& loop_;
  const std::shared_ptr<PostQueue> posts_;
  std::shared_ptr<ThreadPool> pool_;
  bool ended_ = false;
  // Guarded by the pool's mutex:
  std::size_t running_ = 0;
  WorkList undelivered_;  // done when the loop had ended
};

// Calls an F.
template <typename F>
class CallingJob : public WorkJob {
 public:
  using R = std::invoke_result_t<F&>;
  using Result = StatusOrOf<R>;

  explicit CallingJob(F fn) : fn_(std::move(fn)) {}
  // Of the finished job; throws what the function threw.
  Result take() { return outcome_.take(); }

 private:
  void perform(const cls::Snapshot& contexts) noexcept override {
    try {
      if constexpr (std::is_void_v<R>) {
        contexts.run(fn_);
        outcome_.set(absl::OkStatus());
      } else {
        outcome_.set(contexts.run(fn_));
      }
    } catch (...) {
      outcome_.fail(cls::HeldError(std::current_exception()));
    }
  }
  void refuse(absl::Status why) noexcept override { outcome_.set(std::move(why)); }

  F fn_;
  Outcome<Result> outcome_;
};

template <typename F, typename C>
class CallbackJob final : public CallingJob<F> {
 public:
  CallbackJob(F fn, C callback) : CallingJob<F>(std::move(fn)), callback_(std::move(callback)) {}

 private:
  void complete() override { callback_(this->take()); }

  C callback_;
};

// Whoever waits for an AwaitedJob, which may go before it.
class WorkWaiter {
 public:
  virtual void jobGone() noexcept = 0;

 protected:
  ~WorkWaiter() = default;
};

template <typename F>
class AwaitedJob final : public CallingJob<F> {
 public:
  using CallingJob<F>::CallingJob;

  void awaitBy(WorkWaiter& waiter, CoPromise& promise) noexcept {
    waiter_ = &waiter;
    promise_ = &promise;
  }
  // By who made it and has no use for it any more.
  void drop() noexcept {
    waiter_ = nullptr;
    if (this->begun()) {
      this->home()->abandon(*this);
    } else {
      delete this;
    }
  }

 private:
  ~AwaitedJob() override {
    if (waiter_ != nullptr) waiter_->jobGone();
  }
  void complete() override {
    if (waiter_ != nullptr) promise_->resume();
  }

  WorkWaiter* waiter_ = nullptr;
  CoPromise* promise_ = nullptr;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_WORK_JOB_H_
