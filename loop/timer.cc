#include "weft/loop/timer.h"

namespace weft::loop {

Timer::Timer(EventLoop& loop, std::unique_ptr<Task> callback)
    : loop_(&loop), callback_(std::move(callback)) {
  if (callback_ == nullptr) EventLoop::refuseNull();
  loop.checkThread();
  note = EventLoop::kOwned;
  loop.timers_.attach(*this);
}

Timer::~Timer() {
  if (loop_ == nullptr) return;
  loop_->endTimer(*this);
  loop_->timers_.detach(*this);
  // A callback is destroyed when it has returned.
  if ((note & EventLoop::kRunning) != 0) {
    loop_->running_timer_ = nullptr;
    loop_->orphaned_callback_ = std::move(callback_);
  }
}

void Timer::setRef(bool on) {
  if (loop_ == nullptr) return;
  loop_->checkThread();
  loop_->setTimerRef(*this, on);
}

void Timer::loopEnded() noexcept {
  loop_->timers_.detach(*this);
  loop_ = nullptr;
  // What it holds may be the last to hold this timer.
  const std::unique_ptr<Task> callback = std::move(callback_);
}

}  // namespace weft::loop
