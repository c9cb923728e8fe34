// TimerQueue: very many timers, each set, moved and cancelled in constant time.
//
// It knows neither clock nor poller: it answers "when next?" and is told "it is now this late". It
// holds the callbacks but does not call them; whoever owns the queue takes what is due and runs it.
//
//   loop::TimerQueue queue;
//   loop::TimerQueue::Timer* timer = queue.add([] { std::puts("due"); }).timer;
//   queue.arm(*timer, deadline);
//   queue.advance(now);
//   while (queue.takeDue() == timer) timer->callback.run();
//
// Timers come due in the order of their deadlines, to the nanosecond; equal deadlines in the order
// in which they were armed. What is armed between advance() and the last takeDue() waits for the
// next advance(), however early its deadline.
//
// How. A timer is one cache line (internal/timer_nodes.h). What puts it in order is an entry
// {key, name} (internal/entry_buckets.h), whose key the timer knows, and which is never after its
// deadline. So to cancel a timer is to say so in its line; to move it to a later deadline, as
// timeouts nearly always are, is to write the deadline there, and its entry is moved when time
// reaches it; and a new timer in the line of a cancelled one inherits the entry. Only a move to
// before the key appends another entry; the one before then means nothing, and such are swept away,
// a chunk at a time, while there are twice as many as armed timers.
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
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/loop/internal/entry_buckets.h"
#include "weft/loop/internal/timer_nodes.h"
#include "weft/loop/task.h"

namespace weft::loop {

class TimerQueue {
 public:
  using Callback = BasicTask<32>;
  // What is armed: a timer of the queue's own, or a part of somebody's object.
  using Node = internal::TimerNode;
  using Timer = internal::TimerLine;
  // Names a timer in half the space of its address.
  using Id = internal::TimerNodes::Id;
  using Added = internal::TimerNodes::Added;

  TimerQueue() = default;
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // A new timer, not armed, with a callback made from `args`. What that throws leaves nothing
  // behind.
  template <typename... Args>
  Added add(Args&&... args) {
    const Added added = nodes_.take();
    try {
      ::new (static_cast<void*>(&added.timer->callback)) Callback(std::forward<Args>(args)...);
    } catch (...) {
      ::new (static_cast<void*>(&added.timer->callback)) Callback();
      nodes_.giveBack(added);
      throw;
    }
    return added;
  }
  // For any number below ids().
  Timer& at(Id id) const noexcept { return nodes_.at(id); }
  Id ids() const noexcept { return nodes_.ids(); }

  // Disarms the timer and destroys its callback; its Id is known to be stale before that. True if
  // it was armed.
  bool remove(Timer& timer, Id id) noexcept {
    if (!timer.armed() || !timer.callback.trivial() || !nodes_.isRoomAtHand()) [[unlikely]]
      return removeUnusual(timer, id);
    disarm(timer);
    nodes_.expire(timer);
    timer.callback.clear();
    nodes_.giveBackAtHand({&timer, id});
    return true;
  }
  bool remove(Timer& timer) noexcept { return remove(timer, nodes_.idOf(timer)); }

  // The generations of timers begin here, an even number: for a queue whose Ids may be compared
  // with those of one before it. Only while no timer was added.
  void beginGenerationsAt(std::uint32_t first) noexcept { nodes_.beginGenerationsAt(first); }
  // One that no timer has reached.
  std::uint32_t unusedGeneration() const noexcept { return nodes_.unusedGeneration(); }

  // A node in somebody's object may be armed between attach() and detach(), and not move meanwhile.
  void attach(Node& node) { nodes_.attach(node); }
  void detach(Node& node) noexcept;
  // Any node that is attached, or null.
  Node* anyGuest() const noexcept { return nodes_.anyGuest(); }

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
    if (!canArmNewAtOnce()) [[unlikely]]
      readJournal();
    armNewAtOnce(timer, deadline);
  }
  // In two steps, of which the second calls nothing.
  bool canArmNewAtOnce() const noexcept { return journal_count_ != kJournal; }
  void armNewAtOnce(Timer& timer, std::int64_t deadline) noexcept {
    ++armed_;
    setDeadline(timer, deadline);
    journal_[journal_count_++] = &timer;
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
  std::size_t entries() const noexcept { return entries_.size(); }

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
      Node* const node = nodes_.find(due.name);
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

 private:
  using Entry = internal::EntryBuckets::Entry;
  using Range = internal::EntryBuckets::Range;
  // What is due, as it was then.
  struct Due {
    std::int64_t deadline;
    internal::TimerNodes::Name name;
    std::uint32_t arming;
  };

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kLast = kNever - 1;
  static constexpr std::size_t kSupersededAllowed = 1024;
  static constexpr std::uint32_t kJournal = 64;

  void setDeadline(Node& node, std::int64_t deadline) noexcept {
    node.deadline_ = deadline;
    node.arming_ = ++armings_;
    if (deadline < earliest_) {
      earliest_ = deadline;
      earliest_node_ = &node;
    }
  }
  void note(Node& node) {
    if (journal_count_ == kJournal) [[unlikely]]
      readJournal();
    journal_[journal_count_++] = &node;
  }
  // The node whose entry this is, or null if it was superseded.
  Node* nodeOf(const Entry& entry) const noexcept {
    Node* const node = nodes_.find(entry.name);
    return node != nullptr && node->key_ == entry.key ? node : nullptr;
  }

  bool removeUnusual(Timer& timer, Id id) noexcept;
  void readJournal();
  void insertEntry(Node& node);
  Node* takeEntry(const Entry& entry) noexcept;
  void sweepChunk() noexcept;
  void collectDue();
  void reach(const Range& first);
  void sortDue(std::size_t from) noexcept;
  void findEarliest();

  internal::TimerNodes nodes_;
  std::uint32_t armings_ = 0;
  std::size_t armed_ = 0;
  std::int64_t now_ = 0;  // of the last advance()
  // No armed node that is not due has an earlier deadline; if earliest_node_ still has this one, it
  // is the earliest.
  std::int64_t earliest_ = kNever;
  Node* earliest_node_ = nullptr;
  std::uint32_t journal_count_ = 0;
  std::array<Node*, kJournal> journal_;  // who may need an earlier entry than it has

  internal::EntryBuckets entries_;
  std::size_t superseded_ = 0;  // of the entries

  std::vector<Due> due_;
  const Due* due_next_ = nullptr;  // the next to be taken, up to due_end_
  const Due* due_end_ = nullptr;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_TIMER_QUEUE_H_
