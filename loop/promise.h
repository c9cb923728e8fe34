// Promise<T>: one result for many waiters, now or later.
//
//   auto page = loop::promiseOf(event_loop, fetch(url));  // from a coroutine, begun now
//   page.then([](const Page& p) { show(p); });
//   page.catchError([](const std::exception_ptr&) { return Page(); });
//   const Page& p = co_await page;                        // as often as you like
//
//   auto [promise, resolver] = loop::Promise<int>::withResolvers(event_loop);
//   legacy_call([resolver](int n) mutable { resolver.resolve(n); });
//
// A Promise is a handle; copies mean the same result. It is pending, then fulfilled with a T or
// rejected with an exception, for good. For one waiter, Co and Running are cheaper; what can be
// cancelled is a Running, not a promise.
//
// Each continuation is a microtask in the contexts in which it was *added*, wherever the promise
// was made and settled: a cached promise that two requests await gives each its own. A promise that
// is rejected while nobody waits for it is reported, when ticks and microtasks have run, like an
// uncaught exception in the contexts in which it was rejected. An error that is handed on keeps
// what fromException() knows of it.
//
// What a continuation returns settles the promise of then(), catchError() or finally(): a value, or
// what a Promise or Co that it returns comes to; what it throws rejects that promise.
//
// Groups of promises, all(), any() and race(), are in promise_group.h.
//
// Threads: the loop's only; a promise may outlive its loop and then stays as it is.

#ifndef WEFT_LOOP_PROMISE_H_
#define WEFT_LOOP_PROMISE_H_

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "weft/cls/held_error.h"
#include "weft/cls/location.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/promise_state.h"
#include "weft/loop/spawn.h"

namespace weft::loop {

template <typename T>
class Promise;

namespace internal {

// What a callable promises by returning an R.
template <typename R>
struct PromisedBy {
  using Type = std::decay_t<R>;
  static constexpr bool kLater = false;
};
template <typename T>
struct PromisedBy<Promise<T>> {
  using Type = T;
  static constexpr bool kLater = true;
};
template <typename T>
struct PromisedBy<Co<T>> : PromisedBy<Promise<T>> {};

// Calls a continuation with the value, or without if it takes none.
template <typename T, typename F>
decltype(auto) callWithValue(F& fn, const Outcome<T>& outcome) {
  if constexpr (std::is_invocable_v<F&, const Stored<T>&>) {
    return std::invoke(fn, outcome.value());
  } else {
    return std::invoke(fn);
  }
}
template <typename T, typename F>
using ThenResult = typename PromisedBy<decltype(callWithValue<T>(
    std::declval<F&>(), std::declval<const Outcome<T>&>()))>::Type;

template <typename T>
using PromiseRef = StateRef<PromiseState<T>>;
template <typename T, bool kTake>
class PromiseAwait;

}  // namespace internal

// Settles a promise. Copies mean the same one; the first call counts, later ones do nothing. A
// promise whose resolvers are all gone stays pending.
template <typename T = void>
class Resolver {
 public:
  explicit Resolver(internal::PromiseRef<T> state) noexcept : state_(std::move(state)) {}

  // Fulfils; with nothing for a Promise<void>.
  template <typename... V>
  void resolve(V&&... value) {
    if (!state_->claim()) return;
    state_->outcome().set(std::forward<V>(value)...);
    state_->settle();
  }
  // Settles as `other` does, when it does.
  void resolve(Promise<T> other);

  void reject(cls::HeldError error) {
    if (!state_->claim()) return;
    state_->outcome().fail(std::move(error));
    state_->settle();
  }
  void reject(std::exception_ptr error) { reject(cls::HeldError(std::move(error))); }
  template <std::derived_from<std::exception> E>
  void reject(E error) {
    reject(std::make_exception_ptr(std::move(error)));
  }

  // Settles by what `fn` returns or throws, as the promise of then() does. `fn` is kept until a
  // coroutine that it returns has ended.
  template <typename F>
  void resolveBy(F fn);

