// What a coroutine can wait for on its loop: ticks, immediates, time, descriptors.
//
//   co_await loop::nextTick();         // as a callback of EventLoop::nextTick()
//   co_await loop::nextImmediate();    // ... of setImmediate()
//   co_await loop::sleep(10ms);        // ... of setTimeout()
//   unsigned ready = co_await loop::readable(fd);
//   loop::EventLoop& mine = co_await loop::thisLoop();  // does not wait
//
// A coroutine that waits for time or a descriptor keeps run() from returning, as the callback
// would.
//
// Threads: none of this is touched by other threads.

#ifndef WEFT_LOOP_CO_WAIT_H_
#define WEFT_LOOP_CO_WAIT_H_

#include <coroutine>
#include <optional>

#include "weft/cls/frame.h"
#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/loop_access.h"

namespace weft::loop {

namespace internal {

class TickWait : public AtHome {
 public:
  TickWait() = default;
  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) const {
    handle.promise().suspendUntilTick();
  }
  void await_resume() const noexcept {}
};

class ImmediateWait : public AtHome {
 public:
  ImmediateWait() = default;
  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) const {
    handle.promise().suspendUntilImmediate();
  }
  void await_resume() const noexcept {}
};

class SleepWait : public AtHome {
 public:
  explicit SleepWait(Duration delay) noexcept : delay_(delay) {}
  SleepWait(const SleepWait&) = delete;
  SleepWait& operator=(const SleepWait&) = delete;
  ~SleepWait() { timer_.clear(); }

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise());
  }
  void await_resume() const noexcept {}

 private:
  [[gnu::noinline]] void suspend(CoPromise& promise) {
    promise.suspend();
    timer_ = promise.resumeAfter(delay_);
  }

  const Duration delay_;
  TimerHandle timer_;
};

class FdWait : public AtHome {
 public:
  FdWait(int fd, unsigned interest) noexcept : fd_(fd), interest_(interest) {}
  FdWait(const FdWait&) = delete;
  FdWait& operator=(const FdWait&) = delete;

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    suspend(handle.promise());
  }
  unsigned await_resume() const noexcept { return ready_; }

 private:
  [[gnu::noinline]] void suspend(CoPromise& promise) {
    promise.suspend();
    const auto watch = [&] {
      const auto resume = [this, &promise](unsigned ready) {
        ready_ = ready;
        watcher_.reset();
        promise.resume();
      };
      watcher_.emplace(promise.loop(), fd_, interest_, resume, promise.place());
    };
    // The coroutine holds the contexts; the watcher need not, but to be observed in them.
    LoopAccess::numbering() ? watch() : cls::detached(watch);
  }

  const int fd_;
  const unsigned interest_;
  unsigned ready_ = 0;
  std::optional<FdWatcher> watcher_;
};

class ThisLoop : public AtHome {
 public:
  ThisLoop() = default;
  bool await_ready() const noexcept { return false; }
  template <typename P>
  bool await_suspend(std::coroutine_handle<P> handle) noexcept {
    loop_ = &handle.promise().loop();
    return false;
  }
  EventLoop& await_resume() const noexcept { return *loop_; }

 private:
  EventLoop* loop_ = nullptr;
};

}  // namespace internal

// Goes on right after the running callback, with the other ticks.
inline auto nextTick() { return internal::Wait<internal::TickWait>(); }
// Goes on in the phase of immediates.
inline auto nextImmediate() { return internal::Wait<internal::ImmediateWait>(); }
// Goes on not before `delay` has passed, from the running phase on; in the next iteration if it is
// not positive.
inline auto sleep(Duration delay) { return internal::Wait<internal::SleepWait, Duration>(delay); }

// Goes on when reading or writing would not block, and gives FdWatcher's bits; an error or the
// other side's end counts as both. Throws UsageError if the descriptor cannot be polled. Keep the
// descriptor open meanwhile.
inline auto readable(int fd) {
  return internal::Wait<internal::FdWait, int, unsigned>(fd, FdWatcher::kReadable);
}
inline auto writable(int fd) {
  return internal::Wait<internal::FdWait, int, unsigned>(fd, FdWatcher::kWritable);
}

// The loop on which this coroutine runs.
inline auto thisLoop() { return internal::Wait<internal::ThisLoop>(); }

}  // namespace weft::loop

#endif  // WEFT_LOOP_CO_WAIT_H_
