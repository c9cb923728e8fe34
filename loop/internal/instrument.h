// Instrument: between a loop and its observers. A loop has one from the first addObserver() on.
//
// Nothing asks whether it is there on a way that callbacks take while nobody observes:
//   - Scheduling compares the thread's idle token with the loop's address anyway. While callbacks
//     are given numbers the token is another one, so that all scheduling takes the slow way, which
//     looks here, and queues an Observed callable: of another type, as a task with contexts is.
//   - Between iterations the loop looks for a stop request anyway. A bit beside that one sends it
//     to the iteration that keeps time (LoopCore::iterate<true>).

#ifndef WEFT_LOOP_INTERNAL_INSTRUMENT_H_
#define WEFT_LOOP_INTERNAL_INSTRUMENT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/frame.h"
#include "weft/loop/observer.h"

namespace weft::loop::internal {

class Instrument;

// What is known of a scheduled callback. Counted: by the callback and by what it scheduled.
class alignas(64) Ticket : public Scheduled {
 public:
  Instrument& instrument() const noexcept;

 private:
  friend class Instrument;
  Ticket* up() const noexcept { return const_cast<Ticket*>(static_cast<const Ticket*>(parent)); }
};
static_assert(sizeof(Ticket) == 64);

// Tickets of one instrument, which each of them finds by its address.
struct alignas(4096) TicketSlab {
  Instrument* instrument;
  std::array<Ticket, 63> tickets;
};
static_assert(sizeof(TicketSlab) == alignof(TicketSlab));

inline Instrument& Ticket::instrument() const noexcept {
  const auto slab = reinterpret_cast<std::uintptr_t>(this) & ~(alignof(TicketSlab) - 1);
  return *reinterpret_cast<const TicketSlab*>(slab)->instrument;
}

class Instrument {
 public:
  explicit Instrument(Clock* clock) : watch_(clock) { last_ = watch_.now(); }
  Instrument(const Instrument&) = delete;
  Instrument& operator=(const Instrument&) = delete;

  void add(Observer& observer);
  void remove(Observer& observer) noexcept;
  bool observed() const noexcept { return wanted_ != 0; }
  bool numbering() const noexcept {
    return (wanted_ & (Observer::kLife | Observer::kNumbers)) != 0;
  }
  const Stopwatch& stopwatch() const noexcept { return watch_; }

  // A ticket for what is scheduled now, owned by the caller; null if nobody wants numbers.
  Ticket* schedule(AsyncKind kind, cls::Location where);
  // When the callback is gone.
  void discard(Ticket* ticket) noexcept {
    if ((wanted_ & Observer::kLife) != 0) tellDestroyed(ticket->id);
    release(ticket);
  }

  // Around a call; leave() not if it threw. Gives what was running before, for leave().
  Ticket* enter(Ticket& ticket) noexcept {
    Ticket* const outer = std::exchange(running_, &ticket);
    if ((wanted_ & Observer::kLife) != 0) tellBefore(ticket.id);
    return outer;
  }
  void leave(Ticket* outer) noexcept {
    if (outer == nullptr && (wanted_ & Observer::kCalls) != 0) {
      tellRan(running_, running_->kind);
      told_ = true;
    }
    if ((wanted_ & Observer::kLife) != 0) tellAfter(running_->id);
    running_ = outer;
  }
  // What ran has thrown, and that was seen to.
  void threw() noexcept;
  const Ticket* running() const noexcept { return running_; }

  // --- for the dispatcher of an iteration that keeps time

  // It has called a callback of `kind`.
  void dispatched(AsyncKind kind) noexcept {
    ++calls_;
    ++iteration_.callbacks[static_cast<std::size_t>(kind)];
    if ((wanted_ & Observer::kCalls) != 0 && !std::exchange(told_, false)) tellRan(nullptr, kind);
  }
  // Something else ran, which is no callback's time.
  void mark() noexcept { last_ = watch_.now(); }
  void beginIteration() noexcept;
  void endPhase(Phase phase) noexcept;
  void sleeps() noexcept;
  void wakes() noexcept;
  // run() ends.
  void rests() noexcept { busy_.store(false, std::memory_order_relaxed); }
  bool busy() const noexcept { return busy_.load(std::memory_order_relaxed); }
  // The queue lengths are filled in by the caller.
  Iteration& iteration() noexcept { return iteration_; }
  void endIteration() noexcept;

