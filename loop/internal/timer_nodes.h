// TimerNodes: what a TimerQueue can arm, each with a name of 32 bits by which its entries find it.
//
// Nodes are of two kinds. The queue's own timers are lines of 64 bytes in slabs of 1,024, a slab at
// a multiple of its size, so that a timer's number, its Id, follows from its address and the other
// way round. They never move, and are used again: a few dozen free ones are at hand in an array, in
// which nothing has to be read from the lines themselves, the others are a list. Guests are parts
// of somebody's objects; they are looked up.
//
// Whether a number still means the same timer is seen by the line's generation, which changes when
// the timer is removed. What a node's deadline and key are is the queue's affair.
//
// Memory: 64 bytes a timer, given back with the object. Threads: not shared.

#ifndef WEFT_LOOP_INTERNAL_TIMER_NODES_H_
#define WEFT_LOOP_INTERNAL_TIMER_NODES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "weft/loop/task.h"

namespace weft::loop {

class TimerQueue;

namespace internal {

// What is armed: a timer of the queue's own, or a part of somebody's object.
class TimerNode {
 public:
  bool armed() const noexcept { return deadline_ >= 0; }

  // For the owner of the queue, to whom alone it means something.
  std::int64_t note = 0;

 private:
  friend class loop::TimerQueue;
  friend class TimerNodes;
  friend struct TimerLine;
  static constexpr std::int64_t kNoEntry = std::numeric_limits<std::int64_t>::max();

  std::int64_t deadline_ = -1;   // negative: not armed
  std::int64_t key_ = kNoEntry;  // of its entry
  std::uint32_t arming_ = 0;     // rises with each arming in the queue
  std::uint32_t identity_ = 0;   // even: a timer's generation; odd: 2 * place in guests_ + 1
};

// Lives at its address as long as the queue; as somebody's timer from add() to remove().
struct alignas(64) TimerLine : TimerNode {
  // Changes when the timer is removed, by which a stale Id of it is known.
  std::uint32_t generation() const noexcept { return identity_; }

  BasicTask<32> callback;
};
static_assert(sizeof(TimerLine) == 64);

class TimerNodes {
 public:
  // Names a timer in half the space of its address.
  using Id = std::uint32_t;
  // Names a node: twice a timer's Id, or a guest's identity, which is odd.
  using Name = std::uint32_t;
  struct Added {
    TimerLine* timer;
    std::uint64_t id;  // without padding behind it, which compilers take pains to keep
  };

  TimerNodes() = default;
  TimerNodes(const TimerNodes&) = delete;
  TimerNodes& operator=(const TimerNodes&) = delete;

  // --- timers

  // One that nobody uses; its callback is empty.
  Added take() {
    if (spare_count_ == 0) [[unlikely]]
      refillSpare();
    return spare_[--spare_count_];
  }
  // Its Id is stale from now on.
  static void expire(TimerLine& timer) noexcept { timer.identity_ += 2; }
  // Not armed, and its callback cleared. The first one only if isRoomAtHand().
  void giveBackAtHand(Added timer) noexcept { spare_[spare_count_++] = timer; }
  void giveBack(Added timer) noexcept {
    if (!isRoomAtHand()) spillSpare();
    giveBackAtHand(timer);
  }
  bool isRoomAtHand() const noexcept { return spare_count_ != kSpare; }

  // For any number below ids().
  TimerLine& at(Id id) const noexcept { return slabs_[id / kSlab]->lines[id % kSlab]; }
  Id ids() const noexcept { return ids_; }
  // False for those below ids() that are no timer's.
  static bool isTimer(Id id) noexcept { return id % kSlab != 0; }
  Id idOf(const TimerLine& timer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&timer);
    const auto* const slab = reinterpret_cast<const Slab*>(address & ~(sizeof(Slab) - 1));
    return slab->first() + static_cast<Id>(&timer - slab->lines);
  }

  // See TimerQueue.
  void beginGenerationsAt(std::uint32_t first) noexcept { first_generation_ = first; }
  std::uint32_t unusedGeneration() const noexcept;

  // --- guests

  // Between these two the node has a name, and must not move.
  void attach(TimerNode& node);
  void detach(TimerNode& node) noexcept;
  // Any that is attached, or null.
  TimerNode* anyGuest() const noexcept;

  // --- both

  Name nameOf(const TimerNode& node) const noexcept {
    return (node.identity_ & 1) == 0 ? 2 * idOf(static_cast<const TimerLine&>(node))
                                     : node.identity_;
  }
  // Null for a guest that was detached, unless there is another in its place.
  TimerNode* find(Name name) const noexcept {
    return (name & 1) == 0 ? &at(name / 2) : guests_[name / 2];
  }

 private:
  static constexpr std::size_t kSlab = 1024;
  static constexpr std::uint32_t kSpare = 64;

  // The first line is never used as such: its note tells the Id that it would have.
  struct alignas(kSlab * sizeof(TimerLine)) Slab {
    Id first() const noexcept { return static_cast<Id>(lines[0].note); }
    TimerLine lines[kSlab];
  };
  struct SlabDeleter {
    void operator()(Slab* slabs) const noexcept;
  };

  void refillSpare();
  void spillSpare() noexcept;
  Added make();

  std::vector<Slab*> slabs_;
  Id ids_ = 0;
  std::uint32_t spare_count_ = 0;
  std::array<Added, kSpare> spare_;  // free timers at hand
  Id free_ = 0;                      // the others, linked through their notes; 0 ends the list

  std::vector<std::unique_ptr<Slab, SlabDeleter>> blocks_;
  Slab* next_slab_ = nullptr;  // in the last block, in which so many are not in use yet
  std::size_t slabs_ahead_ = 0;
  std::uint32_t first_generation_ = 0;

  std::vector<TimerNode*> guests_;
  std::vector<std::uint32_t> free_guests_;
};

}  // namespace internal
}  // namespace weft::loop

#endif  // WEFT_LOOP_INTERNAL_TIMER_NODES_H_
