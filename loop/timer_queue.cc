#include "weft/loop/timer_queue.h"

#include <algorithm>
#include <bit>

namespace weft::loop {

namespace {
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
}  // namespace

TimerQueue::TimerQueue() : earliest_{kNever, 0, 0} {}

TimerQueue::~TimerQueue() { clear(); }

void TimerQueue::grow() {
  const auto first = static_cast<Index>(armings_.size());
  armings_.reserve(first + kSlab);
  slabs_.push_back(std::make_unique<Timer[]>(kSlab));
  armings_.resize(first + kSlab, 0);
  Timer* slab = slabs_.back().get();
  for (Index i = 0; i < kSlab; ++i) {
    slab[i].flags = i + 1 < kSlab ? first + i + 1 : free_;
    slab[i].generation = 1;
  }
  free_ = first;
}

void TimerQueue::remove(Index index) noexcept {
  disarm(index);
  Timer& timer = at(index);
  ++timer.generation;
  timer.callback.clear();
  timer.flags = free_;
  free_ = index;
}

void TimerQueue::clear() noexcept {
  for (bool found = true; found;) {
    found = false;
    for (Index index = 0; index < armings_.size(); ++index) {
      if (!at(index).callback) continue;
      found = true;
      remove(index);
    }
  }
}

// --- arming -------------------------------------------------------------------------------------

void TimerQueue::arm(Index index, TimePoint deadline) {
  std::uint32_t& arming = armings_[index];
  const std::uint32_t was_armed = arming & 1;
  Key key = static_cast<Key>(deadline.time_since_epoch().count());
  if (static_cast<std::int64_t>(key) < static_cast<std::int64_t>(now_)) key = now_;
  const Entry entry{key, index, arming + 1 + was_armed};
  insert(entry);
  arming = entry.arming;
  live_ += 1 - was_armed;
  stale_ += was_armed;
  if (key < earliest_.deadline) earliest_ = entry;
  if (stale_ > live_ + kStaleAllowed) [[unlikely]]
    sweepChunk();
}

bool TimerQueue::disarm(Index index) noexcept {
  std::uint32_t& arming = armings_[index];
  if ((arming & 1) == 0) return false;
  ++arming;
  --live_;
  ++stale_;
  return true;
}

int TimerQueue::levelOf(Key differing) noexcept {
  return (63 - std::countl_zero(differing | 1)) / kBits;
}

void TimerQueue::insert(const Entry& entry) {
  const int level = levelOf(entry.deadline ^ reference_);
  const int slot = static_cast<int>(entry.deadline >> (kBits * level)) & (kSlots - 1);
  append(buckets_[level * kSlots + slot], entry);
  levels_ |= std::uint32_t{1} << level;
  slots_[level] |= std::uint64_t{1} << slot;
}

void TimerQueue::append(Bucket& bucket, const Entry& entry) {
  if (reinterpret_cast<std::uintptr_t>(bucket.end) % sizeof(Chunk) == 0) [[unlikely]] {
    addChunk(bucket);
  }
  *bucket.end++ = entry;
}

// --- chunks and buckets -------------------------------------------------------------------------

void TimerQueue::addChunk(Bucket& bucket) {
  if (spare_chunks_ == nullptr) {
    // As many again as there are, between 8 and 128.
    const std::size_t count =
        std::clamp<std::size_t>(chunk_slabs_.size() * 8, std::size_t{8}, std::size_t{128});
    chunk_slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(count));
    Chunk* slab = chunk_slabs_.back().get();
    for (std::size_t i = 0; i < count; ++i) release(&slab[i]);
  }
  Chunk* chunk = std::exchange(spare_chunks_, spare_chunks_->next);
  chunk->next = nullptr;
  if (bucket.last != nullptr) {
    bucket.last->end = bucket.end;
    bucket.last->next = chunk;
  } else {
    bucket.first = chunk;
  }
  bucket.last = chunk;
  bucket.end = chunk->entries;
}

void TimerQueue::release(Chunk* chunk) noexcept {
  chunk->next = spare_chunks_;
  spare_chunks_ = chunk;
}

TimerQueue::Bucket TimerQueue::detach(int level, int slot) noexcept {
  slots_[level] &= ~(std::uint64_t{1} << slot);
  if (slots_[level] == 0) levels_ &= ~(std::uint32_t{1} << level);
  if (level * kSlots + slot == sweep_bucket_) sweep_previous_ = nullptr;
  return std::exchange(buckets_[level * kSlots + slot], Bucket{});
}

// Calls `fn` for each live entry in order, and gives the bucket's memory back.
template <typename Fn>
void TimerQueue::drain(Bucket& bucket, Fn&& fn) {
  while (Chunk* chunk = bucket.first) {
    Entry* end = chunk == bucket.last ? bucket.end : chunk->end;
    for (Entry* entry = chunk->entries; entry != end; ++entry) {
      if (isLive(*entry)) {
        fn(*entry);
      } else {
        --stale_;
      }
    }
    bucket.first = chunk->next;
    release(chunk);
  }
}

bool TimerQueue::isSmall(const Bucket& bucket, std::size_t limit) noexcept {
  std::size_t room = 0;
  for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
    room += Chunk::kEntries;
    if (room >= limit + Chunk::kEntries) return false;
  }
  return true;
}