  // For the mechanism: settles as a promise that is settled.
  void resolveAs(internal::PromiseState<T>& settled) {
    if (state_->claim()) state_->settleAs(settled);
  }

 private:
  internal::PromiseRef<T> state_;
};

template <typename T>
struct PromiseAndResolver;

template <typename T = void>
class Promise {
  static_assert(!std::is_reference_v<T>, "a promise keeps a value: promise a pointer");
  using State = internal::PromiseState<T>;

 public:
  using Type = T;

  // Calls `executor` with a Resolver, here and now; what it throws rejects.
  template <std::invocable<Resolver<T>> F>
  Promise(EventLoop& loop, F&& executor);
  static PromiseAndResolver<T> withResolvers(EventLoop& loop);
  // Settled already; with nothing for a Promise<void>.
  template <typename... V>
  static Promise resolved(EventLoop& loop, V&&... value);
  // `error` is what a Resolver's reject() takes.
  template <typename E>
  static Promise rejected(EventLoop& loop, E error);

  bool isPending() const noexcept { return !state_->settled(); }
  bool isFulfilled() const noexcept { return !isPending() && !state_->outcome().failed(); }
  bool isRejected() const noexcept { return !isPending() && state_->outcome().failed(); }

  // Calls `fn` with `const T&` (or nothing) once this is fulfilled. A rejection is handed on.
  template <typename F>
  auto then(F fn, cls::Location where = cls::Location::here()) const
      -> Promise<internal::ThenResult<T, F>>;
  // Calls `fn` with the std::exception_ptr once this is rejected; what it returns stands in for the
  // value. A value is handed on: copied, unless nobody else has it.
  template <typename F>
  Promise catchError(F fn, cls::Location where = cls::Location::here()) const;
  // Calls `fn` with nothing once this is settled, and hands the outcome on. A Promise or Co that
  // `fn` returns is waited for; if it fails, or `fn` throws, that is handed on instead.
  template <typename F>
  Promise finally(F fn, cls::Location where = cls::Location::here()) const;

  // Waits, and gives `const T&`, good while a handle is; or throws. From a handle that is going
  // (`co_await makePromise()`), gives a T: moved out if nobody else has it, else copied; throws
  // UsageError if it cannot be copied.
  auto operator co_await() const& { return internal::PromiseAwait<T, false>(state_); }
  auto operator co_await() && { return internal::PromiseAwait<T, true>(std::move(state_)); }

  // For the mechanism: `fn(PromiseState<T>&)` once this is settled, in the contexts of now.
  template <typename F>
  void onSettled(F fn, cls::Location where) const {
    state_->react(*new internal::CallReaction<T, F>(*state_, std::move(fn), where));
  }
  explicit Promise(internal::PromiseRef<T> state) noexcept : state_(std::move(state)) {}
  bool is(const internal::PromiseState<T>& state) const noexcept { return state_.get() == &state; }

 private:
  // The promise that `fn(PromiseState<T>&, Resolver<U>&)` settles once this is settled.
  template <typename U, typename F>
  Promise<U> react(F fn, cls::Location where) const;

  internal::PromiseRef<T> state_;
};

template <typename T>
struct PromiseAndResolver {
  Promise<T> promise;
  Resolver<T> resolver;
};

// Promises the result of a coroutine, which begins now and goes on by itself.
template <typename T>
Promise<T> promiseOf(EventLoop& loop, Co<T> co);
// Calls `fn` now and promises what it returns: a value, or what a Promise or Co comes to. What it
// throws rejects.
template <std::invocable F>
auto promiseOf(EventLoop& loop, F fn)
    -> Promise<typename internal::PromisedBy<std::invoke_result_t<F&>>::Type>;

}  // namespace weft::loop

namespace weft {
using loop::Promise;
}  // namespace weft

#include "weft/loop/internal/promise_inl.h"

#endif  // WEFT_LOOP_PROMISE_H_
