// How a coroutine of weft awaits: its own awaiters as they are, everybody else's through a shim.
//
// A foreign awaiter would resume the coroutine from anywhere: from inside other code, whose
// contexts it must not see, or from another thread. So it is given the handle of a tiny coroutine
// instead, which hands the wake-up on to the right place.

#ifndef WEFT_LOOP_INTERNAL_CO_FOREIGN_H_
#define WEFT_LOOP_INTERNAL_CO_FOREIGN_H_

#include <concepts>
#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

#include "weft/loop/internal/co_core.h"

namespace weft::loop::internal {

// The wake-up of one foreign wait.
class ForeignWake {
 public:
  ForeignWake() = default;
  ForeignWake(const ForeignWake&) = delete;
  ForeignWake& operator=(const ForeignWake&) = delete;
  // Takes the shim back, if it was not resumed.
  ~ForeignWake();

  // Suspends `promise`; gives the shim, which may be resumed on any thread, once at most.
  std::coroutine_handle<> suspend(CoPromise& promise);

 private:
  struct Target;
  struct Shim;
  static Shim makeShim(std::shared_ptr<Target> target);

  std::shared_ptr<Target> target_;
  std::coroutine_handle<> shim_;
};

template <typename A>
decltype(auto) awaiterOf(A&& awaitable) {
  if constexpr (requires { std::forward<A>(awaitable).operator co_await(); }) {
    return std::forward<A>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<A>(awaitable)); }) {
    return operator co_await(std::forward<A>(awaitable));
  } else {
    return std::forward<A>(awaitable);
  }
}
template <typename A>
using AwaiterOf = decltype(awaiterOf(std::declval<A>()));

// `Kept` is a reference, or a value when the awaitable is about to go.
template <typename Kept>
class ForeignAwait {
 public:
  explicit ForeignAwait(Kept&& awaitable)
      : awaitable_(std::forward<Kept>(awaitable)),
        awaiter_(awaiterOf(std::forward<Kept>(awaitable_))) {}
  ForeignAwait(const ForeignAwait&) = delete;
  ForeignAwait& operator=(const ForeignAwait&) = delete;

  bool await_ready() { return static_cast<bool>(awaiter_.await_ready()); }
  // A coroutine that the awaiter wants to go on instead of this one does so before it returns.
  template <typename P>
  bool await_suspend(std::coroutine_handle<P> handle) {
    const std::coroutine_handle<> shim = wake_.suspend(handle.promise());
    using Result = decltype(awaiter_.await_suspend(shim));
    if constexpr (std::is_void_v<Result>) {
      awaiter_.await_suspend(shim);
      return true;
    } else if constexpr (std::is_same_v<Result, bool>) {
      return awaiter_.await_suspend(shim);
    } else {
      awaiter_.await_suspend(shim).resume();
      return true;
    }
  }
  decltype(auto) await_resume() { return awaiter_.await_resume(); }

 private:
  ForeignWake wake_;  // outlives the awaiter, which knows its shim
  Kept awaitable_;
  AwaiterOf<Kept&&> awaiter_;
};

// Always gives a new object: g++ 12 copies what is awaited by reference.
template <typename A>
auto transformAwait(A&& awaitable) {
  if constexpr (std::is_base_of_v<AtHome, AwaiterOf<A>>) {
    return awaiterOf(std::forward<A>(awaitable));
  } else if constexpr (!std::is_reference_v<A> && std::move_constructible<A>) {
    return ForeignAwait<A>(std::move(awaitable));
  } else {
    return ForeignAwait<A&&>(std::forward<A>(awaitable));
  }
}

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_FOREIGN_H_
