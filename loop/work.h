// work(): has a thread do what would block the loop, and goes on here with the result.
//
//   loop::work(event_loop, [path] { return readAll(path); },         // on a thread of the pool
//              [](absl::StatusOr<std::string> text) { use(text); });  // on the loop
//
//   absl::StatusOr<std::string> text = co_await loop::work(readAll, path);
//
// The result is an absl::StatusOr of what the function returns (if that is a Status or StatusOr, it
// itself; absl::Status for void), so that these have a place, too:
//   ResourceExhausted    the pool's queue is full, or no thread could be started
//   Cancelled            a stop was requested, or the pool shut down, before it began
//   FailedPrecondition   the pool had been shut down
// What the function throws is thrown at the co_await; there is no callback then: it goes to the
// loop's onUncaughtException(), in the contexts of the call.
//
// The callback runs once, never before work() has returned, in the contexts in which work() was
// called, as a post does (phase 2). The function sees a Snapshot of these contexts: what it sets
// stays there. Both are destroyed on the loop's thread, in those contexts.
//
// A job keeps run() from returning. A coroutine that is cancelled while it waits takes its job
// back, or lets it end by itself. The end of the loop drops the jobs that have not begun, callbacks
// included, as everything that is pending, and waits for those that run.
//
// Cost: one allocation, from a free list. Threads: called on the loop's, else UsageError.

#ifndef WEFT_LOOP_WORK_H_
#define WEFT_LOOP_WORK_H_

#include <concepts>
#include <coroutine>
#include <exception>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/cls/callable.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/work_job.h"
#include "weft/loop/thread_pool.h"

namespace weft::loop {

// What work() gives for a function that returns R.
template <typename R>
using WorkResult = internal::StatusOrOf<R>;

struct WorkOptions {
  WorkPriority priority = WorkPriority::kNormal;
  // A stop request, on any thread, cancels the job if it has not begun.
  std::stop_token token = {};
  // Whether the function sees the contexts; without, no snapshot is made.
  bool contexts = true;
};

// Throws UsageError for a null function or callback, and what copying the contexts throws.
template <typename F, typename C>
requires std::invocable<C&, WorkResult<std::invoke_result_t<F&>>>
void work(EventLoop& loop, F fn, C callback, const WorkOptions& options = {},
          cls::Location where = cls::Location::here()) {
  cls::refuseNullCallable(fn, "work()");
  cls::refuseNullCallable(callback, "work()");
  internal::WorkHome& home = internal::WorkHome::of(loop);
  home.begin(*new internal::CallbackJob<F, C>(std::move(fn), std::move(callback)), options.priority,
             options.contexts, options.token, where);
}

namespace internal {

template <typename F>
class WorkWait final : public AtHome, private WorkWaiter {
 public:
  WorkWait(F fn, WorkOptions options)
      : job_(new AwaitedJob<F>(std::move(fn))), options_(std::move(options)) {}
  WorkWait(const WorkWait&) = delete;
  WorkWait& operator=(const WorkWait&) = delete;
  ~WorkWait() {
    if (job_ != nullptr) job_->drop();
  }

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise());
  }
  WorkResult<std::invoke_result_t<F&>> await_resume() { return job_->take(); }

 private:
  [[gnu::noinline]] void suspend(CoPromise& promise) {
    promise.suspend();
    WorkHome& home = WorkHome::of(promise.loop());
    job_->awaitBy(*this, promise);
    home.begin(*job_, options_.priority, options_.contexts, options_.token, promise.place());
  }
  void jobGone() noexcept override { job_ = nullptr; }

  AwaitedJob<F>* job_;
  WorkOptions options_;
};

// What `fn(args...)` is for a thread: all of it by value.
template <typename F, typename... A>
struct WorkCall {
  F fn;
  std::tuple<A...> args;
  decltype(auto) operator()() { return std::apply(std::move(fn), std::move(args)); }
};

template <typename F>
class [[nodiscard]] Work {
 public:
  Work(F fn, WorkOptions options) : fn_(std::move(fn)), options_(std::move(options)) {}
  WorkWait<F> operator co_await() && { return WorkWait<F>(std::move(fn_), std::move(options_)); }

 private:
  F fn_;
  WorkOptions options_;
};

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ <= 12
template <typename F>
inline constexpr bool kMayBeAwaited =
    std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>;
#else
template <typename F>
inline constexpr bool kMayBeAwaited = true;
#endif

}  // namespace internal

// To be awaited, at once, by a coroutine: the job, fn(args...), begins then. Function and arguments
// are copied or moved, and the function is given rvalues, as by std::thread. Take nothing of the
// coroutine by reference: when it is cancelled, a job that runs goes on.
template <typename F, typename... A>
requires std::invocable<std::decay_t<F>, std::decay_t<A>...>
auto work(WorkOptions options, F&& fn, A&&... args) {
  static_assert(internal::kMayBeAwaited<F>,
                "g++ 12 destroys twice what a lambda inside a co_await expression has captured: "
                "give work() the values as arguments, or a lambda that has a name");
  cls::refuseNullCallable(fn, "work()");
  using Call = internal::WorkCall<std::decay_t<F>, std::decay_t<A>...>;
  return internal::Work<Call>(Call{std::forward<F>(fn), {std::forward<A>(args)...}},
                              std::move(options));
}
template <typename F, typename... A>
requires std::invocable<std::decay_t<F>, std::decay_t<A>...>
auto work(F&& fn, A&&... args) {
  return work(WorkOptions{}, std::forward<F>(fn), std::forward<A>(args)...);
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_WORK_H_
