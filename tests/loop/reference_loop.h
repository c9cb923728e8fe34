// ReferenceLoop: ticks and immediates in the loop's order, written by hand and with nothing of cls,
// not even its header: what a loop costs that has never heard of contexts. The instruction tests
// hold weft's against it.
//
// It does what they must do: queues of 64-byte tasks that keep their memory, all ticks before the
// first immediate and after each, exceptions that leave run() with what threw destroyed, a check of
// the thread on each call, handles of immediates that can tell whether they have run.

#ifndef WEFT_TESTS_LOOP_REFERENCE_LOOP_H_
#define WEFT_TESTS_LOOP_REFERENCE_LOOP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weft::tests {

class ReferenceLoop;

// The loop that belongs to this thread.
inline thread_local constinit const ReferenceLoop* t_reference_loop = nullptr;

class ReferenceTask {
 public:
  template <typename F>
  explicit ReferenceTask(F&& fn) {
    using Callable = std::decay_t<F>;
    static_assert(sizeof(Callable) <= sizeof(storage_) && alignof(Callable) <= alignof(void*));
    ::new (static_cast<void*>(storage_)) Callable(std::forward<F>(fn));
    ops_ = &Operations<Callable>::kAll;
  }
  void runOnce() { ops_->run_once(storage_); }
  void clear() noexcept {
    const All* const ops = std::exchange(ops_, &kNothing);
    if (ops->destroy != nullptr) ops->destroy(storage_);
  }

 private:
  struct All {
    void (*run_once)(void* callable);
    void (*destroy)(void* callable) noexcept;
  };
  template <typename Callable>
  struct Operations {
    static Callable& at(void* callable) noexcept {
      return *std::launder(static_cast<Callable*>(callable));
    }
    static void runOnce(void* callable) {
      at(callable)();
      at(callable).~Callable();
    }
    static void destroy(void* callable) noexcept { at(callable).~Callable(); }
    static constexpr All kAll{&runOnce,
                              std::is_trivially_destructible_v<Callable> ? nullptr : &destroy};
  };
  static void doNothing(void*) {}
  static constexpr All kNothing{&doNothing, nullptr};

  const All* ops_;
  alignas(void*) std::byte storage_[56];
};

class ReferenceQueue {
 public:
  ReferenceQueue() = default;
  ~ReferenceQueue();
  ReferenceQueue(const ReferenceQueue&) = delete;
  ReferenceQueue& operator=(const ReferenceQueue&) = delete;

  template <typename F>
  ReferenceTask* push(F&& fn) {
    if (tail_ == tail_end_) [[unlikely]]
      nextTail();
    auto* const task = ::new (static_cast<void*>(tail_)) ReferenceTask(std::forward<F>(fn));
    tail_ = task + 1;
    return task;
  }
  bool empty() const noexcept { return head_ == tail_; }
  std::uint64_t taken() const noexcept {
    return head_ == nullptr ? 0 : head_chunk_->numberOf(head_);
  }
  std::uint64_t pushed() const noexcept {
    return tail_ == nullptr ? 0 : tail_chunk_->numberOf(tail_);
  }

  // The tasks that lie side by side are taken one by one, those queued meanwhile included, until
  // there is none or interrupt().
  bool openStretch() noexcept;
  void limitStretch(std::uint64_t count) noexcept {
    extends_ = false;
    if (static_cast<std::uint64_t>(limit_ - head_) > count) limit_ = head_ + count;
  }
  void interrupt() noexcept {
    limit_ = head_;
    extends_ = false;
  }
  ReferenceTask* takeNext() noexcept {
    ReferenceTask* const task = head_;
    if (task == limit_ && !extendStretch()) return nullptr;
    if (task == nullptr) __builtin_unreachable();
    head_ = task + 1;
    return task;
  }
  ReferenceTask* lastTaken() const noexcept { return head_ - 1; }

