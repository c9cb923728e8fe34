// EventLoop: runs callbacks, one at a time, on the thread that made it.
//
// Each callback runs with the contexts (weft/cls) that were active when it was scheduled, and
// nothing of them remains when it returns.
//
//   weft::EventLoop loop;
//   loop.setTimeout([&] { std::puts("a second later"); }, std::chrono::seconds(1));
//   loop.nextTick([&] { std::puts("first"); });
//   loop.run();  // returns when nothing is left that could call back
//
// One iteration:
//
//   1. expired timers, in the order of their deadlines, equal ones in the order they were set;
//      those armed meanwhile wait for the next iteration
//   2. posts (from other threads, or this one), in order
//   3. poll: ready descriptors and signals; sleeps until the next deadline if nothing else waits
//   4. immediates that were queued before this phase began, in order
//   5. close callbacks, likewise; then run() returns if nothing alive remains
//
// After each single callback of 1 to 5, and before the first: all ticks, in order, those queued by
// ticks included; then all microtasks; and again until both are empty. Not promised: the order
// among descriptors and signals that are ready together, among posts of different threads, and
// whether a timeout of 0 comes before an immediate set from outside the loop.
//
// Time stands still within a phase (`now`), so a delay counts from when the running phase began.
//
// An exception that leaves a callback goes, in the context of the callback, to the handler given to
// onUncaughtException(); without one the loop stops there and run() rethrows it, after which run()
// may be called again. What a callable holds is destroyed inside its contexts, right after it ran.
//
// Threads: post() and stop() from any; everything else on the thread that made the loop, or
// UsageError. A loop is an object on the stack, neither copied nor moved; several may live on a
// thread.

#ifndef WEFT_LOOP_EVENT_LOOP_H_
#define WEFT_LOOP_EVENT_LOOP_H_

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/errors.h"
#include "weft/cls/frame.h"
#include "weft/loop/clock.h"
#include "weft/loop/handles.h"
#include "weft/loop/internal/loop_core.h"
#include "weft/loop/internal/task_ring.h"
#include "weft/loop/loop_options.h"
#include "weft/loop/observer.h"
#include "weft/loop/poster.h"
#include "weft/loop/timer_queue.h"

namespace weft::loop {

namespace internal {
struct LoopAccess;
}  // namespace internal

class EventLoop : internal::LoopCore {
 public:
  using Options = LoopOptions;

  explicit EventLoop(const Options& options = {}, cls::AbiTag = {});
  // Releases everything that is pending, each callable in its contexts, and runs the `onEnd`
  // listeners of the contexts that end thereby. Watchers and handles may outlive the loop and are
  // then inert. Not from inside a callback.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // --- scheduling; a null callable is a UsageError

  // Right after the running callback.
  template <typename F>
  void nextTick(F&& fn, cls::Location where = cls::Location::here()) {
    enqueue(ticks_, std::forward<F>(fn), where);
  }
  // When no ticks are left.
  template <typename F>
  void queueMicrotask(F&& fn, cls::Location where = cls::Location::here()) {
    enqueue(microtasks_, std::forward<F>(fn), where);
    attention_ |= kMicrotasks;
  }
  // In phase 4.
  template <typename F>
  ImmediateHandle setImmediate(F&& fn, cls::Location where = cls::Location::here()) {
    Task* task = enqueue(immediates_, std::forward<F>(fn), where);
    return ImmediateHandle(cell_, task, immediates_.lastSequence());
  }
  // Once, not before `delay` has passed; in phase 1 of the next iteration if it is not positive.
  template <typename F>
  TimerHandle setTimeout(F&& fn, Duration delay, cls::Location where = cls::Location::here()) {
    return setTimer(std::forward<F>(fn), delay, AsyncKind::kTimeout, where);
  }
  // Again and again, each time `period` (1 ns at least) after the phase of the time before.
  template <typename F>
  TimerHandle setInterval(F&& fn, Duration period, cls::Location where = cls::Location::here()) {
    return setTimer(std::forward<F>(fn), std::max(period, Duration(1)), AsyncKind::kInterval,
                    where);
  }
  // In phase 5. For I/O objects that are gone and have something to say about it.
  template <typename F>
  void queueClose(F&& fn, cls::Location where = cls::Location::here()) {
    enqueue(closing_, std::forward<F>(fn), where);
  }

  // As the methods of the handles.
  bool clearTimeout(const TimerHandle& handle) { return handle.clear(); }
  bool clearInterval(const TimerHandle& handle) { return handle.clear(); }
  bool clearImmediate(const ImmediateHandle& handle) { return handle.clear(); }

  // --- from any thread

