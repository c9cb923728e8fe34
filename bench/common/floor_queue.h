#ifndef WEFT_BENCH_COMMON_FLOOR_QUEUE_H_
#define WEFT_BENCH_COMMON_FLOOR_QUEUE_H_

#include <cstddef>
#include <utility>

#include "weft/bench/common/slot.h"

namespace weft::bench {

// The least that a queue of callbacks can do: the floor that the loops are held against.
//
// Callables lie in slots of 64 bytes, in chunks that never move and are kept for the next use. No
// context, no exceptions, no cancelling, no phases. Callbacks may post; run() runs that, too.
class FloorQueue {
 public:
  FloorQueue() : first_(new Chunk), last_(first_) {}
  FloorQueue(const FloorQueue&) = delete;
  FloorQueue& operator=(const FloorQueue&) = delete;

  ~FloorQueue() {
    run();
    delete first_;
    while (spare_ != nullptr) delete std::exchange(spare_, spare_->next);
  }

  template <class Callable>
  void post(Callable&& callable) {
    if (tail_ == kSlots) addChunk();
    last_->slots[tail_++].set(std::forward<Callable>(callable));
  }

  bool empty() const { return first_ == last_ && head_ == tail_; }

  void run() {
    while (!empty()) {
      if (head_ == kSlots) dropFirstChunk();
      first_->slots[head_++].runAndDestroy();
    }
    head_ = tail_ = 0;
  }

 private:
  static constexpr std::size_t kSlots = 128;

  struct Chunk {
    Slot slots[kSlots];
    Chunk* next = nullptr;
  };

  void addChunk() {
    Chunk* chunk = spare_ == nullptr ? new Chunk : std::exchange(spare_, spare_->next);
    chunk->next = nullptr;
    last_->next = chunk;
    last_ = chunk;
    tail_ = 0;
  }

  void dropFirstChunk() {
    Chunk* dropped = std::exchange(first_, first_->next);
    dropped->next = spare_;
    spare_ = dropped;
    head_ = 0;
  }

  Chunk* first_;
  Chunk* last_;
  Chunk* spare_ = nullptr;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_FLOOR_QUEUE_H_