 private:
  static constexpr std::size_t kSlots = 63;
  struct alignas(64) Chunk {
    Chunk* next;
    std::uint64_t first;
    alignas(64) std::byte slots[kSlots * sizeof(ReferenceTask)];
    ReferenceTask* begin() noexcept { return reinterpret_cast<ReferenceTask*>(slots); }
    std::uint64_t numberOf(const ReferenceTask* task) noexcept {
      return first + static_cast<std::uint64_t>(task - begin());
    }
  };
  void nextTail() noexcept;
  bool extendStretch() noexcept {
    if (!extends_ || head_ == tail_) return false;
    limit_ = tail_;
    return true;
  }

  ReferenceTask* tail_ = nullptr;
  ReferenceTask* tail_end_ = nullptr;
  ReferenceTask* head_ = nullptr;
  const ReferenceTask* limit_ = nullptr;
  Chunk* head_chunk_ = nullptr;
  Chunk* tail_chunk_ = nullptr;
  bool extends_ = false;
};

class ReferenceLoop {
 public:
  // `most_ticks` between two callbacks, or any number if that is 0.
  explicit ReferenceLoop(std::uint64_t most_ticks = 0) : most_ticks_(most_ticks) {
    t_reference_loop = this;
  }
  ~ReferenceLoop() { t_reference_loop = nullptr; }
  ReferenceLoop(const ReferenceLoop&) = delete;
  ReferenceLoop& operator=(const ReferenceLoop&) = delete;

  template <typename F>
  void nextTick(F&& fn) {
    push(ticks_, std::forward<F>(fn));
  }

  // A loop that has ended is known by the generation of its cell.
  struct Cell {
    ReferenceLoop* loop;
    std::atomic<std::uint32_t> generation;
  };
  struct Immediate {
    Cell* cell;
    ReferenceTask* task;
    std::uint64_t number;
    std::uint32_t generation;
  };
  template <typename F>
  Immediate setImmediate(F&& fn) {
    ReferenceTask* const task = push(immediates_, std::forward<F>(fn));
    return {cell_.get(), task, immediates_.pushed() - 1,
            cell_->generation.load(std::memory_order_relaxed)};
  }

  void stop() noexcept;
  void run();

 private:
  template <typename F>
  ReferenceTask* push(ReferenceQueue& queue, F&& fn) {
    if (t_reference_loop == this) [[likely]]
      return queue.push(std::forward<F>(fn));
    std::decay_t<F> copy(std::forward<F>(fn));
    return pushFromElsewhere(queue, std::move(copy));
  }
  // When another loop was made on the thread since.
  template <typename F>
  [[gnu::noinline]] ReferenceTask* pushFromElsewhere(ReferenceQueue& queue, F&& fn) {
    if (thread_ != &t_reference_loop) refuse();
    return queue.push(std::forward<F>(fn));
  }
  [[noreturn]] static void refuse();
  bool afterCallback() { return (ticks_.empty() && attention_ == 0) || drain(); }
  void noteFailure() noexcept;
  template <typename Body>
  void guarded(ReferenceQueue& queue, Body body);
  bool drain();
  void runStretches(ReferenceQueue& queue);
  bool stopping() const noexcept { return (attention_ & kStop) != 0; }
  bool ticksSpent() const noexcept { return most_ticks_ != 0 && ticks_left_ == 0; }
  void runRound(ReferenceQueue& queue, std::uint64_t count);

  ReferenceQueue ticks_;
  ReferenceQueue immediates_;
  static constexpr unsigned kStop = 2;
  unsigned attention_ = 0;
  const std::uint64_t most_ticks_;
  std::uint64_t ticks_left_ = 0;
  std::exception_ptr escaping_;  // leaves run()
  const void* const thread_ = &t_reference_loop;
  std::unique_ptr<Cell> cell_ = std::make_unique<Cell>();
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_LOOP_REFERENCE_LOOP_H_
