// TaskRing: the queue behind ticks, microtasks, immediates, posts and close callbacks.
//
// A chain of 4 KiB chunks of 64-byte slots. A task is made in its slot, runs in its slot, and never
// moves, so the running one stays good while others are pushed. Chunks that were emptied are used
// again; trim() gives back what a peak has left.
//
//   head_chunk_                         tail_chunk_
//   [ran ran HEAD task task task]  ->   [task task TAIL .... .... end]  ->  spare chunks
//
// Running goes by stretches of tasks that lie side by side, [head_, limit_): the loop over a
// stretch compares a register with `limit_` in memory and calls, nothing more. A stretch takes in
// what is pushed meanwhile right behind it. Whoever wants the dispatcher's attention from inside a
// task calls interrupt(), which ends the stretch there; so the usual case tests for nothing.
//
// Each push has a sequence number, by which a handle knows whether its task is still pending.

#ifndef WEFT_LOOP_INTERNAL_TASK_RING_H_
#define WEFT_LOOP_INTERNAL_TASK_RING_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/loop/task.h"

namespace weft::loop::internal {

class TaskRing {
 public:
  TaskRing() = default;
  ~TaskRing();
  TaskRing(const TaskRing&) = delete;
  TaskRing& operator=(const TaskRing&) = delete;

  bool empty() const noexcept { return head_ == tail_; }
  std::uint64_t size() const noexcept { return tailSequence() - headSequence(); }

  // True if the next push() has to find memory first.
  bool full() const noexcept { return tail_ == tail_end_; }

  // Makes a task at the end from `args`. If that throws, nothing was queued.
  template <typename... Args>
  Task* push(Args&&... args) {
    return pushAt(makeRoom(), std::forward<Args>(args)...);
  }
  // The same in two steps: where the next task will be, and that it is there.
  Task* makeRoom() noexcept {
    Task* place = tail_;
    if (place == tail_end_) [[unlikely]] {
      nextTail();
      place = tail_;
    }
    return place;
  }
  template <typename... Args>
  Task* pushAt(Task* place, Args&&... args) {
    Task* task = ::new (static_cast<void*>(place)) Task(std::forward<Args>(args)...);
    tail_ = task + 1;
    return task;
  }
  // As push(), only if it is not full().
  template <typename... Args>
  Task* pushIntoRoom(Args&&... args) {
    return pushAt(tail_, std::forward<Args>(args)...);
  }

  // Opens the next stretch; false if the queue is empty. While it lasts: takeNext() until it gives
  // null.
  bool openStretch() noexcept;

  // The next task of the stretch, to be run at once by runOnce(), or null at its end.
  Task* takeNext() noexcept {
    Task* task = head_;
    if (task == limit_ && !extendStretch()) return nullptr;
    if (task == nullptr) __builtin_unreachable();  // so that callers test once
    head_ = task + 1;
    return task;
  }
  // The one that takeNext() gave last; valid until the next openStretch().
  Task* lastTaken() const noexcept { return head_ - 1; }

  // How many tasks were taken so far.
  std::uint64_t taken() const noexcept { return headSequence(); }

  // Ends the stretch before its next task. Harmless at any other time.
  void interrupt() noexcept {
    limit_ = head_;
    extends_ = false;
  }
  // Ends the stretch after at most `count` more tasks, all of which are queued.
  void limitStretch(std::uint64_t count) noexcept {
    extends_ = false;
    if (static_cast<std::uint64_t>(limit_ - head_) > count) limit_ = head_ + count;
  }

  // Destroys the tasks that are queued (each in its frame), also those that are queued by that.
  void clear() noexcept;

  // Gives memory back, but for what tasks are in and a few chunks.
  void trim() noexcept {
    if (chunks_ > kKeptChunks) trimSlow();
  }
  std::size_t capacity() const noexcept { return chunks_ * kSlots; }

  void swap(TaskRing& other) noexcept;

  // For handles: of the task pushed last, and whether the task in `slot` that had `sequence` is
  // still waiting to run (it may have been cleared in place).
  std::uint64_t lastSequence() const noexcept { return tailSequence() - 1; }
  bool isWaiting(std::uint64_t sequence) const noexcept {
    return sequence >= headSequence() && sequence < tailSequence();
  }

  static constexpr std::size_t kSlots = 63;
  static constexpr std::size_t kKeptChunks = 64;

 private:
  struct alignas(64) Chunk {
    Chunk* next;
    std::uint64_t first;  // sequence number of the first slot
    alignas(64) std::byte slots[kSlots * sizeof(Task)];

    Task* begin() noexcept { return reinterpret_cast<Task*>(slots); }
    const Task* begin() const noexcept { return reinterpret_cast<const Task*>(slots); }
    const Task* end() const noexcept { return begin() + kSlots; }
  };

  // True if there is more behind the stretch, which then is a part of it.
  bool extendStretch() noexcept {
    if (!extends_ || head_ == tail_) return false;
    limit_ = tail_;
    return true;
  }
  void nextTail() noexcept;  // ends the program when memory ends
  void trimSlow() noexcept;

  std::uint64_t headSequence() const noexcept {
    return head_ == nullptr
               ? 0
               : head_chunk_->first + static_cast<std::uint64_t>(head_ - head_chunk_->begin());
  }
  std::uint64_t tailSequence() const noexcept {
    return tail_ == nullptr
               ? 0
               : tail_chunk_->first + static_cast<std::uint64_t>(tail_ - tail_chunk_->begin());
  }

  // What pushing and running touch, in this order, is one cache line.
  Task* tail_ = nullptr;      // where the next task goes
  Task* tail_end_ = nullptr;  // the end of its chunk
  Task* head_ = nullptr;      // the next to run; equal to tail_: empty
  const Task* limit_ = nullptr;
  Chunk* head_chunk_ = nullptr;
  Chunk* tail_chunk_ = nullptr;
  // Both ends are in one chunk, and the stretch goes as far as the tail will.
  bool extends_ = false;
  std::uint32_t chunks_ = 0;  // spare ones, behind tail_chunk_, included
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_TASK_RING_H_
