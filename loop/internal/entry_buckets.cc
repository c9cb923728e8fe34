#include "weft/loop/internal/entry_buckets.h"

#include <algorithm>
#include <limits>

namespace weft::loop::internal {

void EntryBuckets::insertInNewChunk(Bucket& bucket, const Entry& entry) {
  if (spare_chunks_ == nullptr) {
    const std::size_t count = std::clamp<std::size_t>(slabs_.size() * 8, 8, 128);
    slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(count));
    for (std::size_t i = 0; i < count; ++i) release(&slabs_.back()[i]);
  }
  Chunk* const chunk = std::exchange(spare_chunks_, spare_chunks_->next);
  chunk->next = nullptr;
  if (bucket.last != nullptr) {
    bucket.last->end = bucket.end;
    bucket.last->next = chunk;
  } else {
    bucket.first = chunk;
  }
  bucket.last = chunk;
  bucket.end = chunk->entries;
  *bucket.end++ = entry;
}

// Lower levels come first, and on a level lower slots: the reference is before all of them.
EntryBuckets::Range EntryBuckets::first() const noexcept {
  const int level = std::countr_zero(levels_);
  const int slot = std::countr_zero(slots_[level]);
  const int shift = kBits * level;
  const auto reference = static_cast<std::uint64_t>(reference_);
  const std::uint64_t above =
      shift + kBits < 64 ? reference >> (shift + kBits) << (shift + kBits) : 0;
  const std::uint64_t start = above | static_cast<std::uint64_t>(slot) << shift;
  const std::uint64_t end = start | ((std::uint64_t{1} << shift) - 1);
  return {level, slot, static_cast<std::int64_t>(start), static_cast<std::int64_t>(end)};
}

bool EntryBuckets::hasFew(const Range& range) const noexcept {
  const Bucket& bucket = buckets_[range.level * kSlots + range.slot];
  std::size_t room = 0;
  for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
    room += Chunk::kEntries;
    if (room >= kFew + Chunk::kEntries) return false;
  }
  return true;
}

std::int64_t EntryBuckets::leastKey(const Range& range) const noexcept {
  const Bucket& bucket = buckets_[range.level * kSlots + range.slot];
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
    const Entry* const end = bucket.endOf(chunk);
    for (const Entry* entry = chunk->entries; entry != end; ++entry) {
      const std::int64_t key = entry->key;  // packed: no reference
      least = std::min(least, key);
    }
  }
  return least;
}

// The later the reference, the fewer groups of bits differ from it.
void EntryBuckets::spread(const Range& range, std::int64_t limit) {
  setReference(std::min(limit, leastKey(range)));
  drain(range, [this](const Entry& entry) { insert(entry); });
}

EntryBuckets::Bucket EntryBuckets::detach(int level, int slot) noexcept {
  slots_[level] &= ~(std::uint64_t{1} << slot);
  if (slots_[level] == 0) levels_ &= ~(std::uint32_t{1} << level);
  if (level * kSlots + slot == sweep_bucket_) sweep_previous_ = nullptr;
  return std::exchange(buckets_[level * kSlots + slot], Bucket{});
}

// --- sweeping -----------------------------------------------------------------------------------

EntryBuckets::Chunk* EntryBuckets::chunkToSweep() const noexcept {
  return sweep_previous_ != nullptr ? sweep_previous_->next : buckets_[sweep_bucket_].first;
}

std::span<EntryBuckets::Entry> EntryBuckets::nextToSweep() noexcept {
  Chunk* const chunk = chunkToSweep();
  if (chunk == nullptr) return {};
  return {chunk->entries, buckets_[sweep_bucket_].endOf(chunk)};
}

// What is left of two neighbours moves into one.
void EntryBuckets::swept(std::size_t kept) noexcept {
  Chunk* const chunk = chunkToSweep();
  if (chunk == nullptr) return sweepNextBucket();
  Bucket& bucket = buckets_[sweep_bucket_];
  Entry* const end = chunk->entries + kept;
  size_ -= static_cast<std::size_t>(bucket.endOf(chunk) - end);
  if (chunk == bucket.last) {
    bucket.end = end;
    if (kept == 0 && chunk == bucket.first) {
      release(detach(sweep_bucket_ / kSlots, sweep_bucket_ % kSlots).first);
    }
    return sweepNextBucket();
  }
  Chunk* const previous = sweep_previous_;
  if (previous != nullptr &&
      kept + static_cast<std::size_t>(previous->end - previous->entries) <= Chunk::kEntries) {
    previous->end = std::copy(chunk->entries, end, previous->end);
    previous->next = chunk->next;
    release(chunk);
  } else {
    chunk->end = end;
    sweep_previous_ = chunk;
  }
}

void EntryBuckets::sweepNextBucket() noexcept {
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

}  // namespace weft::loop::internal
