// How an EventLoop runs what is queued: ticks and microtasks after each callback, and the rounds of
// the phases. Each kind of callback is called in one place here (timers: loop_core_timers.cc).

#include <cstdio>

#include "weft/loop/internal/guarded.h"
#include "weft/loop/internal/loop_core.h"
#include "weft/loop/internal/poller.h"
#include "weft/loop/internal/watch.h"

namespace weft::loop::internal {

// In a handler of the exception. Without a taker, the exception stops the loop and leaves run().
void LoopCore::offerUncaught() noexcept {
  std::exception_ptr error = std::current_exception();
  try {
    if (uncaught_) {
      uncaught_(error);
      return;
    }
  } catch (...) {
    error = std::current_exception();
  }
  if (!escaping_) escaping_ = error;
  stop();
}

// Ticks until none is left, then microtasks until none is left, and again until both are empty;
// then rejections that nobody has taken by now.
// What cls asks for is done in between: contexts that have ended are told so one by one, each like
// a callback. False if the loop is to stop.
template <bool kObserved>
bool LoopCore::drain() {
  while (!stopping()) {
    settle();
    if (!ticks_.empty() && !ticksSpent()) {
      runStretches<kObserved>(ticks_);
    } else if (!microtasks_.empty()) {
      runStretches<kObserved>(microtasks_);
    } else if (!rejections_.empty()) {
      runStretches<kObserved>(rejections_);
    } else if ((attention_ & kEnded) != 0) {
      runEndedListener();
      if constexpr (kObserved) instrument_->mark();
    } else if ((attention_ & kSettle) == 0) {
      attention_ &= ~kMicrotasks;
      return true;
    }
  }
  return false;
}
template bool LoopCore::drain<false>();
template bool LoopCore::drain<true>();

// What cls has asked for.
void LoopCore::settle() noexcept {
  if ((attention_ & kSettle) == 0) return;
  cls::settle();
  attention_ = (attention_ & ~kSettle) | kEnded;
}

[[gnu::noinline]] bool LoopCore::settleAndGoOn() noexcept {
  settle();
  return !stopping();
}

// Until the queue is empty, or the loop is to stop.
template <bool kObserved>
void LoopCore::runStretches(TaskRing& ring) {
  const bool limited = &ring == &ticks_ && options_.max_ticks_per_turn != 0;
  while (ring.openStretch()) {
    const std::uint64_t before = limited ? ring.taken() : 0;
    if (limited) ring.limitStretch(ticks_left_);
    guarded(
        [this, &ring] {
          while (Task* const task = ring.takeNext()) {
            task->runOnce();
            noteCall<kObserved>(&ring == &ticks_ ? AsyncKind::kTick : AsyncKind::kMicrotask);
          }
        },
        [&ring] { ring.lastTaken()->clear(); });
    if (limited) {
      ticks_left_ -= ring.taken() - before;
      if (ticksSpent()) return reportStarvation();
    }
    if ((attention_ & (kStop | kSettle)) != 0 && !settleAndGoOn()) [[unlikely]]
      return;
  }
}

void LoopCore::reportStarvation() {
  if (starvation_) {
    guarded([this] { starvation_(); }, [] {});
  } else {
    std::fputs(
        "weft: max_ticks_per_turn was reached; the other ticks wait for the next iteration\n",
        stderr);
  }
}

// One; if there is none, says so.
void LoopCore::runEndedListener() {
  bool done = false;
  guarded(
      [this, &done] {
        if (!done && !cls::drainEnded()) attention_ &= ~kEnded;
      },
      [&done] { done = true; });
}

// --- phases -------------------------------------------------------------------------------------

// `count` tasks (what is queued now, or less), each followed by ticks. What a stop leaves is the
// beginning of the next round.
template <bool kObserved>
void LoopCore::runRound(TaskRing& ring, std::uint64_t count, AsyncKind kind) {
  const std::uint64_t end = ring.taken() + count;
  while (ring.taken() != end && ring.openStretch()) {
    ring.limitStretch(end - ring.taken());
    guarded(
        [this, &ring, kind] {
          if (!afterCallback<kObserved>()) return;
          while (Task* const task = ring.takeNext()) {
            task->runOnce();
            noteCall<kObserved>(kind);
            if (!afterCallback<kObserved>()) return;
          }
        },
        [&ring] { ring.lastTaken()->clear(); });
    if (stopping()) return;
  }
}
template void LoopCore::runRound<false>(TaskRing&, std::uint64_t, AsyncKind);
template void LoopCore::runRound<true>(TaskRing&, std::uint64_t, AsyncKind);

// For perturbed runs: a number from 0 to n - 1 (splitmix64).
std::size_t LoopCore::below(std::size_t n) noexcept {
  std::uint64_t x = perturbation_ += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return (x ^ (x >> 31)) % n;
}

template <bool kObserved>
void LoopCore::runPosts() {
  if (post_batch_.empty() && posts_->news() != PostQueue::kNothing) {
    const unsigned news = posts_->take(post_batch_);
    if ((news & PostQueue::kAttention) != 0) noteAttention(this);
    if ((news & PostQueue::kStop) != 0) stop();
  }
  std::uint64_t count = post_batch_.size();
  // Some may have come a moment later.
  if (options_.perturb_seed != 0 && count != 0) count = 1 + below(count);
  runRound<kObserved>(post_batch_, count, AsyncKind::kPost);
}
template void LoopCore::runPosts<false>();
template void LoopCore::runPosts<true>();

template <bool kObserved>
void LoopCore::runReady() {
  std::size_t count = poller_->readyCount();
  if (options_.perturb_seed != 0 && count != 0) {
    poller_->shuffleReady([this](std::size_t n) { return below(n); });
    count = below(poller_->readyCount() + 1);  // the others may have become ready a moment later
  }
  guarded(
      [this, &count] {
        while (afterCallback<kObserved>() && count-- > 0) {
          PollSource* const source = poller_->takeReady();
          if (source == nullptr) return;
          if (source->ready() != kNotReady) {
            source->dispatch();
            noteCall<kObserved>(AsyncKind::kWatcher);
          }
        }
      },
      [this] { Watch::finish(*this); });
}
template void LoopCore::runReady<false>();
template void LoopCore::runReady<true>();

// Cleared ones count while they wait; that costs an iteration at most.
bool LoopCore::immediatesAlive() const {
  absl::erase_if(unref_immediates_,
                 [this](std::uint64_t sequence) { return !immediates_.isWaiting(sequence); });
  return immediates_.size() > unref_immediates_.size();
}

}  // namespace weft::loop::internal
