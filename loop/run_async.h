// runAsync(): runs a coroutine, or a callback that promises something, in a context of its own.
//
//   loop::Promise<Page> page = loop::runAsync(event_loop, request, [&]() -> loop::Co<Page> {
//     request.set("id", 17);
//     co_return co_await fetch(url);   // sees 17 to its end
//   });                                // here the contexts are as they were
//
// The new context is a child of the active one, as that of Namespace::run(). It lasts as long as
// anything that `fn` has started. cls-hooked calls this runPromise. What the promise is rejected
// with has left that context: fromException() says so.
//
// Threads: the loop's only, or UsageError.

#ifndef WEFT_LOOP_RUN_ASYNC_H_
#define WEFT_LOOP_RUN_ASYNC_H_

#include <concepts>
#include <functional>
#include <utility>

#include "weft/cls/callable.h"
#include "weft/cls/held_error.h"
#include "weft/cls/namespace.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"

namespace weft::loop {

namespace internal {

// What comes of `later`, a Co or a Promise; its failure leaves `context`.
template <typename T, typename Later>
Co<T> leaving(cls::Context context, Later later) {
  try {
    co_return co_await std::move(later);
  } catch (...) {
    cls::noteException(context);
    throw;
  }
}

}  // namespace internal

// `fn` may take the new context; it is kept until the coroutine that it returns has ended. Promises
// what `fn` returns, or what a Co or Promise that it returns comes to; what it throws rejects.
template <typename F>
requires std::invocable<F&> || std::invocable<F&, const cls::Context&>
auto runAsync(EventLoop& loop, const cls::Namespace& ns, F fn) {
  cls::refuseNullCallable(fn, "runAsync()");
  return ns.runAndReturn([&](const cls::Context& own) {
    return promiseOf(loop, [fn = std::move(fn), context = own]() mutable {
      const auto call = [&]() -> decltype(auto) {
        if constexpr (std::invocable<F&, const cls::Context&>) {
          return std::invoke(fn, std::as_const(context));
        } else {
          return std::invoke(fn);
        }
      };
      using Promised = internal::PromisedBy<decltype(call())>;
      try {
        if constexpr (Promised::kLater) {
          return internal::leaving<typename Promised::Type>(context, call());
        } else {
          return call();
        }
      } catch (...) {
        cls::noteException(context);
        throw;
      }
    });
  });
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_RUN_ASYNC_H_
