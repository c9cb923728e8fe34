// Phase 1 of an EventLoop, and what handles do to timers.

#include <algorithm>

#include "weft/loop/event_loop.h"
#include "weft/loop/internal/guarded.h"

namespace weft::loop {

TimerHandle EventLoop::startTimer(TimerQueue::Id id, Duration delay, std::uint32_t flags) {
  TimerQueue::Timer& timer = timers_.at(id.index);
  timer.flags = flags;
  timer.period = (flags & kInterval) != 0 ? std::max(delay, Duration(1)) : delay;
  armTimer(id.index, timer.period);
  return TimerHandle(self(), id);
}

void EventLoop::armTimer(TimerQueue::Index index, Duration delay) {
  if (!timers_.armed(index) && (timers_.at(index).flags & kUnref) == 0) ++references_;
  timers_.arm(index, after(now(), delay));
}

bool EventLoop::disarmTimer(TimerQueue::Index index) noexcept {
  if (!timers_.disarm(index)) return false;
  if ((timers_.at(index).flags & kUnref) == 0) --references_;
  return true;
}

// One that is running is removed when its callback has returned.
void EventLoop::removeTimer(TimerQueue::Index index) noexcept {
  disarmTimer(index);
  TimerQueue::Timer& timer = timers_.at(index);
  if ((timer.flags & kRunning) != 0) {
    timer.flags |= kCleared;
  } else {
    timers_.remove(index);
  }
}

bool EventLoop::clearTimer(TimerQueue::Id id) {
  if (!timerActive(id)) return false;
  removeTimer(id.index);
  return true;
}

bool EventLoop::timerActive(TimerQueue::Id id) const {
  checkThread();
  if (!timers_.contains(id)) return false;
  const std::uint32_t flags = timers_.at(id.index).flags;
  // A running interval is not armed, but will be.
  return timers_.armed(id.index) ||
         (flags & (kInterval | kRunning | kCleared)) == (kInterval | kRunning);
}

bool EventLoop::refreshTimer(TimerQueue::Id id) {
  checkThread();
  if (!timers_.contains(id) || (timers_.at(id.index).flags & kCleared) != 0) return false;
  armTimer(id.index, timers_.at(id.index).period);
  return true;
}

void EventLoop::setTimerRef(TimerQueue::Id id, bool on) {
  checkThread();
  if (!timers_.contains(id)) return;
  std::uint32_t& flags = timers_.at(id.index).flags;
  if (on == ((flags & kUnref) == 0)) return;
  flags ^= kUnref;
  if (timers_.armed(id.index)) on ? ++references_ : --references_;
}

bool EventLoop::timerHasRef(TimerQueue::Id id) const {
  checkThread();
  return timers_.contains(id) && (timers_.at(id.index).flags & kUnref) == 0;
}

// --- phase 1 ------------------------------------------------------------------------------------

void EventLoop::runTimers() {
  if (timers_.size() == 0 || !timers_.advance(now())) return;
  guarded(
      [this] {
        while (afterCallback()) {
          const auto index = timers_.takeDue();
          if (!index) return;
          TimerQueue::Timer& timer = timers_.at(*index);
          if ((timer.flags & kUnref) == 0) --references_;
          timer.flags |= kRunning;
          running_timer_ = *index;
          timer.callback.run();
          finishTimer(*index);
        }
      },
      [this] { finishTimer(running_timer_); });
}

// After the callback, whether it returned or threw.
void EventLoop::finishTimer(TimerQueue::Index index) noexcept {
  TimerQueue::Timer& timer = timers_.at(index);
  timer.flags &= ~kRunning;
  if ((timer.flags & kCleared) != 0) {
    timers_.remove(index);
  } else if (timers_.armed(index)) {
    // It was refreshed, or started again, from inside.
  } else if ((timer.flags & kInterval) != 0) {
    armTimer(index, timer.period);
  } else if ((timer.flags & kOwned) == 0) {
    timers_.remove(index);
  }
}

}  // namespace weft::loop