  // In phase 2. Wakes the loop if it sleeps. On the loop's own thread the contexts are captured as
  // everywhere; from another thread none are (a cls::Function brings its own). ResourceExhausted if
  // the options set a limit and it is reached. For a loop that may have ended, see Poster.
  template <typename F>
  absl::Status post(F&& fn, cls::Location where = cls::Location::here());
  // Gives a way to post that may outlive the loop.
  Poster poster() const { return Poster(posts_); }
  // The running callback is the last; what is queued stays queued, for the next run() or the
  // destructor. From another thread: at the next phase 2 or 3 at the latest. Before run(): that
  // returns at once.
  void stop() noexcept { LoopCore::stop(); }

  // --- running; nested in a callback a UsageError

  // Until nothing alive remains, or stop().
  void run();
  // One iteration, which sleeps if nothing is ready; timers for which it slept are run. True if
  // something alive remains.
  bool runOnce();
  // One iteration that does not sleep.
  bool runNoWait();
  // As run(), but no longer than this. True if something alive remains.
  bool runFor(Duration time);
  bool running() const noexcept { return running_; }

  // The loop's time: that of the running phase, or, outside run(), the clock's.
  TimePoint now() {
    checkThread();
    return phaseTime();
  }
  // True if something keeps run() from returning: a timer, immediate or watcher that is not
  // unref()ed, a post, a close callback, or hold().
  bool alive() const noexcept { return LoopCore::alive(); }
  // Keeps run() from returning until as many calls of release(), for work that is done elsewhere.
  void hold() noexcept { ++holds_; }
  void release() noexcept { --holds_; }

  // Takes what callbacks throw. What the handler itself throws leaves run(). Null: none.
  void onUncaughtException(std::function<void(std::exception_ptr)> handler);
  // Is told, once an iteration, that max_ticks_per_turn was reached. At first: a line on stderr.
  void onTickStarvation(std::function<void()> handler);

  // --- observation; see observer.h

  // The observer is not owned: remove it before it goes. One that is there already, or not there,
  // is let be. Iterations and calls are told from the next iteration on.
  void addObserver(Observer& observer);
  void removeObserver(Observer& observer) noexcept;
  // The callback that runs, if it was scheduled under observation, or null. In a signal handler,
  // too, on the loop's thread.
  const Scheduled* currentCallback() const noexcept {
    return instrument_ != nullptr ? instrument_->running() : nullptr;
  }
  // Its number and that of what scheduled it; 0: none.
  AsyncId executionAsyncId() const noexcept;
  AsyncId triggerAsyncId() const noexcept;
  // True while callbacks run, or could: not asleep, and run() is under way; from any thread. Only
  // of a loop that is observed.
  bool busy() const noexcept { return instrument_ != nullptr && instrument_->busy(); }
  // What the stamps that observers are given mean. Null if there never was an observer.
  const Stopwatch* stopwatch() const noexcept {
    return instrument_ != nullptr ? &instrument_->stopwatch() : nullptr;
  }

 private:
  friend class TimerHandle;
  friend class ImmediateHandle;
  friend class Timer;
  friend class internal::Watch;
  friend void internal::checkThreadOf(const EventLoop& loop);
  friend struct internal::LoopAccess;
  struct RunScope;

  // Scheduling; event_loop_inl.h
  template <typename F>
  Task* enqueue(internal::TaskRing& ring, F&& fn, cls::Location where);
  template <typename F>
  [[gnu::noinline]] Task* enqueueInFrame(internal::TaskRing& ring, F&& fn, cls::Location where);
  template <typename F>
  TimerHandle setTimer(F&& fn, Duration delay, AsyncKind kind, cls::Location where);
  template <typename F>
  [[gnu::noinline]] TimerHandle setTimerInFrame(F fn, Duration delay, AsyncKind kind,
                                                cls::Location where);
  template <typename F>
  [[gnu::noinline]] TimerQueue::Added addTimerSlow(F fn, AsyncKind kind, cls::Location where);
  template <typename F>
  [[gnu::noinline, gnu::flatten]] absl::Status postInFrame(F fn, cls::Location where);
  // From another thread, or observed.
  template <typename F>
  [[gnu::noinline]] absl::Status postSlow(F fn, cls::Location where);
  // For what is not made often: a task in the contexts of now, observed if anything is.
  template <cls::Holder kHolder, typename F>
  Task makeTask(AsyncKind kind, F&& fn, cls::Location where);
  TimerHandle startTimer(TimerQueue::Added added, Duration delay, std::int64_t flags);
  TimerHandle startTimerSlow(TimerQueue::Added added, Duration delay, std::int64_t flags);
  [[noreturn]] static void refuseNull();

  // event_loop.cc
  void checkRunnable() const;
  template <typename Body>
  void runInScope(Body body);
};

}  // namespace weft::loop

namespace weft {
using loop::EventLoop;
}  // namespace weft

#include "weft/loop/internal/event_loop_inl.h"

#endif  // WEFT_LOOP_EVENT_LOOP_H_
