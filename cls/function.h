// cls::Function: a callable that carries the contexts in which it was made.
//
// A pool, a batcher or a reply queue that stores callbacks runs them from somebody else's code: the
// timer of the first request, the one connection that all share. Storing cls::Function instead of
// std::function gives each waiter its own contexts, with nothing to remember: the conversion from
// a lambda captures.
//
//   std::deque<cls::Function<void(Reply)>> waiting;
//   void query(cls::Function<void(Reply)> done) { waiting.push_back(std::move(done)); }
//   void onReply(Reply r) { take(waiting)(r); }  // sees the contexts of whoever called query()
//
// It runs in exactly the captured frame (none, if no context was active) and restores everything
// that it found. Move-only; the callable is destroyed inside its frame.
//
// Threads: called on the thread that made it. Other threads may move it and destroy it, where the
// frame goes home through a queue that outlives the loop.

#ifndef WEFT_CLS_FUNCTION_H_
#define WEFT_CLS_FUNCTION_H_

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "weft/cls/bound.h"
#include "weft/cls/config.h"
#include "weft/cls/errors.h"
#include "weft/cls/frame.h"

namespace weft::cls::inline WEFT_CLS_ABI {

template <typename Signature>
class Function;

template <typename R, typename... Args>
class Function<R(Args...)> {
 public:
  // Empty: false, and calling it throws UsageError.
  Function() = default;
  Function(std::nullptr_t) {}  // NOLINT: as std::function

  // Captures here and now. A null function pointer or std::function gives an empty one, which holds
  // no context.
  template <typename F>
  requires(!std::same_as<std::decay_t<F>, Function> && std::is_invocable_r_v<R, F&, Args...>)
      Function(F&& fn, Location where = Location::here())  // NOLINT: implicit, that is the point
  {
    if (isNullCallable(fn)) return;
    frame_ = HeldFrame<Holder::kFunction>::capture(where);
    fn_ = std::forward<F>(fn);
  }

  Function(Function&& other) noexcept = default;
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      drop();
      fn_ = std::move(other.fn_);
      frame_ = std::move(other.frame_);
    }
    return *this;
  }
  ~Function() { drop(); }

  explicit operator bool() const noexcept { return fn_ != nullptr; }

  R operator()(Args... args) {
    if (fn_ == nullptr) throw UsageError("an empty cls::Function was called");
    FrameScope scope(frame_);
    return fn_(std::forward<Args>(args)...);
  }

 private:
  void drop() noexcept {
    if (!frame_) {
      fn_ = nullptr;
    } else if (internal::isHome(frame_.raw())) {
      FrameScope scope(frame_);
      fn_ = nullptr;
    } else {
      fn_ = nullptr;
      frame_.sendHome();
    }
  }

  absl::AnyInvocable<R(Args...)> fn_;
  HeldFrame<Holder::kFunction> frame_;
};

// What bindAll() returns: `fn` with the contexts of every namespace. Copies share them; like a
// lambda it is not assigned to.
template <typename F>
class BoundAll {
 public:
  BoundAll(F fn, Location where)
      : fn_(std::move(fn)), frame_(HeldFrame<Holder::kFunction>::capture(where)) {}
  BoundAll(const BoundAll& other) : fn_(other.fn_), frame_(other.frame_.share()) {}
  BoundAll(BoundAll&&) noexcept = default;

  template <typename... Args>
  decltype(auto) operator()(Args&&... args) {
    FrameScope scope(frame_);
    return std::invoke(fn_, std::forward<Args>(args)...);
  }

 private:
  F fn_;
  HeldFrame<Holder::kFunction> frame_;
};

// A callable that runs `fn` with the contexts that are active now, in every namespace; for code
// that wants a callable of its own type. Copyable if `fn` is. Throws UsageError for a null
// function.
template <typename F>
BoundAll<std::decay_t<F>> bindAll(F&& fn, Location where = Location::here()) {
  refuseNullCallable(fn, "bindAll()");
  return {std::forward<F>(fn), where};
}

}  // namespace weft::cls::inline WEFT_CLS_ABI

namespace weft {
// What a library stores when it is given a callback.
using Callback = cls::Function<void()>;
}  // namespace weft

#endif  // WEFT_CLS_FUNCTION_H_
