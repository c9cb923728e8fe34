// What setTimeout, setInterval and setImmediate give back: small handles, freely copied.
//
// A handle names what was scheduled and owns nothing: dropping one does nothing, and one that is
// stale (its callback ran, or was cleared, or the loop is gone) answers false to everything. Who
// wants a timer to go away with an object takes loop::Timer instead.
//
//   auto handle = loop.setTimeout(giveUp, std::chrono::seconds(30));
//   handle.refresh();  // another 30 seconds from now
//   handle.clear();    // never mind; the callback and what it holds are gone
//
// Threads: a handle is used on its loop's thread (else UsageError while the loop lives).

#ifndef WEFT_LOOP_HANDLES_H_
#define WEFT_LOOP_HANDLES_H_

#include <atomic>
#include <cstdint>

#include "weft/cls/frame.h"
#include "weft/loop/timer_queue.h"

namespace weft::loop {

class EventLoop;

namespace internal {

// Where handles learn whether their loop still lives. Cells are used again but never freed.
struct LoopCell {
  std::atomic<EventLoop*> loop{nullptr};
  std::atomic<std::uint32_t> generation{0};  // changes when the loop ends
  // No timer of the loop, nor of one after it, has a generation before this one.
  std::atomic<std::uint32_t> first_timer{0};
};

// The loop that `cell` stood for when it had this generation, or null once that has ended.
inline EventLoop* findLoop(const LoopCell* cell, std::uint32_t generation) noexcept {
  if (cell == nullptr || cell->generation.load(std::memory_order_acquire) != generation) {
    return nullptr;
  }
  return cell->loop.load(std::memory_order_relaxed);
}

// A loop that may have ended.
class LoopRef {
 public:
  LoopRef() = default;
  explicit LoopRef(const LoopCell* cell) noexcept
      : cell_(cell), generation_(cell->generation.load(std::memory_order_relaxed)) {}
  EventLoop* get() const noexcept { return findLoop(cell_, generation_); }

 private:
  const LoopCell* cell_ = nullptr;
  std::uint32_t generation_ = 0;
};

// Throws UsageError on another thread than the loop's.
void checkThreadOf(const EventLoop& loop);

// The cell of a new loop, and its end.
LoopCell* openCell(EventLoop* loop);
void closeCell(LoopCell* cell, std::uint32_t unused_timer_generation) noexcept;

}  // namespace internal

// Of a timeout or an interval.
class TimerHandle {
 public:
  TimerHandle() = default;

  // The callback will not run (again); it and its frame are released at once, or, if it is
  // running, when it returns. False if there was nothing to clear: it ran, or was cleared before. A
  // timeout that is running has run; an interval may clear itself.
  bool clear() const;
  // Starts its delay anew, also from inside its own callback. False if stale.
  bool refresh() const;
  // True if the callback will run.
  bool active() const;

  // Whether the timer keeps run() from returning; it does at first. Returns the handle.
  const TimerHandle& ref() const;
  const TimerHandle& unref() const;
  bool hasRef() const;

 private:
  friend class EventLoop;
  friend class Timer;
  TimerHandle(internal::LoopCell* cell, TimerQueue::Id timer, std::uint32_t generation) noexcept
      : cell_(cell), timer_(timer), generation_(generation) {}

  // Calls fn(loop, timer) if both still are, on the loop's thread; gives what that gives, or false.
  template <typename Fn>
  bool use(Fn fn) const;
  bool clearUnusual() const;
  bool refreshUnusual() const;

  internal::LoopCell* cell_ = nullptr;
  TimerQueue::Id timer_ = 0;
  std::uint32_t generation_ = 0;
};
static_assert(sizeof(TimerHandle) == 16);

// Of an immediate.
class ImmediateHandle {
 public:
  ImmediateHandle() = default;

  // The callback will not run, also if its round has begun; it and its frame are released at
  // once. False if there was nothing to clear.
  bool clear() const;
  bool active() const;

  const ImmediateHandle& ref() const;
  const ImmediateHandle& unref() const;
  bool hasRef() const;

 private:
  friend class EventLoop;
  ImmediateHandle(internal::LoopCell* cell, Task* task, std::uint64_t sequence) noexcept
      : cell_(cell),
        task_(task),
        sequence_(sequence),
        loop_generation_(cell->generation.load(std::memory_order_relaxed)) {}

  // The loop if it lives and the immediate is waiting; then we are on its thread.
  EventLoop* find() const;

  internal::LoopCell* cell_ = nullptr;
  Task* task_ = nullptr;
  std::uint64_t sequence_ = 0;
  std::uint32_t loop_generation_ = 0;
};

}  // namespace weft::loop

namespace weft {
using loop::ImmediateHandle;
using loop::TimerHandle;
}  // namespace weft

#endif  // WEFT_LOOP_HANDLES_H_
