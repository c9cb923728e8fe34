// Phase 1 of an EventLoop, and what handles do to timers.

#include <algorithm>

#include "weft/loop/event_loop.h"
#include "weft/loop/internal/guarded.h"

namespace weft::loop {

namespace {
// What fits into a timer: nine years.
constexpr Duration kLongestPeriod{(std::int64_t{1} << 58) - 1};
}  // namespace

TimerHandle EventLoop::startTimer(TimerQueue::Timer& timer, Duration delay, std::uint32_t flags) {
  delay = std::min(delay, kLongestPeriod);
  if ((flags & kInterval) != 0) delay = std::max(delay, Duration(1));
  timer.flags = flags;
  timer.period = delay.count();
  timers_.arm(timer, after(phaseTime(), delay));
  return TimerHandle(cell_, &timer);
}

// Again, or for the first time.
void EventLoop::armTimer(TimerQueue::Timer& timer, Duration delay) {
  if ((timer.flags & kUnref) != 0 && !timer.armed()) [[unlikely]]
    ++unref_timers_;
  timers_.arm(timer, after(phaseTime(), delay));
}

void EventLoop::disarmTimer(TimerQueue::Timer& timer) noexcept {
  const bool was_armed = timers_.disarm(timer);
  if (was_armed && (timer.flags & kUnref) != 0) [[unlikely]]
    --unref_timers_;
}

// One that is running is removed when its callback has returned.
bool EventLoop::clearTimer(TimerQueue::Timer& timer) noexcept {
  const bool would_fire = willFire(timer);
  disarmTimer(timer);
  if ((timer.flags & kRunning) == 0) [[likely]] {
    timers_.remove(timer);
  } else {
    timer.flags |= kCleared;
  }
  return would_fire;
}

// A running interval is not armed, but will be.
bool EventLoop::willFire(const TimerQueue::Timer& timer) noexcept {
  return timer.armed() ||
         (timer.flags & (kInterval | kRunning | kCleared)) == (kInterval | kRunning);
}

bool EventLoop::refreshTimer(TimerQueue::Timer& timer) {
  if ((timer.flags & kCleared) != 0) return false;
  armTimer(timer, Duration(timer.period));
  return true;
}

void EventLoop::setTimerRef(TimerQueue::Timer& timer, bool on) noexcept {
  if (on == ((timer.flags & kUnref) == 0)) return;
  timer.flags ^= kUnref;
  if (timer.armed()) on ? --unref_timers_ : ++unref_timers_;
}

// --- phase 1 ------------------------------------------------------------------------------------

void EventLoop::runTimers() {
  if (timers_.size() == 0 || !timers_.advance(now())) return;
  guarded(
      [this] {
        while (afterCallback()) {
          TimerQueue::Timer* const timer = timers_.takeDue();
          if (timer == nullptr) return;
          if ((timer->flags & kUnref) != 0) --unref_timers_;
          timer->flags |= kRunning;
          running_timer_ = timer;
          timer->callback.run();
          finishTimer(*timer);
        }
      },
      [this] { finishTimer(*running_timer_); });
}

// After the callback, whether it returned or threw.
void EventLoop::finishTimer(TimerQueue::Timer& timer) noexcept {
  timer.flags &= ~kRunning;
  if ((timer.flags & kCleared) != 0) {
    timers_.remove(timer);
  } else if (timer.armed()) {
    // It was refreshed, or started again, from inside.
  } else if ((timer.flags & kInterval) != 0) {
    armTimer(timer, Duration(timer.period));
  } else if ((timer.flags & kOwned) == 0) {
    timers_.remove(timer);
  }
}

}  // namespace weft::loop
