// Poller: one poll at a time, by libevent, which is named here and in poller.cc only.
//
// What libevent finds ready is only noted down; who asked for the poll then dispatches it. So no
// callback of a user ever runs inside libevent, and no exception crosses its C frames.

#ifndef WEFT_LOOP_INTERNAL_POLLER_H_
#define WEFT_LOOP_INTERNAL_POLLER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "weft/loop/clock.h"

namespace weft::loop::internal {

enum Readiness : unsigned { kNotReady = 0, kReadReady = 1, kWriteReady = 2 };

class Poller;

// A descriptor that is or may be polled. Must not move; detaches itself when destroyed, also when
// it has been found ready and was not dispatched yet.
class PollSource {
 public:
  using Dispatch = void (*)(void* owner);

  // `on_ready(owner)` is for whoever takes sources from a Poller; see takeReady().
  PollSource(Poller& poller, int fd, Dispatch on_ready, void* owner);
  ~PollSource() { close(); }
  PollSource(const PollSource&) = delete;
  PollSource& operator=(const PollSource&) = delete;

  // What to wait for: Readiness bits; nothing: not polled. `edge`: told of changes only. Throws
  // UsageError if the descriptor cannot be polled.
  void setInterest(unsigned interest, bool edge = false);
  unsigned interest() const noexcept { return interest_; }
  int fd() const noexcept { return fd_; }

  // What the last poll found, within the interest of now.
  unsigned ready() const noexcept { return ready_ & interest_; }
  void dispatch() { dispatch_(owner_); }

  // Detaches for good; the poller may go away afterwards.
  void close() noexcept;

 private:
  friend class Poller;
  static void onEvent(int fd, short what, void* source);
  void* event() noexcept { return event_storage_; }

  Poller* poller_;
  Dispatch dispatch_;
  void* owner_;
  int fd_;
  unsigned interest_ = kNotReady;
  unsigned ready_ = kNotReady;
  std::size_t ready_place_ = 0;  // in Poller::ready_, plus one
  alignas(8) std::byte event_storage_[128];
};

class Poller {
 public:
  // Is woken by `wake_fd`, on edges. `precise`: timeouts in microseconds, at one more system call.
  Poller(int wake_fd, bool precise);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Waits at most so long (nothing: for ever) until something is ready, and notes what is.
  void poll(std::optional<Duration> timeout);

  // The next source that is ready, or null when all were taken (those destroyed since are not there
  // any more). Its place is then free, so that it may be found again. What is not taken stays.
  PollSource* takeReady() noexcept;
  // How many were not taken, some of which may have been destroyed.
  std::size_t readyCount() const noexcept { return ready_.size() - taken_; }
  // Changes the order of those that were not taken. `below(n)` gives a number from 0 to n - 1.
  template <typename Below>
  void shuffleReady(Below&& below) {
    dropTaken();
    for (std::size_t i = ready_.size(); i > 1; --i) swapReady(i - 1, below(i));
  }

  // How many sources are polled.
  std::size_t size() const noexcept { return size_; }

 private:
  friend class PollSource;
  struct Base;

  void dropTaken() noexcept;
  void swapReady(std::size_t i, std::size_t j) noexcept;

  std::unique_ptr<Base> base_;
  std::vector<PollSource*> ready_;
  std::size_t taken_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_POLLER_H_
