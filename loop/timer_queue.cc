#include "weft/loop/timer_queue.h"

#include <algorithm>
#include <bit>

namespace weft::loop {

// --- timers -------------------------------------------------------------------------------------

TimerQueue::~TimerQueue() { clear(); }

void TimerQueue::SlabDeleter::operator()(Slab* slabs) const noexcept {
  ::operator delete(slabs, std::align_val_t(alignof(Slab)));
}

// Half of what there is room for: from the list of free ones, else timers that never were.
void TimerQueue::refillSpare() {
  while (spare_count_ < kSpare / 2) {
    if (free_ == 0) {
      const Added made = makeTimer();
      spare_[spare_count_++] = made;
    } else {
      spare_[spare_count_++] = {&at(free_), free_};
      free_ = static_cast<Id>(at(free_).note);
    }
  }
}

void TimerQueue::spillSpare() noexcept {
  while (spare_count_ > kSpare / 2) {
    const Added& spare = spare_[--spare_count_];
    spare.timer->note = std::exchange(free_, static_cast<Id>(spare.id));
  }
}

void TimerQueue::giveBack(Added timer) noexcept {
  if (spare_count_ == kSpare) spillSpare();
  spare_[spare_count_++] = timer;
}

bool TimerQueue::removeUnusual(Timer& timer, Id id) noexcept {
  const bool was_armed = disarm(timer);
  timer.identity_ += 2;
  timer.callback.clear();
  giveBack({&timer, id});
  return was_armed;
}

// Slabs are allocated a few at a time, and touched as they are needed.
TimerQueue::Added TimerQueue::makeTimer() {
  if (ids_ % kSlab == 0) {
    if (slabs_ahead_ == 0) {
      const std::size_t count = 1 + slabs_.size() / 32;
      slabs_.reserve(slabs_.size() + count);
      slab_blocks_.reserve(slab_blocks_.size() + 1);
      next_slab_ =
          static_cast<Slab*>(::operator new(count * sizeof(Slab), std::align_val_t(alignof(Slab))));
      slab_blocks_.emplace_back(next_slab_);
      slabs_ahead_ = count;
    }
    --slabs_ahead_;
    slabs_.push_back(next_slab_++);
    ::new (static_cast<void*>(&at(ids_))) Timer;
    at(ids_).note = ids_;
    ++ids_;
  }
  auto* const timer = ::new (static_cast<void*>(&at(ids_))) Timer;
  timer->identity_ = first_generation_;
  return {timer, ids_++};
}

void TimerQueue::clear() noexcept {
  for (bool found = true; found;) {
    found = false;
    for (Id id = 0; id < ids_; ++id) {
      if (id % kSlab == 0 || !at(id).callback) continue;
      found = true;
      remove(at(id), id);
    }
  }
}

std::uint32_t TimerQueue::unusedGeneration() const noexcept {
  std::uint32_t most = 0;  // after the first
  for (Id id = 0; id < ids_; ++id) {
    if (id % kSlab != 0) most = std::max(most, at(id).identity_ - first_generation_);
  }
  return first_generation_ + most + 2;
}

void TimerQueue::attach(Node& node) {
  if (free_guests_.empty()) {
    // So that detach() need not allocate.
    if (free_guests_.capacity() <= guests_.size()) free_guests_.reserve(2 * guests_.size() + 8);
    free_guests_.push_back(static_cast<std::uint32_t>(guests_.size()));
    guests_.push_back(nullptr);
  }
  const std::uint32_t place = free_guests_.back();
  free_guests_.pop_back();
  node.identity_ = 2 * place + 1;
  guests_[place] = &node;
}

void TimerQueue::detach(Node& node) noexcept {
  disarm(node);
  readJournal();
  if (node.key_ != kNoEntry) ++superseded_;
  if (earliest_node_ == &node) earliest_node_ = nullptr;
  const std::uint32_t place = node.identity_ / 2;
  guests_[place] = nullptr;
  free_guests_.push_back(place);
}

TimerQueue::Node* TimerQueue::anyGuest() const noexcept {
  const auto found =
      std::find_if(guests_.begin(), guests_.end(), [](Node* n) { return n != nullptr; });
  return found != guests_.end() ? *found : nullptr;
}

// --- entries ------------------------------------------------------------------------------------

// Appends an entry for each node that needs one; the one before it, if any, means nothing any more.
void TimerQueue::readJournal() {
  // What is not armed has the highest deadline of all here.
  const auto needsEntry = [](const Node& node) {
    return static_cast<std::uint64_t>(node.deadline_) < static_cast<std::uint64_t>(node.key_);
  };
  // Without a branch, which would be guessed wrong as often as not.
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < journal_count_; ++i) {
    Node* const node = journal_[i];
    journal_[found] = node;
    found += needsEntry(*node) ? 1 : 0;
  }
  journal_count_ = 0;
  for (std::uint32_t i = 0; i < found; ++i) {
    Node& node = *journal_[i];
    if (!needsEntry(node)) continue;  // it was noted twice
    superseded_ += node.key_ != kNoEntry ? 1 : 0;
    ++entries_;
    moveEntry(node);
  }
  for (std::uint32_t i = 0; i < found && superseded_ > 2 * armed_ + kSupersededAllowed; ++i) {
    sweepChunk();
  }
}

