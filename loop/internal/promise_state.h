// What the handles of a promise share, and its reactions. Not for users.

#ifndef WEFT_LOOP_INTERNAL_PROMISE_STATE_H_
#define WEFT_LOOP_INTERNAL_PROMISE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/loop_access.h"
#include "weft/loop/internal/outcome.h"

namespace weft::loop::internal {

// What happens once a promise is settled. In the promise's list until then.
class Reaction {
 public:
  Reaction(const Reaction&) = delete;
  Reaction& operator=(const Reaction&) = delete;

 protected:
  Reaction() = default;
  // Takes itself out of the list.
  virtual ~Reaction();

 private:
  friend class PromiseCore;
  // The promise is settled, and this is in no list any more: queues a microtask.
  virtual void queue(EventLoop& loop) noexcept = 0;
  // The promise will never be settled, and this is in no list any more.
  virtual void forget() noexcept = 0;

  Reaction* next_ = nullptr;
  Reaction** link_ = nullptr;  // what points here
  Reaction*** end_ = nullptr;  // the end of the promise's list
};

// The untyped part. Counted without atomics: it stays on the loop's thread.
class PromiseCore {
 public:
  explicit PromiseCore(LoopRef loop) noexcept : loop_(loop) {}
  PromiseCore(const PromiseCore&) = delete;
  PromiseCore& operator=(const PromiseCore&) = delete;

  void retain() noexcept { ++refs_; }
  void release() noexcept {
    if (--refs_ == 0) delete this;
  }
  bool shared() const noexcept { return refs_ > 1; }

  const LoopRef& loopRef() const noexcept { return loop_; }
  // Null once the loop has ended.
  EventLoop* loop() const noexcept { return loop_.get(); }
  // True for the first who asks: it settles the promise, now or later.
  bool claim();
  bool settled() const noexcept { return settled_; }
  // For a reaction that is made now; null if nobody observes.
  Ticket* ticketFor(cls::Location where) const;

  // Someone takes the outcome: `reaction` is queued when it is there. The promise then counts as
  // handled.
  void react(Reaction& reaction) noexcept;
  // The outcome is there.
  void settle() noexcept;

 protected:
  virtual ~PromiseCore();

 private:
  // Throws the error of a rejected promise.
  virtual void rethrow() const = 0;
  virtual bool failed() const noexcept = 0;
  Reaction& takeFirst() noexcept;

  const LoopRef loop_;
  std::uint32_t refs_ = 0;
  bool claimed_ = false;
  bool settled_ = false;
  bool handled_ = false;
  Reaction* first_ = nullptr;
  Reaction** end_ = &first_;
};

template <typename T>
class PromiseState final : public PromiseCore {
 public:
  using PromiseCore::PromiseCore;

  Outcome<T>& outcome() noexcept { return outcome_; }

  // Settles with what another promise has: a copy of the value, or the value itself if nobody else
  // can ask for it.
  void settleAs(PromiseState& other);
  // Throws, moves the value out if nobody else can ask for it, or copies it.
  T takeOrCopy();

 private:
  bool failed() const noexcept override { return outcome_.failed(); }
  void rethrow() const override { outcome_.error().rethrow(); }

  Outcome<T> outcome_;
};

[[noreturn]] void refuseSharedMove();

// A counted pointer to a state.
template <typename S>
class StateRef {
 public:
  StateRef() = default;
  explicit StateRef(S* state) noexcept : state_(state) {
    if (state_ != nullptr) state_->retain();
  }
  StateRef(const StateRef& other) noexcept : StateRef(other.state_) {}
  StateRef(StateRef&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  StateRef& operator=(StateRef other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~StateRef() {
    if (state_ != nullptr) state_->release();
  }
  S* get() const noexcept { return state_; }
  S* operator->() const noexcept { return state_; }
  S& operator*() const noexcept { return *state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  S* state_ = nullptr;
};

// A reaction that calls `fn(PromiseState<T>&)`, in the contexts in which it was made.
template <typename T, typename F>
class CallReaction final : public Reaction {
 public:
  static void* operator new(std::size_t size) { return allocateCoFrame(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    freeCoFrame(memory, size);
  }
  CallReaction(PromiseState<T>& state, F fn, cls::Location where)
      : state_(state), fn_(std::move(fn)), frame_(Frame::capture(where)) {
    if (LoopAccess::numbering()) [[unlikely]]
      ticket_.reset(state.ticketFor(where));
  }

 private:
  using Frame = cls::HeldFrame<cls::Holder::kFunction>;

  void queue(EventLoop& loop) noexcept override {
    auto call = [state = StateRef<PromiseState<T>>(&state_), fn = std::move(*fn_)]() mutable {
      fn(*state);
    };
    if (ticket_ != nullptr) [[unlikely]] {
      LoopAccess::microtask(loop, std::move(frame_),
                            Observed<decltype(call)>(std::move(ticket_), std::move(call)));
    } else {
      LoopAccess::microtask(loop, std::move(frame_), std::move(call));
    }
    fn_.reset();
    delete this;
  }
  void forget() noexcept override {
    if (state_.loop() == nullptr) (void)ticket_.release();  // it went with the loop
    {
      const cls::FrameScope scope(frame_);
      fn_.reset();
    }
    delete this;
  }

  PromiseState<T>& state_;  // holds this
  TicketPtr ticket_;        // if it was made under observation
  std::optional<F> fn_;
  Frame frame_;
};

template <typename T>
T PromiseState<T>::takeOrCopy() {
  if (outcome_.failed()) outcome_.error().rethrow();
  if constexpr (!std::is_void_v<T>) {
    if (!shared()) return outcome_.take();
    if constexpr (std::is_copy_constructible_v<T>) {
      return outcome_.value();
    } else {
      refuseSharedMove();
    }
  }
}

template <typename T>
void PromiseState<T>::settleAs(PromiseState& other) {
  if (other.outcome().failed()) {
    outcome_.fail(other.outcome().error());
  } else if constexpr (std::is_void_v<T>) {
    outcome_.set();
  } else {
    try {
      outcome_.set(other.takeOrCopy());
    } catch (...) {
      outcome_.fail(cls::HeldError::current());
    }
  }
  settle();
}

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_PROMISE_STATE_H_
