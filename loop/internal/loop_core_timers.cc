// The timers of an EventLoop: how they are set and ended, and phase 1.

#include "weft/loop/internal/guarded.h"
#include "weft/loop/timer.h"

namespace weft::loop::internal {

void LoopCore::beginUnusual(TimerQueue::Node& node, Duration delay, std::int64_t flags) {
  node.note = noteOf(nearest(delay), flags | (node.note & (kUnref | kRunning | kOwned)));
  rearmTimer(node);
  // What is left is kOwned alone, if nothing more is known of it: see Timer::start().
  if ((node.note & kInterval) == 0) node.note &= kUnref | kRunning | kOwned;
}

bool LoopCore::endUnusual(TimerQueue::Node& node) noexcept {
  const bool would_fire = willFire(node);
  if (timers_.disarm(node) && (node.note & kUnref) != 0) --unref_timers_;
  node.note &= ~kInterval;
  return would_fire;
}

void LoopCore::setTimerRef(TimerQueue::Node& node, bool on) noexcept {
  if (on == ((node.note & kUnref) == 0)) return;
  node.note ^= kUnref;
  if (node.armed()) on ? --unref_timers_ : ++unref_timers_;
}

template <bool kObserved>
void LoopCore::runTimers() {
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
template void LoopCore::runTimers<false>();
template void LoopCore::runTimers<true>();

void LoopCore::runTimer(TimerQueue::Node& node) {
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
void LoopCore::finishTimer() noexcept {
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

}  // namespace weft::loop::internal
