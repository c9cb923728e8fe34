#include "weft/loop/internal/instrument.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <numeric>

namespace weft::loop {

std::string_view nameOf(AsyncKind kind) noexcept {
  static constexpr std::array<std::string_view, kAsyncKinds> kNames = {
      "tick", "microtask", "immediate", "timeout", "interval", "post", "watcher", "close", "job"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view nameOf(Phase phase) noexcept {
  static constexpr std::array<std::string_view, kPhases> kNames = {"timers", "posts", "poll",
                                                                   "immediates", "close"};
  return kNames[static_cast<std::size_t>(phase)];
}

Duration Iteration::busy() const noexcept {
  return std::accumulate(phases.begin(), phases.end(), Duration::zero());
}

namespace internal {

// --- observers ----------------------------------------------------------------------------------

void Instrument::add(Observer& observer) {
  const bool known = std::any_of(observers_.begin(), observers_.end(),
                                 [&](const Listed& l) { return l.observer == &observer; });
  if (known) return;
  observers_.push_back({&observer, observer.hooks()});
  tidy();
}

void Instrument::remove(Observer& observer) noexcept {
  for (Listed& listed : observers_) {
    if (listed.observer == &observer) listed = {nullptr, 0};
  }
  tidy();
}

void Instrument::tidy() noexcept {
  holes_ = telling_ != 0;
  if (!holes_) {
    std::erase_if(observers_, [](const Listed& l) { return l.observer == nullptr; });
  }
  wanted_ = 0;
  caller_ = nullptr;
  int callers = 0;
  for (const Listed& listed : observers_) {
    wanted_ |= listed.hooks;
    if ((listed.hooks & Observer::kCalls) == 0) continue;
    caller_ = ++callers == 1 ? listed.observer : nullptr;
  }
}

// In a handler of what it threw.
void Instrument::dismiss(Observer& observer) noexcept {
  const char* what = "an exception of unknown type";
  try {
    throw;
  } catch (const std::exception& error) {
    what = error.what();
    std::fprintf(stderr, "weft: an observer threw and was removed: %s\n", what);
  } catch (...) {
    std::fprintf(stderr, "weft: an observer threw and was removed: %s\n", what);
  }
  remove(observer);
}

// Observers may come and go meanwhile.
template <typename Tell>
void Instrument::tell(unsigned hook, Tell tell) noexcept {
  ++telling_;
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    const Listed listed = observers_[i];
    if ((listed.hooks & hook) != 0) tellOne(*listed.observer, tell);
  }
  doneTelling();
}

template <typename Tell>
inline void Instrument::tellOne(Observer& observer, Tell tell) noexcept {
  try {
    tell(observer);
  } catch (...) {
    dismiss(observer);
  }
}

void Instrument::tellBefore(AsyncId id) noexcept {
  tell(Observer::kLife, [id](Observer& o) { o.before(id); });
}

void Instrument::tellAfter(AsyncId id) noexcept {
  tell(Observer::kLife, [id](Observer& o) { o.after(id); });
}

void Instrument::tellDestroyed(AsyncId id) noexcept {
  tell(Observer::kLife, [id](Observer& o) { o.destroy(id); });
}

void Instrument::tellRan(const Ticket* ticket, AsyncKind kind) noexcept {
  const Ran ran{ticket, kind, last_, watch_.now()};
  last_ = ran.end;
  if (caller_ == nullptr) [[unlikely]]
    return tellAll(ran);
  ++telling_;
  tellOne(*caller_, [&ran](Observer& o) { o.ran(ran); });
  doneTelling();
}

void Instrument::tellAll(const Ran& ran) noexcept {
  tell(Observer::kCalls, [&ran](Observer& o) { o.ran(ran); });
}

void Instrument::threw() noexcept {
  if (running_ == nullptr) return;
  if ((wanted_ & Observer::kCalls) != 0) tellRan(running_, running_->kind);
  if ((wanted_ & Observer::kLife) != 0) tellAfter(running_->id);
  running_ = nullptr;
}

// --- tickets ------------------------------------------------------------------------------------

Ticket* Instrument::schedule(AsyncKind kind, cls::Location where) {
  if (!numbering() || telling_ != 0) return nullptr;
  if (free_ == nullptr) [[unlikely]]
    return scheduleInNewSlab(kind, where);
  Ticket* const ticket = free_;
  free_ = ticket->up();
  ticket->id = ++last_id_;
  ticket->trigger = 0;
  ticket->parent = nullptr;
  ticket->frame = cls::currentFrameId();
  ticket->at = last_;
  ticket->where = where;
  ticket->kind = kind;
  ticket->depth_ = 0;
  ticket->refs_ = 1;
  if (running_ != nullptr) {
    ticket->trigger = running_->id;
    ticket->parent = running_;
    ticket->depth_ = static_cast<std::uint8_t>(running_->depth_ + 1);
    ++running_->refs_;
  }
  if (ticket->depth_ == kLongestChain || (wanted_ & Observer::kLife) != 0) return finish(ticket);
  return ticket;
}

// What is not always needed: kept apart, so that what always is needs no registers for it.
Ticket* Instrument::finish(Ticket* ticket) noexcept {
  if (ticket->depth_ == kLongestChain) cutChain(*ticket);
  if ((wanted_ & Observer::kLife) != 0) {
    tell(Observer::kLife, [ticket](Observer& o) {
      o.init(ticket->id, ticket->kind, ticket->trigger, ticket->where, ticket->frame);
    });
  }
  return ticket;
}

Ticket* Instrument::scheduleInNewSlab(AsyncKind kind, cls::Location where) {
  slabs_.push_back(std::make_unique<TicketSlab>());
  TicketSlab& slab = *slabs_.back();
  slab.instrument = this;
  for (Ticket& ticket : slab.tickets) {
    ticket.parent = free_;
    free_ = &ticket;
  }
  return schedule(kind, where);
}

// What reschedules itself for ever must not keep all that it ever was.
void Instrument::cutChain(Ticket& ticket) noexcept {
  Ticket* last = &ticket;
  for (int i = 0; i < kLongestChain / 2 && last->parent != nullptr; ++i) last = last->up();
  release(last->up());
  last->parent = nullptr;
  ticket.depth_ = kLongestChain / 2;
}

// --- iterations ---------------------------------------------------------------------------------

void Instrument::beginIteration() noexcept {
  busy_.store(true, std::memory_order_relaxed);
  last_ = watch_.now();
  told_ = false;
  iteration_ = {};
  iteration_.begin = phase_began_ = last_;
  slept_in_phase_ = Duration::zero();
  calls_ = 0;
}

void Instrument::sleeps() noexcept {
  busy_.store(false, std::memory_order_relaxed);
  iteration_.asleep = watch_.now();
}

void Instrument::wakes() noexcept {
  busy_.store(true, std::memory_order_relaxed);
  iteration_.awake = last_ = watch_.now();
  iteration_.idle = slept_in_phase_ = watch_.between(iteration_.asleep, last_);
}

// The time of a phase in which nothing ran is the next one's, and the clock is not looked at.
void Instrument::endPhase(Phase phase) noexcept {
  if (std::exchange(calls_, 0) == 0 && phase != Phase::kPoll && phase != Phase::kClose) return;
  last_ = watch_.now();
  iteration_.phases[static_cast<std::size_t>(phase)] = std::max(
      watch_.between(phase_began_, last_) - std::exchange(slept_in_phase_, Duration::zero()),
      Duration::zero());
  phase_began_ = last_;
}

void Instrument::endIteration() noexcept {
  if ((wanted_ & Observer::kIterations) == 0) return;
  iteration_.end = last_;
  tell(Observer::kIterations, [this](Observer& o) { o.iterated(iteration_); });
}

}  // namespace internal
}  // namespace weft::loop