TimerQueue::Key TimerQueue::bucketStart(int level, int slot) const noexcept {
  const int shift = kBits * level;
  const Key below = (Key{1} << shift) - 1;
  const Key own = Key{kSlots - 1} << shift;
  return (reference_ & ~(below | own)) | (static_cast<Key>(slot) << shift);
}

// --- time ---------------------------------------------------------------------------------------

bool TimerQueue::advance(TimePoint time) {
  const Key now =
      std::max(now_, static_cast<Key>(std::max<std::int64_t>(time.time_since_epoch().count(), 0)));
  now_ = now;
  if (earliest_.deadline <= now) {
    // Lower levels come first, and on a level lower slots: the reference is before all of them.
    while (levels_ != 0) {
      const int level = std::countr_zero(levels_);
      const int slot = std::countr_zero(slots_[level]);
      if (bucketStart(level, slot) > now) break;
      expire(level, slot, now);
    }
    earliest_known_ = levels_ == 0;
    earliest_.deadline = levels_ != 0 ? now + 1 : kNever;
  }
  return due_taken_ != due_.size();
}

// Empties the earliest bucket, whose range begins by `now`: into due_, or into buckets below.
void TimerQueue::expire(int level, int slot, Key now) {
  const Key start = bucketStart(level, slot);
  const bool whole = level == 0 || (start | ((Key{1} << (kBits * level)) - 1)) <= now;
  Bucket bucket = detach(level, slot);
  if (level != 0 && !isSmall(bucket, kSortedAtOnce)) {
    reference_ = start;
    drain(bucket, [this](const Entry& entry) { insert(entry); });
    return;
  }
  const std::size_t sorted = due_.size();
  if (whole) {
    drain(bucket, [this](const Entry& entry) { due_.push_back(entry); });
  } else {
    reference_ = now;
    drain(bucket, [this, now](const Entry& entry) {
      if (entry.deadline <= now) {
        due_.push_back(entry);
      } else {
        insert(entry);
      }
    });
  }
  if (level != 0) sortDue(sorted);
}

void TimerQueue::sortDue(std::size_t from) noexcept {
  // Stable, and few.
  for (std::size_t i = from + 1; i < due_.size(); ++i) {
    const Entry entry = due_[i];
    std::size_t hole = i;
    for (; hole > from && due_[hole - 1].deadline > entry.deadline; --hole) {
      due_[hole] = due_[hole - 1];
    }
    due_[hole] = entry;
  }
}

std::optional<TimerQueue::Index> TimerQueue::takeDue() noexcept {
  constexpr std::size_t kAhead = 8;
  constexpr std::size_t kKept = 4096;
  while (due_taken_ != due_.size()) {
    const Entry entry = due_[due_taken_++];
    if (due_taken_ + kAhead < due_.size()) __builtin_prefetch(&at(due_[due_taken_ + kAhead].index));
    if (!isLive(entry)) {
      --stale_;
      continue;
    }
    ++armings_[entry.index];
    --live_;
    return entry.index;
  }
  due_.clear();
  due_taken_ = 0;
  if (due_.capacity() > kKept) due_.shrink_to_fit();
  return std::nullopt;
}

std::optional<TimePoint> TimerQueue::next() {
  if (live_ == 0) return std::nullopt;
  if (due_taken_ != due_.size()) {
    return TimePoint(Duration(static_cast<std::int64_t>(due_[due_taken_].deadline)));
  }
  if (!earliest_known_ || !isLive(earliest_)) findEarliest();
  return TimePoint(Duration(static_cast<std::int64_t>(earliest_.deadline)));
}

// Looks through the first bucket that has a live entry.
void TimerQueue::findEarliest() {
  while (levels_ != 0) {
    const int level = std::countr_zero(levels_);
    const int slot = std::countr_zero(slots_[level]);
    Bucket& bucket = buckets_[level * kSlots + slot];
    if (live_ > kScannedAtOnce && !isSmall(bucket, kScannedAtOnce)) {
      // Too many to look at each time: a lower bound does, at which advance() will spread them.
      earliest_.deadline = std::max(earliest_.deadline, bucketStart(level, slot));
      earliest_.arming = 0;
      earliest_known_ = true;
      return;
    }
    Bucket whole = detach(level, slot);
    earliest_ = Entry{kNever, 0, 0};
    drain(whole, [this](const Entry& entry) {
      insert(entry);
      if (entry.deadline < earliest_.deadline) earliest_ = entry;
    });
    if (earliest_.deadline != kNever) {
      earliest_known_ = true;
      return;
    }
  }
}

// --- sweeping -----------------------------------------------------------------------------------

// Drops the stale entries of one chunk; what is left of two neighbours moves into one.
void TimerQueue::sweepChunk() noexcept {
  Bucket& bucket = buckets_[sweep_bucket_];
  Chunk* chunk = sweep_previous_ != nullptr ? sweep_previous_->next : bucket.first;
  if (chunk == nullptr) {
    sweepNextBucket();
    return;
  }
  const bool last = chunk == bucket.last;
  Entry* const end = last ? bucket.end : chunk->end;
  Entry* kept =
      std::remove_if(chunk->entries, end, [this](const Entry& entry) { return !isLive(entry); });
  stale_ -= static_cast<std::size_t>(end - kept);
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
