// Phase 1 of an EventLoop, and what handles do to timers.

#include "weft/loop/event_loop.h"
#include "weft/loop/internal/guarded.h"
#include "weft/loop/timer.h"

namespace weft::loop {

TimerHandle EventLoop::startTimer(TimerQueue::Timer& timer, Duration delay, std::int64_t flags) {
  if (!fits(delay)) [[unlikely]]
    delay = nearest(delay);
  timer.note = noteOf(delay, flags);
  armTimer(timer, delay);
  return TimerHandle(cell_, &timer);
}

void EventLoop::beginUnusual(TimerQueue::Node& node, Duration delay, std::int64_t flags) {
  node.note = noteOf(nearest(delay), flags | (node.note & (kUnref | kRunning | kOwned)));
  rearmTimer(node);
  // What is left is kOwned alone, if nothing more is known of it: see Timer::start().
  if ((node.note & kInterval) == 0) node.note &= kUnref | kRunning | kOwned;
}

bool EventLoop::endUnusual(TimerQueue::Node& node) noexcept {
  const bool would_fire = willFire(node);
  if (timers_.disarm(node) && (node.note & kUnref) != 0) --unref_timers_;
  node.note &= ~kInterval;
  return would_fire;
}

void EventLoop::setTimerRef(TimerQueue::Node& node, bool on) noexcept {
  if (on == ((node.note & kUnref) == 0)) return;
  node.note ^= kUnref;
  if (node.armed()) on ? --unref_timers_ : ++unref_timers_;
}

// --- handles ------------------------------------------------------------------------------------

bool TimerHandle::clear() const {
  EventLoop* const loop = find();
  return loop != nullptr && loop->clearTimer(*timer_);
}

bool TimerHandle::refresh() const {
  EventLoop* const loop = find();
  if (loop == nullptr || (timer_->note & EventLoop::kCleared) != 0) return false;
  loop->rearmTimer(*timer_);
  return true;
}

bool TimerHandle::active() const { return find() != nullptr && EventLoop::willFire(*timer_); }

const TimerHandle& TimerHandle::ref() const {
  if (EventLoop* const loop = find()) loop->setTimerRef(*timer_, true);
  return *this;
}

const TimerHandle& TimerHandle::unref() const {
  if (EventLoop* const loop = find()) loop->setTimerRef(*timer_, false);
  return *this;
}

bool TimerHandle::hasRef() const {
  return find() != nullptr && (timer_->note & EventLoop::kUnref) == 0;
}

// --- phase 1 ------------------------------------------------------------------------------------

template <bool kObserved>
void EventLoop::runTimers() {
  if (timers_.size() == 0 || !timers_.advance(phaseTime())) return;
  guarded(
      [this] {
        while (afterCallback<kObserved>()) {
          TimerQueue::Node* const due = timers_.takeDue();
          if (due == nullptr) return;
          runTimer(*due);
          finishTimer();
          noteCall<kObserved>(AsyncKind::kTimeout);
        }
      },
      [this] { finishTimer(); });
}
template void EventLoop::runTimers<false>();
template void EventLoop::runTimers<true>();

void EventLoop::runTimer(TimerQueue::Node& node) {
  if ((node.note & kUnref) != 0) [[unlikely]]
    --unref_timers_;
  node.note |= kRunning;
  running_timer_ = &node;
  if ((node.note & kOwned) != 0) {
    static_cast<Timer&>(node).callback_->run();
  } else {
    static_cast<TimerQueue::Timer&>(node).callback.run();
  }
}

// After the callback, whether it returned or threw.
void EventLoop::finishTimer() noexcept {
  if (running_timer_ == nullptr) {
    orphaned_callback_ = nullptr;
    return;
  }
  TimerQueue::Node& node = *running_timer_;
  node.note &= ~kRunning;
  if (node.armed()) return;  // it was refreshed, or started again, from inside
  if ((node.note & kInterval) != 0) {
    rearmTimer(node);
  } else if ((node.note & kOwned) == 0) {
    timers_.remove(static_cast<TimerQueue::Timer&>(node));
  }
}

}  // namespace weft::loop
