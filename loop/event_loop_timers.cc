// Phase 1 of an EventLoop, and what handles do to timers.

#include "weft/loop/event_loop.h"
#include "weft/loop/internal/guarded.h"
#include "weft/loop/timer.h"

namespace weft::loop {

TimerHandle EventLoop::startTimer(TimerQueue::Added added, Duration delay, std::int64_t flags) {
  if (!fits(delay)) [[unlikely]]
    delay = nearest(delay);
  TimerQueue::Timer& timer = *added.timer;
  timer.note = noteOf(delay, flags);
  timers_.armNew(timer, deadlineIn(delay));
  return TimerHandle(cell_, static_cast<TimerQueue::Id>(added.id), timer.generation());
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

template <typename Fn>
bool TimerHandle::use(Fn fn) const {
  if (cell_ == nullptr) return false;
  EventLoop* const loop = cell_->loop.load(std::memory_order_acquire);
  if (loop == nullptr) return false;
  if (cls::idleToken() != loop) {
    // Of a loop that has ended, and whose cell another one has, perhaps on another thread?
    const std::uint32_t first = cell_->first_timer.load(std::memory_order_relaxed);
    if (static_cast<std::int32_t>(generation_ - first) < 0) return false;
    internal::checkThreadOf(*loop);
  }
  if (timer_ >= loop->timers_.ids()) return false;
  TimerQueue::Timer& timer = loop->timers_.at(timer_);
  return timer.generation() == generation_ && fn(*loop, timer);
}

// clear() and refresh() in two forms each. The first does what is usual and is straight: whatever
// is not as usual is a branch out of it, before anything was done. So a processor that guesses
// these has the next operations under way while the line of this timer is still on its way.

bool TimerHandle::clear() const {
  if (cell_ != nullptr) [[likely]] {
    EventLoop* const loop = cell_->loop.load(std::memory_order_relaxed);
    if (loop != nullptr && cls::idleToken() == loop && timer_ < loop->timers_.ids()) [[likely]] {
      TimerQueue::Timer& timer = loop->timers_.at(timer_);
      constexpr auto kUnusual = EventLoop::kUnref | EventLoop::kRunning;
      if (timer.generation() == generation_ && (timer.note & kUnusual) == 0) [[likely]] {
        return loop->timers_.remove(timer, timer_);
      }
    }
  }
  return clearUnusual();
}

bool TimerHandle::refresh() const {
  if (cell_ != nullptr) [[likely]] {
    EventLoop* const loop = cell_->loop.load(std::memory_order_relaxed);
    if (loop != nullptr && cls::idleToken() == loop && timer_ < loop->timers_.ids() &&
        loop->time_known_) [[likely]] {
      TimerQueue::Timer& timer = loop->timers_.at(timer_);
      constexpr auto kUnusual = EventLoop::kUnref | EventLoop::kCleared;
      if (timer.generation() == generation_ && (timer.note & kUnusual) == 0) [[likely]] {
        const Duration period(timer.note >> EventLoop::kFlagBits);
        if (loop->timers_.postpone(timer, loop->deadlineIn(period))) [[likely]]
          return true;
      }
    }
  }
  return refreshUnusual();
}

// A timer that is running is removed when its callback has returned.
bool TimerHandle::clearUnusual() const {
  return use([this](EventLoop& loop, TimerQueue::Timer& timer) {
    const bool would_fire = loop.endTimer(timer);
    if ((timer.note & EventLoop::kRunning) == 0) {
      loop.timers_.remove(timer, timer_);
    } else {
      timer.note |= EventLoop::kCleared;
    }
    return would_fire;
  });
}

bool TimerHandle::refreshUnusual() const {
  return use([](EventLoop& loop, TimerQueue::Timer& timer) {
    if ((timer.note & EventLoop::kCleared) != 0) return false;
    loop.rearmTimer(timer);
    return true;
  });
}

bool TimerHandle::active() const {
  return use([](EventLoop&, TimerQueue::Timer& timer) { return EventLoop::willFire(timer); });
}

const TimerHandle& TimerHandle::ref() const {
  use([](EventLoop& loop, TimerQueue::Timer& timer) {
    loop.setTimerRef(timer, true);
    return true;
  });
  return *this;
}

const TimerHandle& TimerHandle::unref() const {
  use([](EventLoop& loop, TimerQueue::Timer& timer) {
    loop.setTimerRef(timer, false);
    return true;
  });
  return *this;
}

bool TimerHandle::hasRef() const {
  return use(
      [](EventLoop&, TimerQueue::Timer& timer) { return (timer.note & EventLoop::kUnref) == 0; });
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
