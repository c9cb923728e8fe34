#ifndef WEFT_BENCH_COMMON_HANDOVER_H_
#define WEFT_BENCH_COMMON_HANDOVER_H_

#include <mutex>
#include <utility>
#include <vector>

#include "weft/bench/common/slot.h"

namespace weft::bench {

// Callbacks on their way to another thread: a mutex and two vectors that change places. It is what
// proved quickest, and what the peers get whose library hands over a wake-up, but no callbacks.
class Handover {
 public:
  // From any thread. True if the owner sleeps, or is about to, and is to be woken.
  template <class Callable>
  bool push(Callable callable) {
    Slot slot;
    slot.set(std::move(callable));  // callables must be trivial to copy
    const std::lock_guard lock(mutex_);
    arriving_.push_back(slot);
    return std::exchange(asleep_, false);
  }

  // By the owner, when woken. Runs what has arrived until nothing is left; then the owner sleeps.
  void runAll() {
    while (take()) {
      for (Slot& slot : running_) slot.runAndDestroy();
      running_.clear();
    }
  }

 private:
  bool take() {
    const std::lock_guard lock(mutex_);
    asleep_ = arriving_.empty();
    arriving_.swap(running_);
    return !asleep_;
  }

  std::mutex mutex_;
  std::vector<Slot> arriving_;
  std::vector<Slot> running_;
  bool asleep_ = true;
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_HANDOVER_H_
