#include "weft/tests/loop/reference_loop.h"

#include <cstdlib>

namespace weft::tests {

ReferenceQueue::~ReferenceQueue() {
  while (openStretch()) {
    while (ReferenceTask* const task = takeNext()) task->clear();
  }
  while (head_chunk_ != nullptr) delete std::exchange(head_chunk_, head_chunk_->next);
}

void ReferenceQueue::nextTail() noexcept {
  if (tail_chunk_ == nullptr) {
    head_chunk_ = tail_chunk_ = new Chunk;
    tail_chunk_->next = nullptr;
    tail_chunk_->first = 0;
    head_ = tail_chunk_->begin();
    limit_ = head_;
  } else {
    if (tail_chunk_->next == nullptr) {
      Chunk* const chunk = new Chunk;
      chunk->next = nullptr;
      tail_chunk_->next = chunk;
    }
    tail_chunk_->next->first = tail_chunk_->first + kSlots;
    tail_chunk_ = tail_chunk_->next;
    extends_ = false;
  }
  tail_ = tail_chunk_->begin();
  tail_end_ = tail_ + kSlots;
}

bool ReferenceQueue::openStretch() noexcept {
  if (head_ != tail_ && head_ == head_chunk_->begin() + kSlots) {
    Chunk* const used = std::exchange(head_chunk_, head_chunk_->next);
    used->next = std::exchange(tail_chunk_->next, used);
    head_ = head_chunk_->begin();
  }
  extends_ = head_chunk_ == tail_chunk_;
  limit_ = extends_ ? tail_ : head_chunk_->begin() + kSlots;
  return head_ != limit_;
}

void ReferenceLoop::refuse() { std::abort(); }

void ReferenceLoop::stop() noexcept {
  attention_ |= kStop;
  ticks_.interrupt();
}

void ReferenceLoop::noteFailure() noexcept {
  if (!escaping_) escaping_ = std::current_exception();
  stop();
}

// Runs `body` until it returns. What throws is destroyed, and stops the loop.
template <typename Body>
[[gnu::always_inline]] inline void ReferenceLoop::guarded(ReferenceQueue& queue, Body body) {
  for (;;) {
    try {
      body();
      return;
    } catch (...) {
      noteFailure();
      queue.lastTaken()->clear();
    }
  }
}

// Not inlined, as the loop's is too long to be.
[[gnu::noinline]] bool ReferenceLoop::drain() {
  while (!stopping()) {
    if (ticks_.empty() || ticksSpent()) {
      attention_ = 0;
      return true;
    }
    runStretches(ticks_);
  }
  return false;
}

void ReferenceLoop::runStretches(ReferenceQueue& queue) {
  const bool limited = &queue == &ticks_ && most_ticks_ != 0;
  while (queue.openStretch()) {
    const std::uint64_t before = limited ? queue.taken() : 0;
    if (limited) queue.limitStretch(ticks_left_);
    guarded(queue, [&queue] {
      while (ReferenceTask* const task = queue.takeNext()) task->runOnce();
    });
    if (limited) {
      ticks_left_ -= queue.taken() - before;
      if (ticksSpent()) return;
    }
    if (stopping()) return;
  }
}

void ReferenceLoop::runRound(ReferenceQueue& queue, std::uint64_t count) {
  const std::uint64_t end = queue.taken() + count;
  while (queue.taken() != end && queue.openStretch()) {
    queue.limitStretch(end - queue.taken());
    guarded(queue, [this, &queue] {
      if (!afterCallback()) return;
      while (ReferenceTask* const task = queue.takeNext()) {
        task->runOnce();
        if (!afterCallback()) return;
      }
    });
    if (stopping()) return;
  }
}

void ReferenceLoop::run() {
  attention_ = 0;
  ticks_left_ = most_ticks_;
  while (drain() && !immediates_.empty()) {
    runRound(immediates_, immediates_.pushed() - immediates_.taken());
  }
  if (escaping_) std::rethrow_exception(std::exchange(escaping_, nullptr));
}

}  // namespace weft::tests
