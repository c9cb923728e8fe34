#include "weft/loop/internal/task_ring.h"

namespace weft::loop::internal {

TaskRing::~TaskRing() {
  clear();
  // The chain starts at the head's chunk; nothing is before it.
  while (head_chunk_ != nullptr) delete std::exchange(head_chunk_, head_chunk_->next);
}

void TaskRing::nextTail() noexcept {
  if (tail_chunk_ == nullptr) {
    head_chunk_ = tail_chunk_ = new Chunk;
    tail_chunk_->next = nullptr;
    tail_chunk_->first = 0;
    chunks_ = 1;
    head_ = tail_chunk_->begin();
    limit_ = head_;
  } else {
    if (tail_chunk_->next == nullptr) {
      Chunk* chunk = new Chunk;
      chunk->next = nullptr;
      tail_chunk_->next = chunk;
      ++chunks_;
    }
    tail_chunk_->next->first = tail_chunk_->first + kSlots;
    tail_chunk_ = tail_chunk_->next;
    extends_ = false;
  }
  tail_ = tail_chunk_->begin();
  tail_end_ = tail_ + kSlots;
}

bool TaskRing::openStretch() noexcept {
  if (head_ != tail_ && head_ == head_chunk_->end()) {
    // The chunk is used up: it goes behind the tail's, as a spare one.
    Chunk* used = std::exchange(head_chunk_, head_chunk_->next);
    used->next = std::exchange(tail_chunk_->next, used);
    head_ = head_chunk_->begin();
  }
  extends_ = head_chunk_ == tail_chunk_;
  limit_ = extends_ ? tail_ : head_chunk_->end();
  return head_ != limit_;
}

void TaskRing::clear() noexcept {
  while (openStretch()) {
    while (Task* task = takeNext()) task->clear();
  }
}

void TaskRing::trimSlow() noexcept {
  while (chunks_ > kKeptChunks && tail_chunk_->next != nullptr) {
    Chunk* spare = tail_chunk_->next;
    tail_chunk_->next = spare->next;
    delete spare;
    --chunks_;
  }
}

void TaskRing::swap(TaskRing& other) noexcept {
  std::swap(tail_, other.tail_);
  std::swap(tail_end_, other.tail_end_);
  std::swap(head_, other.head_);
  std::swap(limit_, other.limit_);
  std::swap(head_chunk_, other.head_chunk_);
  std::swap(tail_chunk_, other.tail_chunk_);
  std::swap(extends_, other.extends_);
  std::swap(chunks_, other.chunks_);
}

}  // namespace weft::loop::internal
