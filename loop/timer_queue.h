// TimerQueue: very many timers, each set, moved and cancelled in constant time.
//
// It knows neither clock nor poller: it answers "when next?" and is told "it is now this late". It
// holds the callbacks but does not call them; whoever owns the queue takes what is due and runs it.
//
//   loop::TimerQueue queue;
//   loop::TimerQueue::Id id = queue.add([] { std::puts("due"); });
//   queue.arm(id.index, deadline);
//   queue.advance(now);
//   while (auto due = queue.takeDue()) queue.at(*due).callback.run();
//
// Timers come due in the order of their deadlines, to the nanosecond; equal deadlines in the order
// in which they were armed. What is armed between advance() and the last takeDue() waits for the
// next advance(), however early its deadline.
//
// How. An armed timer is an entry of 16 bytes, {deadline, index, arming}, in one of 11 x 64
// buckets: a timer whose deadline differs from the reference time first in its k-th group of six
// bits lies on level k, in the bucket of those six bits (a radix heap, or a wheel whose hands need
// not be turned one tick at a time). When time reaches a bucket, its entries are sorted if they are
// few, else spread over the levels below. Cancelling or moving a timer does not look for its entry:
// it changes the timer's count of armings, by which the entry is known to be stale when it is met.
// While stale entries outnumber the live ones, each arming also sweeps one chunk of 31. So arming
// appends 16 bytes to one of a few dozen warm lines, and cancelling touches nothing but the timer
// itself, which is what makes both fast when a million timers no longer fit the caches. (A list
// through the timers, as wheels usually have, touches both neighbours as well.)
//
// Memory: 64 bytes a timer, 20 while it is armed (up to twice that while stale entries wait).
// Callables of up to 32 bytes (24 with a frame) are held in place.
//
// Threads: none of this is shared; a queue belongs to one thread.

#ifndef WEFT_LOOP_TIMER_QUEUE_H_
#define WEFT_LOOP_TIMER_QUEUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/loop/task.h"

namespace weft::loop {

class TimerQueue {
 public:
  using Index = std::uint32_t;
  using Callback = BasicTask<48>;

  // One timer. `period`, `flags` are the owner's and mean nothing to the queue.
  struct Timer {
    Callback callback;
    Duration period;
    std::uint32_t flags;
    std::uint32_t generation;  // changes when the timer is removed
  };
  static_assert(sizeof(Timer) == 64);

  // Names a timer for as long as it exists, and nothing afterwards.
  struct Id {
    Index index = 0;
    std::uint32_t generation = 0;
  };

  TimerQueue();
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // A new timer, not armed, with a callback made from `args`. What that throws leaves nothing
  // behind.
  template <typename... Args>
  Id add(Args&&... args) {
    if (free_ == kNone) [[unlikely]]
      grow();
    const Index index = free_;
    Timer& timer = at(index);
    const std::uint32_t next_free = timer.flags;
    ::new (static_cast<void*>(&timer.callback)) Callback(std::forward<Args>(args)...);
    free_ = next_free;
    return {index, timer.generation};
  }

  // Disarms the timer and destroys its callback; the id is stale before that happens.
  void remove(Index index) noexcept;

  bool contains(Id id) const noexcept {
    return id.index < armings_.size() && at(id.index).generation == id.generation;
  }
  Timer& at(Index index) noexcept { return slabs_[index / kSlab][index % kSlab]; }
  const Timer& at(Index index) const noexcept { return slabs_[index / kSlab][index % kSlab]; }

  // Sets or moves the deadline. One before the time of the last advance() counts as that time.
  void arm(Index index, TimePoint deadline);
  // False if it was not armed.
  bool disarm(Index index) noexcept;
  bool armed(Index index) const noexcept { return (armings_[index] & 1) != 0; }
  // How many are armed.
  std::size_t size() const noexcept { return live_; }
  // How many entries there are for them, stale ones included.
  std::size_t entries() const noexcept { return live_ + stale_; }

  // When advance() has something to do next: the earliest deadline, or, when that timer was moved
  // or cancelled and there are more than 256, perhaps a time before it. Nothing if no timer is
  // armed; due timers that were not taken yet count.
  std::optional<TimePoint> next();

  // Makes everything due whose deadline is not after `now`. False if nothing is due.
  bool advance(TimePoint now);
  // The next one that is due, no longer armed, in order; nothing when all were taken.
  std::optional<Index> takeDue() noexcept;

  // Removes all timers, also those that are added by that.
  void clear() noexcept;

 private:
  using Key = std::uint64_t;  // nanoseconds since the clock's epoch
  static constexpr Index kNone = std::numeric_limits<Index>::max();
  static constexpr Index kSlab = 1024;
  static constexpr int kBits = 6;
  static constexpr int kLevels = 11;
  static constexpr int kSlots = 1 << kBits;
  static constexpr std::size_t kSortedAtOnce = 64;    // larger buckets are spread first
  static constexpr std::size_t kScannedAtOnce = 256;  // by next()
  static constexpr std::size_t kStaleAllowed = 1024;

  struct Entry {
    Key deadline;
    Index index;
    std::uint32_t arming;
  };
  // 31 entries in 512 bytes, aligned so that the end of a chunk shows in the address.
  struct alignas(512) Chunk {
    static constexpr std::size_t kEntries = 31;
    Chunk* next;
    Entry* end;  // of the entries in here, unless it is the last of its bucket
    Entry entries[kEntries];
  };
  static_assert(sizeof(Chunk) == 512);
  struct Bucket {
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    Entry* end = nullptr;  // where the next entry goes; a multiple of 512: no room
  };

  bool isLive(const Entry& entry) const noexcept { return armings_[entry.index] == entry.arming; }
  static int levelOf(Key differing) noexcept;
  Key bucketStart(int level, int slot) const noexcept;

  void grow();
  void insert(const Entry& entry);
  void append(Bucket& bucket, const Entry& entry);
  void addChunk(Bucket& bucket);
  void release(Chunk* chunk) noexcept;
  Bucket detach(int level, int slot) noexcept;
  template <typename Fn>
  void drain(Bucket& bucket, Fn&& fn);
  static bool isSmall(const Bucket& bucket, std::size_t limit) noexcept;

  void expire(int level, int slot, Key now);
  void sortDue(std::size_t from) noexcept;
  void findEarliest();
  void sweepChunk() noexcept;
  void sweepNextBucket() noexcept;

  std::vector<std::uint32_t> armings_;  // by index; odd: armed
  std::vector<std::unique_ptr<Timer[]>> slabs_;
  Index free_ = kNone;  // linked by `flags`
  std::size_t live_ = 0;
  std::size_t stale_ = 0;  // entries, in buckets and due, that mean nothing any more

  Key now_ = 0;        // of the last advance()
  Key reference_ = 0;  // not after any live deadline in a bucket, nor after now_
  // A deadline that no live one in a bucket is before; while its entry is live, the earliest.
  Entry earliest_;
  bool earliest_known_ = true;  // if not, it must be looked for

  std::uint32_t levels_ = 0;  // bit k: a bucket of level k has entries
  std::array<std::uint64_t, kLevels> slots_{};
  std::array<Bucket, kLevels * kSlots> buckets_;

  std::vector<Entry> due_;
  std::size_t due_taken_ = 0;

  Chunk* spare_chunks_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> chunk_slabs_;

  // Where sweeping goes on: behind this chunk (or at the first) of this bucket.
  int sweep_bucket_ = 0;
  Chunk* sweep_previous_ = nullptr;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_TIMER_QUEUE_H_
