// Timers on the floor: a wheel of three levels of 256 slots, a node of 32 bytes a timer in one
// array, linked by indexes; a turn reads the clock and polls.
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "weft/bench/loop/timer_subjects.h"

namespace weft::bench {
namespace {

// Level 0 holds what is due in the current 256 ms, by the millisecond; level 1 the rest of the
// current 65,536 ms in slots of 256 ms; level 2 everything else. When the time enters a slot of a
// higher level, that slot is dealt out below.
//
// Lazy: a timer that is cancelled, or set to a later time, stays where it is linked until that
// slot's time comes, so that the neighbours' cache lines are not touched.
class Wheel {
 public:
  explicit Wheel(std::size_t count) : nodes_(kSlots + count) {
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) nodes_[i].previous = nodes_[i].next = i;
  }

  void set(std::size_t timer, std::uint32_t deadline, Work16 work) {
    nodes_[kSlots + timer].work = work;
    rearm(timer, deadline);
  }

  void rearm(std::size_t timer, std::uint32_t deadline) {
    const auto index = static_cast<std::uint32_t>(kSlots + timer);
    Node& node = nodes_[index];
    node.deadline = deadline;
    if (node.next != index) {
      if (node.linked_for <= deadline) return;
      unlink(index);
    }
    append(index);
  }

  void cancel(std::size_t timer) { nodes_[kSlots + timer].deadline = kCancelled; }

  std::uint32_t now() const { return now_; }

  void advance(std::uint32_t to) {
    while (now_ < to) {
      ++now_;
      if ((now_ & 0xffff) == 0) dealOut(512 + ((now_ >> 16) & 255));
      if ((now_ & 0xff) == 0) dealOut(256 + ((now_ >> 8) & 255));
      dealOut(now_ & 255);
    }
  }

 private:
  static constexpr std::uint32_t kSlots = 3 * 256;

  static constexpr std::uint32_t kCancelled = 0;

  struct Node {
    std::uint32_t previous;
    std::uint32_t next;
    std::uint32_t deadline;
    std::uint32_t linked_for;  // the deadline that chose the slot
    Work16 work;
  };
  static_assert(sizeof(Node) == 32);

  std::uint32_t slotFor(std::uint32_t deadline) const {
    const std::uint32_t differs = deadline ^ now_;
    if (differs < 256) return deadline & 255;
    if (differs < 65536) return 256 + ((deadline >> 8) & 255);
    return 512 + ((deadline >> 16) & 255);
  }

  void append(std::uint32_t index) {
    Node& node = nodes_[index];
    const std::uint32_t slot = slotFor(node.deadline);
    const std::uint32_t last = nodes_[slot].previous;
    node.linked_for = node.deadline;
    node.previous = last;
    node.next = slot;
    nodes_[last].next = index;
    nodes_[slot].previous = index;
  }

  void unlink(std::uint32_t index) {
    Node& node = nodes_[index];
    nodes_[node.previous].next = node.next;
    nodes_[node.next].previous = node.previous;
    node.previous = node.next = index;
  }

  void dealOut(std::uint32_t slot) {
    std::uint32_t index = nodes_[slot].next;
    nodes_[slot].previous = nodes_[slot].next = slot;
    while (index != slot) {
      Node& node = nodes_[index];
      const std::uint32_t next = node.next;
      node.previous = node.next = index;
      if (node.deadline > now_) {
        append(index);
      } else if (node.deadline != kCancelled) {
        node.work();
      }
      index = next;
    }
  }

  std::vector<Node> nodes_;
  std::uint32_t now_ = 1;
};

class Timers {
 public:
  Timers(std::size_t count, Durations)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), wheel_(count), started_(clockMilliseconds()) {}
  ~Timers() { close(epoll_); }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    wheel_.set(timer, wheel_.now() + milliseconds, work);
  }

  void cancel(std::size_t timer) { wheel_.cancel(timer); }

  void rearm(std::size_t timer, std::uint32_t milliseconds) {
    wheel_.rearm(timer, wheel_.now() + milliseconds);
  }

  template <class Function>
  void turn(Function function) {
    wheel_.advance(static_cast<std::uint32_t>(clockMilliseconds() - started_) + 1);
    epoll_event events[64];
    epoll_wait(epoll_, events, 64, 0);
    function();
  }

 private:
  static std::uint64_t clockMilliseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000000;
  }

  int epoll_;
  Wheel wheel_;
  std::uint64_t started_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
