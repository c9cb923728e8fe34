// Watch: what a watcher (descriptor, signal) keeps on the heap, so that it may be destroyed inside
// its own callback, or outlive its loop.

#ifndef WEFT_LOOP_INTERNAL_WATCH_H_
#define WEFT_LOOP_INTERNAL_WATCH_H_

#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/task.h"

namespace weft::loop::internal {

class Watch {
 public:
  explicit Watch(EventLoop& loop);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // For the owner: detaches now, and destroys when the callback has returned if it is running.
  void abandon() noexcept;

  // A watch keeps run() from returning while it is active and referenced.
  void setActive(bool on) noexcept;
  void setRef(bool on) noexcept;
  bool hasRef() const noexcept { return ref_; }

  // Null once the loop has ended.
  EventLoop* loop() const noexcept { return loop_; }
  // Throws UsageError on another thread than the loop's.
  void checkThread() const {
    if (loop_ != nullptr) loop_->checkThread();
  }
  [[noreturn]] static void refuseNull() { EventLoop::refuseNull(); }
  Poller& poller() const noexcept { return *loop_->poller_; }

  // The callback, made from a callable in the contexts of now.
  template <typename F>
  void setCallback(F&& fn, cls::Location where) {
    callback_ =
        loop_->makeTask<cls::Holder::kWatcher>(AsyncKind::kWatcher, std::forward<F>(fn), where);
  }

  // For the dispatcher. After a throw it calls finish() itself.
  void call() {
    loop_->running_watch_ = this;
    callback_.run();
    finish(*loop_);
  }
  static void finish(LoopCore& loop) noexcept;

  // For the loop at its end.
  void loopEnded() noexcept;
  static Watch* first(EventLoop& loop) noexcept { return loop.watches_; }

 protected:
  virtual ~Watch() { unlink(); }
  // Stops being told; called once.
  virtual void detach() noexcept = 0;

 private:
  void leaveLoop() noexcept;
  void unlink() noexcept;

  EventLoop* loop_;
  Watch* previous_ = nullptr;
  Watch* next_ = nullptr;
  Task callback_;
  bool linked_ = true;
  bool active_ = false;
  bool ref_ = true;
  bool abandoned_ = false;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_WATCH_H_
