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
    if constexpr (std::is_nothrow_constructible_v<std::decay_t<F>, F&&> &&
                  Task::fits<std::decay_t<F>>()) {
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
  // Becomes readable (edge-triggered: nobody need read it) when the sleeping loop must wake.
  int wakeDescriptor() const noexcept { return wake_fd_; }

 private:
  // Inlined always: else it depends on what else there is in a program.
  template <typename... Args>
  [[gnu::always_inline]] absl::Status pushBelow(std::size_t limit, Args&&... args) {
    bool wake;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (ended_ || (limit != 0 && incoming_.size() >= limit)) [[unlikely]]
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
  bool ended_ = false;
  const std::size_t limit_;
  const int wake_fd_;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_POST_QUEUE_H_
