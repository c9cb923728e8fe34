// Co<T>: a coroutine that gives a T, for code that waits without callbacks.
//
//   loop::Co<int> twice(int n) {
//     co_await loop::sleep(10ms);
//     co_return 2 * n;
//   }
//   loop::Co<> handler() { log(co_await twice(21)); }
//   loop::spawn(event_loop, handler());  // runs until it first waits, and goes on by itself
//
// A Co is lazy: its body begins when it is awaited or started, in the contexts of whoever does
// that. It is awaited once. Dropped before that, it never begins.
//
// Contexts: after each co_await the coroutine goes on in the contexts in which it waited, whoever
// woke it. enter() and scope() stay for the rest of the coroutine, waits included; they reach
// neither its caller nor, when it is a callee, whoever awaits it.
//
// Started coroutines:
//   spawn(loop, co)   on its own: what it throws goes to the loop's onUncaughtException()
//   start(loop, co)   gives a Running<T>, which can be awaited, and cancels when it is dropped
// Both take a callable that returns a Co, too; it is kept until the coroutine ends. Prefer that to
// calling a lambda with captures, which would die at the end of the line while its coroutine runs.
//
// Cancelling destroys the coroutine where it waits, and everything that it waits for, innermost
// first, each in its contexts: destructors run, nothing after the co_await does. A coroutine that
// cancels itself goes on until it waits next.
//
// What can be awaited: other Cos, weft/loop/co_wait.h (ticks, time, descriptors),
// weft/loop/co_group.h (all, any, race, timeout), weft/loop/work.h (threads), generators, promises,
// events (weft/stream/event_wait.h), and any awaitable of others: that may resume on whatever
// thread, the coroutine goes on at home.
//
// g++ 12 destroys twice what a lambda written inside a co_await expression has captured, and moves
// temporaries of such expressions as if they were plain bytes: give such things a name before.
//
// Cost: one allocation a call, from a free list. Threads: the loop's only. The end of the loop
// cancels what still runs on it.

#ifndef WEFT_LOOP_CO_H_
#define WEFT_LOOP_CO_H_

#include <concepts>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "weft/cls/errors.h"
#include "weft/cls/held_error.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/co_foreign.h"
#include "weft/loop/internal/outcome.h"

namespace weft::loop {

template <typename T>
class Co;

namespace internal {

[[noreturn]] void refuseEmptyCo();

template <typename T>
class CoResult : public CoPromise {
 public:
  template <typename V = T>
  requires std::convertible_to<V&&, T>
  void return_value(V&& value) { outcome_.set(std::forward<V>(value)); }
  void unhandled_exception() noexcept { outcome_.fail(cls::HeldError::current()); }
  Outcome<T>& outcome() noexcept { return outcome_; }

 private:
  Outcome<T> outcome_;
};

template <>
class CoResult<void> : public CoPromise {
 public:
  void return_void() { outcome_.set(); }
  void unhandled_exception() noexcept { outcome_.fail(cls::HeldError::current()); }
  Outcome<void>& outcome() noexcept { return outcome_; }

 private:
  Outcome<void> outcome_;
};

struct CoFinal {
  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) const noexcept {
    handle.promise().finish();
  }
  void await_resume() const noexcept {}
};

// Waits for a coroutine, which it owns.
template <typename T>
class CoCall : public AtHome {
 public:
  explicit CoCall(Co<T> co) noexcept : co_(std::move(co)) {}
  bool await_ready() const noexcept { return false; }
  template <typename P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    return handle.promise().call(co_.promise());
  }
  T await_resume() { return co_.promise().outcome().take(); }

 private:
  Co<T> co_;
};

// The promise of a Co<T>, as the language asks for it.
template <typename T>
class CoBody final : public CoResult<T> {
 public:
  Co<T> get_return_object() noexcept { return Co<T>(CoPromise::handleOf(*this)); }
  CoFinal final_suspend() const noexcept { return {}; }

  template <typename A>
  auto await_transform(A&& awaitable) {
    return transformAwait(std::forward<A>(awaitable));
  }
};

}  // namespace internal

template <typename T = void>
class [[nodiscard]] Co {
 public:
  using promise_type = internal::CoBody<T>;
  using Type = T;

  Co() = default;
  Co(Co&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Co& operator=(Co&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Co() {
    if (handle_) handle_.promise().destroy();
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }

  // Begins the coroutine and waits for its result; what it throws is thrown here. Throws UsageError
  // for an empty Co.
  auto operator co_await() && {
    if (!handle_) internal::refuseEmptyCo();
    return internal::CoCall<T>(std::move(*this));
  }

  // For the mechanism.
  promise_type& promise() const noexcept { return handle_.promise(); }

 private:
  friend promise_type;
  explicit Co(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace weft::loop

namespace weft {
using loop::Co;
}  // namespace weft

#endif  // WEFT_LOOP_CO_H_