 private:
  struct Listed {
    Observer* observer;  // null: removed while being told
    unsigned hooks;
  };

  void tellDestroyed(AsyncId id) noexcept;
  void tellBefore(AsyncId id) noexcept;
  void tellAfter(AsyncId id) noexcept;
  void tellRan(const Ticket* ticket, AsyncKind kind) noexcept;
  [[gnu::noinline]] void tellAll(const Ran& ran) noexcept;
  template <typename Tell>
  void tell(unsigned hook, Tell tell) noexcept;
  template <typename Tell>
  void tellOne(Observer& observer, Tell tell) noexcept;
  void doneTelling() noexcept {
    if (--telling_ == 0 && holes_) [[unlikely]]
      tidy();
  }
  void dismiss(Observer& observer) noexcept;
  void tidy() noexcept;
  [[gnu::noinline]] Ticket* scheduleInNewSlab(AsyncKind kind, cls::Location where);
  [[gnu::noinline]] Ticket* finish(Ticket* ticket) noexcept;
  void cutChain(Ticket& ticket) noexcept;
  // A hold less. Those that nobody holds any more are free.
  void release(Ticket* ticket) noexcept {
    while (ticket != nullptr && --ticket->refs_ == 0) {
      Ticket* const parent = ticket->up();
      ticket->parent = free_;
      free_ = ticket;
      ticket = parent;
    }
  }
  static constexpr std::uint8_t kLongestChain = 64;

  unsigned wanted_ = 0;  // hooks of any observer
  bool told_ = false;    // that the callback which has just returned ran
  bool holes_ = false;   // observers_ may have some that are null
  int telling_ = 0;
  Observer* caller_ = nullptr;  // the only one that wants kCalls; null: none, or several
  Ticket* running_ = nullptr;
  Ticket* free_ = nullptr;  // linked by `parent`
  AsyncId last_id_ = 0;
  Stamp last_ = 0;           // the end of what ran last
  std::uint64_t calls_ = 0;  // in this phase
  const Stopwatch watch_;
  std::atomic<bool> busy_{false};
  Stamp phase_began_ = 0;
  Duration slept_in_phase_{};
  Iteration iteration_{};
  std::vector<Listed> observers_;
  std::vector<std::unique_ptr<TicketSlab>> slabs_;
};

struct DiscardTicket {
  void operator()(Ticket* ticket) const noexcept { ticket->instrument().discard(ticket); }
};
using TicketPtr = std::unique_ptr<Ticket, DiscardTicket>;

// A callable under observation.
template <typename F>
class Observed {
 public:
  template <typename G>
  Observed(TicketPtr&& ticket, G&& fn) : ticket_(std::move(ticket)), fn_(std::forward<G>(fn)) {}
  Observed(Observed&& other) noexcept(std::is_nothrow_move_constructible_v<F>) = default;

  void operator()() {
    Instrument& instrument = ticket_->instrument();
    Ticket* const outer = instrument.enter(*ticket_);
    fn_();
    instrument.leave(outer);
  }

 private:
  TicketPtr ticket_;  // goes after the callable
  F fn_;
};

// The same of another thread, which has no numbers to give: it gets one where it arrives.
template <typename F>
class Arrived {
 public:
  template <typename G>
  Arrived(Instrument& instrument, cls::Location where, G&& fn)
      : instrument_(&instrument), where_(where), fn_(std::forward<G>(fn)) {}
  Arrived(Arrived&& other) noexcept(std::is_nothrow_move_constructible_v<F>) = default;

  void operator()() {
    ticket_.reset(instrument_->schedule(AsyncKind::kPost, where_));
    if (ticket_ == nullptr) return fn_();  // nobody observes any more
    Ticket* const outer = instrument_->enter(*ticket_);
    fn_();
    instrument_->leave(outer);
  }

 private:
  Instrument* instrument_;
  cls::Location where_;
  TicketPtr ticket_;
  F fn_;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_INSTRUMENT_H_
