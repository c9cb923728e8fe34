// How a TimerQueue gets rid of entries that mean nothing any more, a chunk at a time.

#include <algorithm>
#include <bit>

#include "weft/loop/timer_queue.h"

namespace weft::loop {

// Drops the superseded entries of one chunk; what is left of two neighbours moves into one.
void TimerQueue::sweepChunk() noexcept {
  Bucket& bucket = buckets_[sweep_bucket_];
  Chunk* const chunk = sweep_previous_ != nullptr ? sweep_previous_->next : bucket.first;
  if (chunk == nullptr) {
    sweepNextBucket();
    return;
  }
  const bool last = chunk == bucket.last;
  Entry* const end = last ? bucket.end : chunk->end;
  // Their lines are in no cache; so ask for all of them at once.
  for (const Entry* entry = chunk->entries; entry != end; ++entry) {
    __builtin_prefetch(nodeOf(entry->name));
  }
  Entry* const kept = std::remove_if(
      chunk->entries, end, [this](const Entry& entry) { return nodeOf(entry) == nullptr; });
  const auto dropped = static_cast<std::size_t>(end - kept);
  superseded_ -= dropped;
  entries_ -= dropped;
  if (last) {
    bucket.end = kept;
    if (kept == chunk->entries && chunk == bucket.first) {
      release(detach(sweep_bucket_ / kSlots, sweep_bucket_ % kSlots).first);
    }
    sweepNextBucket();
    return;
  }
  Chunk* const previous = sweep_previous_;
  if (previous != nullptr && (kept - chunk->entries) + (previous->end - previous->entries) <=
                                 static_cast<std::ptrdiff_t>(Chunk::kEntries)) {
    previous->end = std::copy(chunk->entries, kept, previous->end);
    previous->next = chunk->next;
    release(chunk);
  } else {
    chunk->end = kept;
    sweep_previous_ = chunk;
  }
}

void TimerQueue::sweepNextBucket() noexcept {
  sweep_previous_ = nullptr;
  int level = sweep_bucket_ / kSlots;
  const int slot = sweep_bucket_ % kSlots;
  // The slots above the current one, then those of the other levels, then all of this one again.
  std::uint64_t slots = slot + 1 < kSlots ? slots_[level] >> (slot + 1) << (slot + 1) : 0;
  for (int i = 0; slots == 0 && i < kLevels; ++i) {
    level = (level + 1) % kLevels;
    slots = slots_[level];
  }
  if (slots != 0) sweep_bucket_ = level * kSlots + std::countr_zero(slots);
}

}  // namespace weft::loop
