// TimerQueue: very many timers, each set, moved and cancelled in constant time.
//
// It knows neither clock nor poller: it answers "when next?" and is told "it is now this late". It
// holds the callbacks but does not call them; whoever owns the queue takes what is due and runs it.
//
//   loop::TimerQueue queue;
//   loop::TimerQueue::Timer* timer = queue.add([] { std::puts("due"); });
//   queue.arm(*timer, deadline);
//   queue.advance(now);
//   while (loop::TimerQueue::Timer* due = queue.takeDue()) due->callback.run();
//
// Timers come due in the order of their deadlines, to the nanosecond; equal deadlines in the order
// in which they were armed. What is armed between advance() and the last takeDue() waits for the
// next advance(), however early its deadline.
//
// How. An entry {key, timer} lies in one of 11 x 64 buckets: one whose key differs from the
// reference time first in its k-th group of six bits lies on level k, in the bucket of those six
// bits (a radix heap, or a wheel whose hands need not be turned one tick at a time). When time
// reaches a bucket, its entries are sorted if they are few, else spread over the levels below.
//
// A timer is one cache line, and knows the key of its entry, which is never after its deadline. So
// to cancel a timer is to say so in that line; to move it to a later deadline, as timeouts nearly
// always are, is to write the deadline there, and its entry is moved when time reaches it; and a
// new timer in the line of a cancelled one inherits the entry. Only a move to before the key
// appends another entry, to one of a few dozen warm lines; the one before then means nothing,
// and such are swept away, a chunk at a time, while there are twice as many as armed timers.
//
// That is what makes a million timers fast, when they no longer fit the caches: a list through the
// timers, as wheels usually have, touches both neighbours of each. And nothing waits for that one
// line either: a new timer is noted in a journal, and 64 of them at a time, whose lines have come
// by then, are looked at for who needs an entry, which no processor could guess. So one that runs
// ahead has the lines of several operations under way at once.
//
// Memory: 64 bytes a timer and 12 for its entry (up to 36 where timers move to earlier deadlines).
// Callables of up to 24 bytes (16 with a frame) are held in place. The memory of removed timers is
// used again, and given back with the queue.
//
// Threads: none of this is shared; a queue belongs to one thread.

#ifndef WEFT_LOOP_TIMER_QUEUE_H_
#define WEFT_LOOP_TIMER_QUEUE_H_

