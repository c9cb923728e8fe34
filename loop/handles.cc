#include "weft/loop/handles.h"

#include <mutex>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::loop {
namespace internal {
namespace {

struct Cells {
  std::mutex mutex;
  std::vector<LoopCell*> spare;
};

Cells& cells() {
  static Cells* const kCells = new Cells;  // handles may be looked at until the very end
  return *kCells;
}

}  // namespace

LoopCell* openCell(EventLoop* loop) {
  std::lock_guard<std::mutex> lock(cells().mutex);
  if (cells().spare.empty()) cells().spare.push_back(new LoopCell);
  LoopCell* cell = cells().spare.back();
  cells().spare.pop_back();
  cell->loop.store(loop, std::memory_order_relaxed);
  return cell;
}

void closeCell(LoopCell* cell, std::uint32_t unused_timer_generation) noexcept {
  cell->first_timer.store(unused_timer_generation, std::memory_order_relaxed);
  cell->generation.fetch_add(1, std::memory_order_release);
  cell->loop.store(nullptr, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(cells().mutex);
  cells().spare.push_back(cell);
}

void checkThreadOf(const EventLoop& loop) { loop.checkThread(); }

}  // namespace internal

// --- timers -------------------------------------------------------------------------------------

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

// --- immediates ---------------------------------------------------------------------------------

EventLoop* ImmediateHandle::find() const {
  EventLoop* const loop = internal::findLoop(cell_, loop_generation_);
  if (loop == nullptr) return nullptr;
  internal::checkThreadOf(*loop);
  return loop->immediates_.isWaiting(sequence_) && *task_ ? loop : nullptr;
}

bool ImmediateHandle::clear() const {
  if (find() == nullptr) return false;
  task_->clear();
  return true;
}

bool ImmediateHandle::active() const { return find() != nullptr; }

const ImmediateHandle& ImmediateHandle::ref() const {
  if (EventLoop* const loop = find()) loop->unref_immediates_.erase(sequence_);
  return *this;
}

const ImmediateHandle& ImmediateHandle::unref() const {
  if (EventLoop* const loop = find()) loop->unref_immediates_.insert(sequence_);
  return *this;
}

bool ImmediateHandle::hasRef() const {
  EventLoop* const loop = find();
  return loop != nullptr && !loop->unref_immediates_.contains(sequence_);
}

}  // namespace weft::loop
