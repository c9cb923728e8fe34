// Deadlines of very many connections that wait for the same few things.
//
// All that wait for one kind of thing wait for about the same time, so each kind is a list that
// stays in order when members join at its end: to begin, to change and to stop waiting are a few
// instructions each. One timer then looks at the first member of each list.
//
//   Deadlines<Connection, 2> deadlines;
//   deadlines.set(connection, kIdle, now + 5s);    // connection: Deadlines<...>::Hook
//   while (Connection* late = deadlines.takeLate(kIdle, now)) late->destroy();
//   rearm(deadlines.next());
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_DEADLINES_H_
#define WEFT_NET_INTERNAL_DEADLINES_H_

#include <array>
#include <cstddef>
#include <optional>

#include "weft/loop/clock.h"
#include "weft/net/internal/intrusive_list.h"

namespace weft::net::internal {

struct DeadlineTag;

// What waits derives from this.
class DeadlineHook : public ListHook<DeadlineTag> {
 public:
  loop::TimePoint deadline() const noexcept { return deadline_; }

 private:
  template <std::size_t kKinds>
  friend class Deadlines;
  loop::TimePoint deadline_{};
};

template <std::size_t kKinds>
class Deadlines {
 public:
  // Replaces the one that was set before, of whatever kind. `hook.unlink()` takes it back.
  void set(DeadlineHook& hook, std::size_t kind, loop::TimePoint deadline) noexcept {
    List& list = lists_[kind];
    hook.unlink();
    hook.deadline_ = deadline;
    DeadlineHook* earlier = list.back();
    while (earlier != nullptr && earlier->deadline_ > deadline) earlier = list.before(*earlier);
    earlier != nullptr ? list.insertAfter(*earlier, hook) : list.pushFront(hook);
  }

  // One whose deadline has come, no longer waiting; null if there is none.
  DeadlineHook* takeLate(std::size_t kind, loop::TimePoint now) noexcept {
    DeadlineHook* first = lists_[kind].front();
    if (first == nullptr || first->deadline_ > now) return nullptr;
    first->unlink();
    return first;
  }

  // The earliest deadline.
  std::optional<loop::TimePoint> next() const noexcept {
    std::optional<loop::TimePoint> earliest;
    for (const List& list : lists_) {
      const DeadlineHook* first = list.front();
      if (first != nullptr && (!earliest || first->deadline_ < *earliest)) {
        earliest = first->deadline_;
      }
    }
    return earliest;
  }

 private:
  using List = IntrusiveList<DeadlineHook, DeadlineTag>;
  std::array<List, kKinds> lists_;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_DEADLINES_H_
