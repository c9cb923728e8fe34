// EntryBuckets: entries {key, name}, in the order of their keys as far as it matters now.
//
// A radix heap: an entry whose key differs from the reference first in its k-th group of six bits
// lies on level k, in the bucket of those six bits. So the first bucket of the lowest level in use
// holds the least keys of all; and a bucket that is reached is either looked through, when there
// are few entries in it, or spread over the levels below. It is a wheel whose hands need not be
// turned one tick at a time: to insert takes a count of zeros and an append, whatever the distance,
// and an entry moves down 10 times at most in its life.
//
//   EntryBuckets entries;
//   entries.insert({.key = 17, .name = 1});
//   const EntryBuckets::Range first = entries.first();  // 17 is in first.start to first.end
//   entries.drain(first, [](const EntryBuckets::Entry& entry) { use(entry.name); });
//
// The buckets are chains of chunks of 512 bytes, so that what is appended to are a few dozen warm
// lines, however many entries there are. An entry is found by draining alone: whoever no longer
// means one leaves it there until then, or has it swept away, chunk by chunk. What a name means is
// not known here.
//
// Memory: 12 bytes an entry and a part of a chunk a bucket; it is used again, and given back with
// the object. Threads: not shared.

#ifndef WEFT_LOOP_INTERNAL_ENTRY_BUCKETS_H_
#define WEFT_LOOP_INTERNAL_ENTRY_BUCKETS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace weft::loop::internal {

class EntryBuckets {
 public:
  using Name = std::uint32_t;
  struct [[gnu::packed, gnu::aligned(4)]] Entry {
    std::int64_t key;
    Name name;
  };
  // A bucket, and the least and the greatest key that belong there.
  struct Range {
    int level;
    int slot;
    std::int64_t start;
    std::int64_t end;
  };
  // So many are looked through at once. hasFew() allows for chunks that are not full.
  static constexpr std::size_t kFew = 64;

  EntryBuckets() = default;
  EntryBuckets(const EntryBuckets&) = delete;
  EntryBuckets& operator=(const EntryBuckets&) = delete;

  bool empty() const noexcept { return levels_ == 0; }
  std::size_t size() const noexcept { return size_; }

  // The key is not before the reference.
  void insert(const Entry& entry) {
    const auto differing = static_cast<std::uint64_t>(entry.key ^ reference_);
    const int level = (63 - std::countl_zero(differing | 1)) / kBits;
    const int slot = static_cast<int>(entry.key >> (kBits * level)) & (kSlots - 1);
    levels_ |= std::uint32_t{1} << level;
    slots_[level] |= std::uint64_t{1} << slot;
    ++size_;
    Bucket& bucket = buckets_[level * kSlots + slot];
    if (reinterpret_cast<std::uintptr_t>(bucket.end) % sizeof(Chunk) == 0) [[unlikely]] {
      return insertInNewChunk(bucket, entry);
    }
    *bucket.end++ = entry;
  }

  // Of what is not empty: the bucket that has entries and the least keys.
  Range first() const noexcept;
  bool hasFew(const Range& range) const noexcept;

  // Moves the reference, which is 0 at first, to a later key: one that no entry is before, but for
  // those of the first bucket, if that is drained next.
  void setReference(std::int64_t key) noexcept { reference_ = key; }
  // Empties a bucket, and calls `fn` for each of its entries, in the order in which they were
  // inserted there. `fn` may insert, also into the same bucket.
  template <typename Fn>
  void drain(const Range& range, Fn&& fn) {
    Bucket bucket = detach(range.level, range.slot);
    while (Chunk* const chunk = bucket.first) {
      Entry* const end = bucket.endOf(chunk);
      size_ -= static_cast<std::size_t>(end - chunk->entries);
      for (Entry* entry = chunk->entries; entry != end; ++entry) fn(*entry);
      bucket.first = chunk->next;
      release(chunk);
    }
  }
  // Puts the entries of the first bucket, which is not on level 0, as far down as they can be when
  // the reference may go up to `limit`, which is not before the bucket's start.
  void spread(const Range& range, std::int64_t limit);

  // Sweeping goes round and round, a chunk at a time. These are the entries of the next chunk, or
  // none, where a bucket ends; the caller moves those that it keeps to the front, and says how
  // many they are, before anything else is done here.
  std::span<Entry> nextToSweep() noexcept;
  void swept(std::size_t kept) noexcept;

 private:
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 11;

  // 41 entries at the end of 512 bytes, so that the end of a chunk shows in the address.
  struct alignas(512) Chunk {
    static constexpr std::size_t kEntries = 41;
    Chunk* next;
    Entry* end;  // of the entries in here, unless it is the last of its bucket
    std::uint32_t unused;
    Entry entries[kEntries];
  };
  static_assert(sizeof(Chunk) == 512);
  struct Bucket {
    Entry* endOf(const Chunk* chunk) const noexcept { return chunk == last ? end : chunk->end; }

    Chunk* first = nullptr;
    Chunk* last = nullptr;
    Entry* end = nullptr;  // where the next entry goes; a multiple of 512: no room
  };

  [[gnu::noinline]] void insertInNewChunk(Bucket& bucket, const Entry& entry);
  void release(Chunk* chunk) noexcept {
    chunk->next = spare_chunks_;
    spare_chunks_ = chunk;
  }
  Bucket detach(int level, int slot) noexcept;
  std::int64_t leastKey(const Range& range) const noexcept;
  Chunk* chunkToSweep() const noexcept;
  void sweepNextBucket() noexcept;

  std::uint32_t levels_ = 0;  // bit k: a bucket of level k has entries
  std::int64_t reference_ = 0;
  std::array<std::uint64_t, kLevels> slots_{};
  std::array<Bucket, kLevels * kSlots> buckets_;
  std::size_t size_ = 0;

  // Where sweeping goes on: behind this chunk (or at the first) of this bucket.
  int sweep_bucket_ = 0;
  Chunk* sweep_previous_ = nullptr;

  Chunk* spare_chunks_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> slabs_;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_ENTRY_BUCKETS_H_
