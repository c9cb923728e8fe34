// PostQueue: how other threads reach a loop. Shared by the loop and its Posters, so that it may
// outlive the loop; then it refuses.
//
// A mutex and a ring: producers make the task in its place under the lock, the loop takes the whole
// ring at once. Only a loop that sleeps is woken, by one write to an eventfd for a batch.

#ifndef WEFT_LOOP_INTERNAL_POST_QUEUE_H_
#define WEFT_LOOP_INTERNAL_POST_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <mutex>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/frame.h"
#include "weft/cls/location.h"
#include "weft/loop/internal/instrument.h"
#include "weft/loop/internal/task_ring.h"
#include "weft/loop/task.h"

namespace weft::loop::internal {

class PostQueue {
 public:
  // At most `limit` tasks wait at a time; 0: any number.
  explicit PostQueue(std::size_t limit);
  ~PostQueue();
  PostQueue(const PostQueue&) = delete;
  PostQueue& operator=(const PostQueue&) = delete;

  // --- any thread

  // Queues a task made from `args`, whose constructor must not throw and must not come back here.
  template <typename... Args>
  absl::Status push(Args&&... args) {
    return pushBelow(limit_, std::forward<Args>(args)...);
  }
  // Whatever the limit: for what the loop has asked for.
  template <typename... Args>
  absl::Status pushAnyway(Args&&... args) {
    return pushBelow(0, std::forward<Args>(args)...);
  }
  // One that was made elsewhere.
  absl::Status pushTask(Task task);
  // For any callable: what may throw or call back when it is copied is made a task first.
  template <typename F>
  absl::Status pushCallable(F&& fn) {
    if constexpr (kMadeInPlace<F>) {
      return push(std::forward<F>(fn));
    } else {
      return pushTask(Task(std::forward<F>(fn)));
    }
  }
  template <cls::Holder kHolder, typename F>
  absl::Status pushCallable(cls::HeldFrame<kHolder>&& frame, F&& fn) {
    using Callable = std::decay_t<F>;
    if constexpr (std::is_nothrow_constructible_v<Callable, F&&> &&
                  Task::fits<Framed<kHolder, Callable>>()) {
      return pushBelow(limit_, std::move(frame), std::forward<F>(fn));
    } else {
      return pushTask(Task(std::move(frame), std::forward<F>(fn)));
    }
  }
  // The same for who is not the loop, and may not ask whether it is observed. Inlined, or `where`
  // would be an argument.
  template <typename F>
  [[gnu::always_inline]] absl::Status pushFromElsewhere(F&& fn, cls::Location where) {
    if constexpr (kMadeInPlace<F>) {
      return pushUnobserved(std::forward<F>(fn), where);
    } else {
      return pushUnobserved(Task(std::forward<F>(fn)), where);
    }
  }
  void requestStop() noexcept { announce(kStop); }
  // Makes the loop see to what other threads sent to cls.
  void requestAttention() noexcept { announce(kAttention); }
  bool ended() const noexcept;

  // --- the loop's thread

  enum News : unsigned { kNothing = 0, kTasks = 1, kStop = 2, kAttention = 4 };
  // What has arrived and was not taken; without a lock.
  unsigned news() const noexcept { return news_.load(std::memory_order_acquire); }
  // Moves all tasks to `batch`, which must be empty; tells of a stop request, which is then
  // forgotten.
  unsigned take(TaskRing& batch);
  // Says that the loop is going to sleep; false if there is news, so that it must not.
  bool fallAsleep() noexcept;
  void awake() noexcept;
  // From now on everything is refused. What waited is moved to `batch`.
  void end(TaskRing& batch) noexcept;
  // What other threads post gets numbers of it; null: none.
  void setInstrument(Instrument* instrument) noexcept;
  // Becomes readable (edge-triggered: nobody need read it) when the sleeping loop must wake.
  int wakeDescriptor() const noexcept { return wake_fd_; }

 private:
  template <typename F>
  static constexpr bool kMadeInPlace =
      std::is_nothrow_constructible_v<std::decay_t<F>, F&&>&& Task::fits<std::decay_t<F>>();
  enum Unusual : unsigned char { kEnded = 1, kObserved = 2 };

  bool refuses(std::size_t limit) const noexcept {
    return (unusual_ & kEnded) != 0 || (limit != 0 && incoming_.size() >= limit);
  }

  // `made`: a callable that can be made in its place, or a task.
  template <typename M>
  [[gnu::always_inline]] absl::Status pushUnobserved(M&& made, cls::Location where) {
    bool wake;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (unusual_ != 0 || (limit_ != 0 && incoming_.size() >= limit_)) [[unlikely]]
        return pushUnusual(std::forward<M>(made), where);
      incoming_.push(std::forward<M>(made));
      wake = note(kTasks);
    }
    if (wake) [[unlikely]]
      signal();
    return absl::OkStatus();
  }
  // Under the lock.
  template <typename M>
  [[gnu::noinline]] absl::Status pushUnusual(M&& made, cls::Location where) {
    if (refuses(limit_)) return refusal();
    if constexpr (std::is_same_v<std::decay_t<M>, Task>) {
      incoming_.push(Arrived<RunTask>(*instrument_, where, RunTask{std::forward<M>(made)}));
    } else {
      incoming_.push(Arrived<std::decay_t<M>>(*instrument_, where, std::forward<M>(made)));
    }
    if (note(kTasks)) signal();
    return absl::OkStatus();
  }
  struct RunTask {
    Task task;
    void operator()() { task.run(); }
  };

  // Inlined always: else it depends on what else there is in a program.
  template <typename... Args>
  [[gnu::always_inline]] absl::Status pushBelow(std::size_t limit, Args&&... args) {
    bool wake;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (refuses(limit)) [[unlikely]]
        return refusal();
      incoming_.push(std::forward<Args>(args)...);
      wake = note(kTasks);
    }
    if (wake) [[unlikely]]
      signal();
    return absl::OkStatus();
  }
  bool note(News news) noexcept {
    news_.store(news_.load(std::memory_order_relaxed) | news, std::memory_order_release);
    return std::exchange(asleep_, false);
  }
  void announce(News news) noexcept;
  void signal() noexcept;
  absl::Status refusal() const;

  mutable std::mutex mutex_;  // guards everything below, but for reading news_
  TaskRing incoming_;
  std::atomic<unsigned> news_{kNothing};
  bool asleep_ = false;
  unsigned char unusual_ = 0;
  Instrument* instrument_ = nullptr;  // if kObserved
  const std::size_t limit_;
  const int wake_fd_;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_POST_QUEUE_H_
