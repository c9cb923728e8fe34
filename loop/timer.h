// Timer: a timer that an object owns, set and stopped as often as one likes.
//
// For timeouts that belong to something, a connection's above all. It is cancelled when destroyed,
// also from inside its own callback. Setting one again, which is what idle timeouts live by, costs
// next to nothing (see timer_queue.h) and allocates nothing.
//
//   class Connection {
//     loop::Timer idle_{loop_, [this] { close(); }};
//     void onData() { idle_.start(std::chrono::seconds(30)); }
//   };
//
// The callback runs in the contexts that were active when the Timer was made, wherever it is
// started from. For a callback that runs later, once, with nobody to own it, see
// EventLoop::setTimeout().
//
// Threads: the loop's only, or UsageError. A Timer may outlive its loop and is then inert.

#ifndef WEFT_LOOP_TIMER_H_
#define WEFT_LOOP_TIMER_H_

#include <algorithm>
#include <memory>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/task.h"
#include "weft/loop/timer_queue.h"

namespace weft::loop {

class Timer : private TimerQueue::Node {
 public:
  template <typename F>
  Timer(EventLoop& loop, F&& fn, cls::Location where = cls::Location::here())
      : Timer(loop, isNullCallable(fn) ? nullptr
                                       : std::make_unique<Task>(loop.makeTask<cls::Holder::kTimer>(
                                             AsyncKind::kTimeout, std::forward<F>(fn), where))) {}
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls back once, when `delay` has passed; again from now if it was started before.
  void start(Duration delay) {
    if (loop_ == nullptr) [[unlikely]]
      return;
    loop_->checkThread();
    if (note != EventLoop::kOwned || !EventLoop::fits(delay)) [[unlikely]] {
      loop_->beginUnusual(*this, delay, 0);
    } else {
      loop_->armTimer(*this, delay);
    }
  }
  // Calls back each time `period` (1 ns at least) has passed since the callback before.
  void startRepeating(Duration period) {
    if (loop_ == nullptr) return;
    loop_->checkThread();
    loop_->beginUnusual(*this, std::max(period, Duration(1)), EventLoop::kInterval);
  }
  // False if it was not started, or has called back (once) already.
  bool stop() {
    if (loop_ == nullptr) [[unlikely]]
      return false;
    loop_->checkThread();
    return loop_->endTimer(*this);
  }
  // True if it will call back.
  bool active() const noexcept { return EventLoop::willFire(*this); }

  // Whether the timer keeps run() from returning while it is active; it does at first.
  void ref() { setRef(true); }
  void unref() { setRef(false); }
  bool hasRef() const noexcept { return (note & EventLoop::kUnref) == 0; }

 private:
  friend class internal::LoopCore;
  Timer(EventLoop& loop, std::unique_ptr<Task> callback);
  void setRef(bool on);
  void loopEnded() noexcept;

  EventLoop* loop_;  // null once it has ended
  std::unique_ptr<Task> callback_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_TIMER_H_
