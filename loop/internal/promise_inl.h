// The templates of weft/loop/promise.h. Not for users.

#ifndef WEFT_LOOP_INTERNAL_PROMISE_INL_H_
#define WEFT_LOOP_INTERNAL_PROMISE_INL_H_

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "weft/loop/promise.h"

namespace weft::loop {

namespace internal {

// Throws UsageError on another thread than the loop's.
template <typename T>
PromiseRef<T> newPromise(EventLoop& loop) {
  LoopAccess::checkThread(loop);
  return PromiseRef<T>(new PromiseState<T>(LoopAccess::refTo(loop)));
}

// Awaits what `call` makes, and keeps `call` as long.
template <typename T, typename F>
Co<void> settleBy(F call, Resolver<T> resolver) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await call();
      resolver.resolve();
    } else {
      resolver.resolve(co_await call());
    }
  } catch (...) {
    resolver.reject(cls::HeldError::current());
  }
}

// A coroutine's wait for a promise: for a reference to the value, or the value itself.
template <typename T, bool kTake>
class PromiseAwait final : public AtHome, private Reaction {
 public:
  explicit PromiseAwait(PromiseRef<T> state) noexcept : state_(std::move(state)) {}

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    waiter_ = &handle.promise();
    waiter_->suspend();
    state_->react(*this);
  }
  std::conditional_t<kTake || std::is_void_v<T>, T, const Stored<T>&> await_resume() {
    if constexpr (kTake) {
      return state_->takeOrCopy();
    } else {
      if (state_->outcome().failed()) state_->outcome().error().rethrow();
      if constexpr (!std::is_void_v<T>) return state_->outcome().value();
    }
  }

 private:
  void queue(EventLoop&) noexcept override { waiter_->queueMicrotask(); }
  void forget() noexcept override {}

  PromiseRef<T> state_;
  CoPromise* waiter_ = nullptr;
};

}  // namespace internal

// --- Resolver -----------------------------------------------------------------------------------

template <typename T>
void Resolver<T>::resolve(Promise<T> other) {
  if (!state_->claim()) return;
  if (other.is(*state_)) {
    state_->outcome().fail(cls::HeldError(std::make_exception_ptr(
        UsageError("a promise was resolved with itself: resolve it with a value"))));
    state_->settle();
    return;
  }
  other.onSettled(
      [state = state_](internal::PromiseState<T>& settled) { state->settleAs(settled); }, {});
}

template <typename T>
template <typename F>
void Resolver<T>::resolveBy(F fn) {
  using Result = std::invoke_result_t<F&>;
  try {
    if constexpr (std::same_as<Result, Co<T>>) {
      if (EventLoop* loop = state_->loop()) {
        spawn(*loop, internal::settleBy<T>(std::move(fn), *this));
      }
    } else if constexpr (std::is_void_v<T> && !internal::PromisedBy<Result>::kLater) {
      fn();
      resolve();
    } else {
      resolve(fn());
    }
  } catch (...) {
    reject(cls::HeldError::current());
  }
}

// --- Promise ------------------------------------------------------------------------------------

template <typename T>
template <std::invocable<Resolver<T>> F>
Promise<T>::Promise(EventLoop& loop, F&& executor) : state_(internal::newPromise<T>(loop)) {
  Resolver<T> resolver(state_);
  try {
    std::invoke(std::forward<F>(executor), resolver);
  } catch (...) {
    resolver.reject(cls::HeldError::current());
  }
}

template <typename T>
PromiseAndResolver<T> Promise<T>::withResolvers(EventLoop& loop) {
  internal::PromiseRef<T> state = internal::newPromise<T>(loop);
  return {Promise(state), Resolver<T>(state)};
}

template <typename T>
template <typename... V>
Promise<T> Promise<T>::resolved(EventLoop& loop, V&&... value) {
  auto [promise, resolver] = withResolvers(loop);
  resolver.resolve(std::forward<V>(value)...);
  return promise;
}

template <typename T>
template <typename E>
Promise<T> Promise<T>::rejected(EventLoop& loop, E error) {
  auto [promise, resolver] = withResolvers(loop);
  resolver.reject(std::move(error));
  return promise;
}

template <typename T>
template <typename U, typename F>
Promise<U> Promise<T>::react(F fn, cls::Location where) const {
  internal::PromiseRef<U> next(new internal::PromiseState<U>(state_->loopRef()));
  onSettled([fn = std::move(fn), resolver = Resolver<U>(next)](
                internal::PromiseState<T>& settled) mutable { fn(settled, resolver); },
            where);
  return Promise<U>(std::move(next));
}

template <typename T>
template <typename F>
auto Promise<T>::then(F fn, cls::Location where) const -> Promise<internal::ThenResult<T, F>> {
  using U = internal::ThenResult<T, F>;
  return react<U>(
      [fn = std::move(fn)](internal::PromiseState<T>& settled, Resolver<U>& next) mutable {
        if (settled.outcome().failed()) {
          next.reject(settled.outcome().error());
          return;
        }
        next.resolveBy([fn = std::move(fn),
                        state = internal::PromiseRef<T>(&settled)]() mutable -> decltype(auto) {
          return internal::callWithValue<T>(fn, state->outcome());
        });
      },
      where);
}

template <typename T>
template <typename F>
Promise<T> Promise<T>::catchError(F fn, cls::Location where) const {
  return react<T>(
      [fn = std::move(fn)](internal::PromiseState<T>& settled, Resolver<T>& next) mutable {
        if (!settled.outcome().failed()) {
          next.resolveAs(settled);
          return;
        }
        next.resolveBy(
            [fn = std::move(fn), error = settled.outcome().error()]() mutable -> decltype(auto) {
              return std::invoke(fn, error.show());
            });
      },
      where);
}

template <typename T>
template <typename F>
Promise<T> Promise<T>::finally(F fn, cls::Location where) const {
  return react<T>(
      [fn = std::move(fn)](internal::PromiseState<T>& settled, Resolver<T>& next) mutable {
        using Waited = typename internal::PromisedBy<std::invoke_result_t<F&>>::Type;
        if constexpr (internal::PromisedBy<std::invoke_result_t<F&>>::kLater) {
          internal::PromiseRef<Waited> waited(
              new internal::PromiseState<Waited>(settled.loopRef()));
          Resolver<Waited>(waited).resolveBy(std::move(fn));
          Promise<Waited>(waited).onSettled(
              [next, outcome = internal::PromiseRef<T>(&settled)](
                  internal::PromiseState<Waited>& done) mutable {
                if (done.outcome().failed()) {
                  next.reject(done.outcome().error());
                } else {
                  next.resolveAs(*outcome);
                }
              },
              {});
        } else {
          try {
            fn();
            next.resolveAs(settled);
          } catch (...) {
            next.reject(cls::HeldError::current());
          }
        }
      },
      where);
}

// ------------------------------------------------------------------------------------------------

template <typename T>
Promise<T> promiseOf(EventLoop& loop, Co<T> co) {
  return promiseOf(loop, [co = std::move(co)]() mutable { return std::move(co); });
}

template <std::invocable F>
auto promiseOf(EventLoop& loop, F fn)
    -> Promise<typename internal::PromisedBy<std::invoke_result_t<F&>>::Type> {
  using T = typename internal::PromisedBy<std::invoke_result_t<F&>>::Type;
  auto [promise, resolver] = Promise<T>::withResolvers(loop);
  resolver.resolveBy(std::move(fn));
  return promise;
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_INTERNAL_PROMISE_INL_H_