void TimerQueue::insert(const Entry& entry) {
  const auto differing = static_cast<std::uint64_t>(entry.key ^ reference_);
  const int level = (63 - std::countl_zero(differing | 1)) / kBits;
  const int slot = static_cast<int>(entry.key >> (kBits * level)) & (kSlots - 1);
  levels_ |= std::uint32_t{1} << level;
  slots_[level] |= std::uint64_t{1} << slot;
  Bucket& bucket = buckets_[level * kSlots + slot];
  if (reinterpret_cast<std::uintptr_t>(bucket.end) % sizeof(Chunk) == 0) [[unlikely]] {
    return insertInNewChunk(bucket, entry);
  }
  *bucket.end++ = entry;
}

void TimerQueue::insertInNewChunk(Bucket& bucket, const Entry& entry) {
  if (spare_chunks_ == nullptr) {
    const std::size_t count = std::clamp<std::size_t>(chunk_slabs_.size() * 8, 8, 128);
    chunk_slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(count));
    for (std::size_t i = 0; i < count; ++i) release(&chunk_slabs_.back()[i]);
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

// Calls `fn` for each entry of a detached bucket, in order, and gives its memory back.
template <typename Fn>
void TimerQueue::drain(Bucket bucket, Fn&& fn) {
  while (Chunk* chunk = bucket.first) {
    Entry* const end = chunk == bucket.last ? bucket.end : chunk->end;
    for (Entry* entry = chunk->entries; entry != end; ++entry) fn(*entry);
    bucket.first = chunk->next;
    release(chunk);
  }
}

bool TimerQueue::hasFew(const Bucket& bucket) noexcept {
  std::size_t room = 0;
  for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
    room += Chunk::kEntries;
    if (room >= kFew + Chunk::kEntries) return false;
  }
  return true;
}

std::int64_t TimerQueue::leastKey(const Bucket& bucket) noexcept {
  std::int64_t least = kNever;
  for (const Chunk* chunk = bucket.first; chunk != nullptr; chunk = chunk->next) {
    const Entry* const end = chunk == bucket.last ? bucket.end : chunk->end;
    for (const Entry* entry = chunk->entries; entry != end; ++entry) {
      const std::int64_t key = entry->key;  // packed: no reference
      least = std::min(least, key);
    }
  }
  return least;
}

std::int64_t TimerQueue::bucketStart(int level, int slot) const noexcept {
  const int shift = kBits * level;
  const auto reference = static_cast<std::uint64_t>(reference_);
  const std::uint64_t above =
      shift + kBits < 64 ? reference >> (shift + kBits) << (shift + kBits) : 0;
  return static_cast<std::int64_t>(above | static_cast<std::uint64_t>(slot) << shift);
}

std::int64_t TimerQueue::bucketEnd(int level, std::int64_t start) noexcept {
  return start | ((std::int64_t{1} << (kBits * level)) - 1);
}

// --- time ---------------------------------------------------------------------------------------

bool TimerQueue::advance(TimePoint time) {
  now_ = std::max<std::int64_t>(now_, time.time_since_epoch().count());
  if (earliest_ <= now_) collectDue();
  return due_next_ != due_end_;
}