#include <algorithm>
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
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kNoEntry = kNever;
  static constexpr std::int64_t kLast = kNever - 1;

 public:
  using Callback = BasicTask<32>;

  // What is armed: a timer of the queue's own, or a part of somebody's object.
  class Node {
   public:
    bool armed() const noexcept { return deadline_ >= 0; }

    // For the owner of the queue, to whom alone it means something.
    std::int64_t note = 0;

   private:
    friend class TimerQueue;
    std::int64_t deadline_ = -1;   // negative: not armed
    std::int64_t key_ = kNoEntry;  // of its entry
    std::uint32_t arming_ = 0;     // rises with each arming in the queue
    std::uint32_t identity_ = 0;   // even: a Timer's generation; odd: 2 * place in guests_ + 1
  };

  // Lives at its address as long as the queue; as somebody's timer from add() to remove().
  struct alignas(64) Timer : Node {
    // Changes when the timer is removed, by which a stale Id of it is known.
    std::uint32_t generation() const noexcept { return identity_; }

    Callback callback;
  };
  static_assert(sizeof(Timer) == 64);

  // Names a timer in half the space of its address.
  using Id = std::uint32_t;

  TimerQueue() = default;
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // A new timer, not armed, with a callback made from `args`. What that throws leaves nothing
  // behind.
  struct Added {
    Timer* timer;
    std::uint64_t id;  // without padding behind it, which compilers take pains to keep
  };
  template <typename... Args>
  Added add(Args&&... args) {
    if (spare_count_ == 0) [[unlikely]]
      refillSpare();
    const Added added = spare_[--spare_count_];
    try {
      ::new (static_cast<void*>(&added.timer->callback)) Callback(std::forward<Args>(args)...);
    } catch (...) {
      giveBack(added);
      throw;
    }
    return added;
  }
  // For any number below ids().
  Timer& at(Id id) const noexcept { return slabs_[id / kSlab]->lines[id % kSlab]; }
  Id ids() const noexcept { return ids_; }
  Id idOf(const Timer& timer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&timer);
    const auto* const slab = reinterpret_cast<const Slab*>(address & ~(sizeof(Slab) - 1));
    return slab->first() + static_cast<Id>(&timer - slab->lines);
  }

  // Disarms the timer and destroys its callback; its Id is known to be stale before that. True if
  // it was armed.
  bool remove(Timer& timer, Id id) noexcept {
    if (spare_count_ == kSpare || !timer.callback.trivial()) [[unlikely]]
      return removeUnusual(timer, id);
    const bool was_armed = disarm(timer);
    timer.identity_ += 2;
    timer.callback.clear();
    spare_[spare_count_++] = {&timer, id};
    return was_armed;
  }
  bool remove(Timer& timer) noexcept { return remove(timer, idOf(timer)); }

  // The generations of timers begin here, an even number: for a queue whose Ids may be compared
  // with those of one before it. Only while no timer was added.
  void beginGenerationsAt(std::uint32_t first) noexcept { first_generation_ = first; }
  // One that no timer has reached.
  std::uint32_t unusedGeneration() const noexcept;

  // A node in somebody's object may be armed between attach() and detach(), and not move meanwhile.
  void attach(Node& node);
  void detach(Node& node) noexcept;

  // Sets or moves the deadline. One before the time of the last advance() counts as that time.
  void arm(Node& node, TimePoint deadline) {
    armFuture(node, std::clamp(deadline.time_since_epoch().count(), now_, kLast));
  }
  // The same for a deadline, in nanoseconds, that is not before that time, nor the end of time.
  void armFuture(Node& node, std::int64_t deadline) {
    if (!node.armed()) ++armed_;
    setDeadline(node, deadline);
    if (deadline < node.key_) [[unlikely]]
      note(node);
  }
  // The same for an armed node, if its entry may stay as it is, as nearly always when timeouts
  // start anew; else false, and nothing was done.
  bool postpone(Node& node, std::int64_t deadline) noexcept {
    if (!node.armed() || deadline < node.key_ || deadline < earliest_) return false;
    node.deadline_ = deadline;
    node.arming_ = ++armings_;
    return true;
  }
  // The same for one that was added just now: it may have an entry of the timer before it or not.
  void armNew(Timer& timer, std::int64_t deadline) {
    ++armed_;
    setDeadline(timer, deadline);
    note(timer);
  }

  // False if it was not armed.
  bool disarm(Node& node) noexcept {
    if (!node.armed()) return false;
    node.deadline_ = -1;
    --armed_;
    return true;
  }

  // How many are armed, and how many entries there are for them and for others.
  std::size_t size() const noexcept { return armed_; }
  std::size_t entries() const noexcept { return entries_; }

  // When advance() has something to do next: the earliest deadline, or, when that timer was moved
  // or cancelled and there are more than 64, perhaps a time before it. Nothing if no timer is
  // armed; due timers that were not taken yet count.
  std::optional<TimePoint> next();

  // Makes everything due whose deadline is not after `now`. False if nothing is due.
  bool advance(TimePoint now);
  // The next one that is due, no longer armed, in order; null when all were taken.
  Node* takeDue() noexcept {
    while (due_next_ != due_end_) {
      const Due& due = *due_next_++;
      Node* const node = nodeOf(due.name);
      if (node == nullptr || node->deadline_ != due.deadline || node->arming_ != due.arming)
        continue;
      node->deadline_ = -1;
      --armed_;
      return node;
    }
    return nullptr;
  }

  // Removes all timers, also those that are added by that.
  void clear() noexcept;
  // Any node that is attached, or null.
  Node* anyGuest() const noexcept;

 private:
  static constexpr std::size_t kSlab = 1024;
  static constexpr std::uint32_t kSpare = 64;
  static constexpr int kBits = 6;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 11;
  static constexpr std::size_t kFew = 64;  // sorted at once, looked through at once
  static constexpr std::size_t kSupersededAllowed = 1024;
  static constexpr std::uint32_t kJournal = 64;

  // 1,024 timers, at a multiple of their size, so that a timer's address leads here. The first one
  // is never used as such: its note tells the Id of its line.
  struct alignas(kSlab * sizeof(Timer)) Slab {
    Id first() const noexcept { return static_cast<Id>(lines[0].note); }
    Timer lines[kSlab];
  };
  struct SlabDeleter {
    void operator()(Slab* slabs) const noexcept;
  };

  // A node as entries name it: twice a timer's Id, or a guest's identity, which is odd.
  using Name = std::uint32_t;
  Name nameOf(const Node& node) const noexcept {
    return (node.identity_ & 1) == 0 ? 2 * idOf(static_cast<const Timer&>(node)) : node.identity_;
  }
  Node* nodeOf(Name name) const noexcept {
    return (name & 1) == 0 ? &at(name / 2) : guests_[name / 2];
  }

  struct [[gnu::packed, gnu::aligned(4)]] Entry {
    std::int64_t key;
    Name name;
  };
  // The node whose entry this is, or null if it was superseded.
  Node* nodeOf(const Entry& entry) const noexcept {
    Node* const node = nodeOf(entry.name);
    return node != nullptr && node->key_ == entry.key ? node : nullptr;
  }
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
    Chunk* first = nullptr;
    Chunk* last = nullptr;
    Entry* end = nullptr;  // where the next entry goes; a multiple of 512: no room
  };
  // What is due, as it was then.
  struct Due {
    std::int64_t deadline;
    Name name;
    std::uint32_t arming;
  };

  void setDeadline(Node& node, std::int64_t deadline) noexcept {
    node.deadline_ = deadline;
    node.arming_ = ++armings_;
    if (deadline < earliest_) {
      earliest_ = deadline;
      earliest_node_ = &node;
    }
  }
  void note(Node& node) {
    journal_[journal_count_++] = &node;
    if (journal_count_ == kJournal) [[unlikely]]
      readJournal();
  }

  void giveBack(Added timer) noexcept;
  bool removeUnusual(Timer& timer, Id id) noexcept;
  void refillSpare();
  void spillSpare() noexcept;
  Added makeTimer();

  void readJournal();
  void insert(const Entry& entry);
  [[gnu::noinline]] void insertInNewChunk(Bucket& bucket, const Entry& entry);
  void release(Chunk* chunk) noexcept;
  Bucket detach(int level, int slot) noexcept;
  template <typename Fn>
  void drain(Bucket bucket, Fn&& fn);
  static bool hasFew(const Bucket& bucket) noexcept;
  static std::int64_t leastKey(const Bucket& bucket) noexcept;
  std::int64_t bucketStart(int level, int slot) const noexcept;
  static std::int64_t bucketEnd(int level, std::int64_t start) noexcept;

  void collectDue();
  void reach(int level, int slot);
  void moveEntry(Node& node);
  void sortDue(std::size_t from) noexcept;
  void findEarliest();
  void sweepChunk() noexcept;
  void sweepNextBucket() noexcept;

  // What adding, arming and disarming touch.
  std::vector<Slab*> slabs_;
  Id ids_ = 0;  // those below are timers, and the first lines of slabs
  std::uint32_t armings_ = 0;
  std::size_t armed_ = 0;
  std::int64_t now_ = 0;  // of the last advance()
  // No armed node that is not due has an earlier deadline; if earliest_node_ still has this one, it
  // is the earliest.
  std::int64_t earliest_ = kNever;
  Node* earliest_node_ = nullptr;
  std::uint32_t journal_count_ = 0;
  std::uint32_t spare_count_ = 0;
  std::array<Node*, kJournal> journal_;  // who may need an earlier entry than it has
  std::array<Added, kSpare> spare_;      // free timers at hand
  Id free_ = 0;                          // the others, linked through their notes; 0 ends the list

  std::uint32_t levels_ = 0;    // bit k: a bucket of level k has entries
  std::int64_t reference_ = 0;  // not after any entry's key, nor after now_
  std::array<std::uint64_t, kLevels> slots_{};
  std::array<Bucket, kLevels * kSlots> buckets_;
  std::size_t entries_ = 0;
  std::size_t superseded_ = 0;  // of entries_

  std::vector<Due> due_;
  const Due* due_next_ = nullptr;  // the next to be taken, up to due_end_
  const Due* due_end_ = nullptr;

  // Where sweeping goes on: behind this chunk (or at the first) of this bucket.
  int sweep_bucket_ = 0;
  Chunk* sweep_previous_ = nullptr;

  Chunk* spare_chunks_ = nullptr;
  std::vector<std::unique_ptr<Chunk[]>> chunk_slabs_;
  std::vector<std::unique_ptr<Slab, SlabDeleter>> slab_blocks_;
  Slab* next_slab_ = nullptr;  // in the last block, in which so many are not in use yet
  std::size_t slabs_ahead_ = 0;
  std::uint32_t first_generation_ = 0;
  std::vector<Node*> guests_;
  std::vector<std::uint32_t> free_guests_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_TIMER_QUEUE_H_
