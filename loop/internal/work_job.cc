#include "weft/loop/internal/work_job.h"

#include <exception>

#include "weft/loop/internal/loop_access.h"

namespace weft::loop::internal {

// A job that has come home, as a task of the loop.
class Completion {
 public:
  explicit Completion(WorkJob& job) noexcept : job_(&job) {}
  Completion(Completion&& other) noexcept : job_(std::exchange(other.job_, nullptr)) {}
  Completion& operator=(Completion&&) = delete;
  ~Completion() {
    if (job_ != nullptr) destroy(*job_);
  }

  // From the middle of other code.
  static void destroy(WorkJob& job) noexcept {
    const WorkJob::Frame frame = std::move(job.frame_);
    const cls::FrameScope scope(frame);
    delete &job;
  }

  // By the dispatcher. What a callback throws leaves with its frame still current.
  void operator()() {
    WorkJob& job = *job_;
    job.home_->letGo(job);
    if (job.frame_) job.frame_.enter();
    if (Ticket* const ticket = job.ticket_.get()) [[unlikely]] {
      Instrument& instrument = ticket->instrument();
      Ticket* const outer = instrument.enter(*ticket);
      job.complete();
      instrument.leave(outer);
    } else {
      job.complete();
    }
    job_ = nullptr;
    if (!job.frame_) {
      delete &job;
      return;
    }
    job.frame_.enter();
    const WorkJob::Frame frame = std::move(job.frame_);
    delete &job;
    cls::leave();
  }

  WorkJob& release() noexcept { return *std::exchange(job_, nullptr); }

 private:
  WorkJob* job_;
};

void WorkJob::Stop::operator()() const noexcept { job->home_->pool_->cancel(*job); }

// --- WorkHome -----------------------------------------------------------------------------------

WorkHome& WorkHome::of(EventLoop& loop) {
  LoopAccess::checkThread(loop);
  std::shared_ptr<WorkHome>& home = LoopAccess::workHome(loop);
  if (home == nullptr) home.reset(new WorkHome(loop));
  return *home;
}

WorkHome::WorkHome(EventLoop& loop) : loop_(loop), posts_(LoopAccess::posts(loop)) {
  live(LoopAccess::residents(loop));
}

WorkHome::~WorkHome() = default;

void WorkHome::usePool(std::shared_ptr<ThreadPool> pool) {
  if (pool == nullptr || pool_ != nullptr) {
    throw UsageError(
        "a loop is given a thread pool once, before its first job, and not a null one");
  }
  pool_ = std::move(pool);
}

void WorkHome::begin(WorkJob& job, WorkPriority priority, bool contexts,
                     const std::stop_token& token, cls::Location where) {
  std::optional<Completion> made(job);  // destroys it if anything here throws
  job.home_ = this;
  job.priority_ = priority;
  job.frame_ = WorkJob::Frame::capture(where);
  if (ended_) return;  // the loop drops everything that is pending
  if constexpr (kInstrumented) {
    job.ticket_.reset(LoopAccess::ticketFor(loop_, AsyncKind::kWork, where));
  }
  if (contexts) job.snapshot_ = cls::Snapshot::capture();
  if (pool_ == nullptr) pool_ = std::make_shared<ThreadPool>();
  if (token.stop_possible()) job.stop_.emplace(token, WorkJob::Stop{&job});
  made->release();
  job.holding_ = true;
  loop_.hold();
  absl::Status status = pool_->submit(job);
  if (!status.ok()) {
    job.refuse(std::move(status));
    (void)deliver(job);
  } else if (token.stop_requested()) {
    pool_->cancel(job);  // the request may have come before it was queued
  }
}

bool WorkHome::deliver(WorkJob& job) noexcept {
  Completion completion(job);
  if (posts_->pushAnyway(std::move(completion)).ok()) return true;
  completion.release();
  return false;
}

// What end listeners threw on a thread of the pool.
void WorkHome::report(std::exception_ptr error) noexcept {
  (void)posts_->pushAnyway([error = std::move(error)] { std::rethrow_exception(error); });
}

void WorkHome::letGo(WorkJob& job) noexcept {
  if (std::exchange(job.holding_, false)) loop_.release();
}

void WorkHome::abandon(WorkJob& job) noexcept {
  letGo(job);
  if (pool_ != nullptr && pool_->withdraw(job)) Completion::destroy(job);
}

void WorkHome::loopEnded() noexcept {
  leave();
  ended_ = true;
  if (pool_ == nullptr) return;
  WorkList left = pool_->forget(*this);
  while (!left.empty()) {
    WorkJob& job = left.first();
    left.remove(job);
    Completion::destroy(job);
  }
}

}  // namespace weft::loop::internal

namespace weft::loop {

void useThreadPool(EventLoop& loop, std::shared_ptr<ThreadPool> pool) {
  internal::WorkHome::of(loop).usePool(std::move(pool));
}

std::shared_ptr<ThreadPool> threadPoolOf(EventLoop& loop) {
  return internal::WorkHome::of(loop).pool();
}

}  // namespace weft::loop