void TimerQueue::collectDue() {
  constexpr std::size_t kKept = 4096;
  // What was not taken is the beginning.
  due_.erase(due_.begin(), due_.begin() + (due_next_ - due_.data()));
  if (due_.empty() && due_.capacity() > kKept) due_.shrink_to_fit();
  readJournal();
  // Lower levels come first, and on a level lower slots: the reference is before all of them.
  while (levels_ != 0) {
    const int level = std::countr_zero(levels_);
    const int slot = std::countr_zero(slots_[level]);
    if (bucketStart(level, slot) > now_) break;
    reach(level, slot);
  }
  earliest_ = levels_ != 0 && now_ != kNever ? now_ + 1 : kNever;
  earliest_node_ = nullptr;
  due_next_ = due_.data();
  due_end_ = due_next_ + due_.size();
}

// Empties the earliest bucket, whose range begins by now_: into due_, or into later buckets.
void TimerQueue::reach(int level, int slot) {
  const std::int64_t start = bucketStart(level, slot);
  const std::int64_t end = bucketEnd(level, start);
  const bool few = level == 0 || hasFew(buckets_[level * kSlots + slot]);
  Bucket bucket = detach(level, slot);
  if (!few) {
    // As late as may be, so that the entries come as far down as they can at once.
    reference_ = std::min(now_, leastKey(bucket));
    drain(bucket, [this](const Entry& entry) { insert(entry); });
    return;
  }
  // What is due by the end of this bucket is so before anything else. Beyond that, order is not
  // known here: such timers get a new place. The reference may move as far as this bucket's range
  // goes.
  const std::int64_t limit = std::min(end, now_);
  if (limit == now_) reference_ = now_;
  const std::size_t sorted = due_.size();
  drain(bucket, [this, limit](const Entry& entry) {
    Node* const node = nodeOf(entry);
    if (node != nullptr && node->armed() && node->deadline_ > limit) {
      moveEntry(*node);
      return;
    }
    --entries_;
    if (node == nullptr) {
      --superseded_;
    } else {
      node->key_ = kNoEntry;
      if (node->armed()) due_.push_back({node->deadline_, entry.name, node->arming_});
    }
  });
  sortDue(sorted);
}

// The node's entry, which is in no bucket, goes where its deadline is.
void TimerQueue::moveEntry(Node& node) {
  node.key_ = node.deadline_;
  insert({node.key_, nameOf(node)});
}

void TimerQueue::sortDue(std::size_t from) noexcept {
  // Counts of armings are compared by their difference: they may wrap, but not twice within the
  // life of one deadline.
  const auto before = [](const Due& a, const Due& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline
                                    : static_cast<std::int32_t>(a.arming - b.arming) < 0;
  };
  const auto first = due_.begin() + static_cast<std::ptrdiff_t>(from);
  if (!std::is_sorted(first, due_.end(), before)) std::sort(first, due_.end(), before);
}

std::optional<TimePoint> TimerQueue::next() {
  if (armed_ == 0) return std::nullopt;
  if (due_next_ != due_end_) return TimePoint(Duration(due_next_->deadline));
  if (earliest_node_ == nullptr || earliest_node_->deadline_ != earliest_) findEarliest();
  return TimePoint(Duration(earliest_));
}

// Looks through the first bucket in which an armed timer belongs. Where there are many timers,
// that is too much to do each time: a lower bound does, at which advance() will look.
void TimerQueue::findEarliest() {
  readJournal();
  while (levels_ != 0) {
    const int level = std::countr_zero(levels_);
    const int slot = std::countr_zero(slots_[level]);
    const std::int64_t start = bucketStart(level, slot);
    if (armed_ > kFew && !hasFew(buckets_[level * kSlots + slot])) {
      earliest_ = std::max(earliest_, start);
      return;
    }
    std::int64_t earliest = kNever;
    Node* earliest_node = nullptr;
    const std::int64_t end = bucketEnd(level, start);
    drain(detach(level, slot), [&](const Entry& entry) {
      Node* const node = nodeOf(entry);
      if (node != nullptr && node->armed()) {
        moveEntry(*node);
        if (node->deadline_ > end || node->deadline_ >= earliest) return;
        earliest = node->deadline_;
        earliest_node = node;
        return;
      }
      --entries_;
      if (node == nullptr) {
        --superseded_;
      } else {
        node->key_ = kNoEntry;
      }
    });
    if (earliest_node != nullptr) {
      earliest_ = earliest;
      earliest_node_ = earliest_node;
      return;
    }
  }
}

}  // namespace weft::loop
