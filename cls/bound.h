// Bound: what Namespace::bind() returns, a callable that carries one context of one namespace.
//
//   auto callback = request.bind([&](int n) { return *request.get<int>("id") + n; });
//   driver.query("...", callback);  // whoever calls it, it sees this request
//
// It can be copied if the function can; copies share the context. Like a lambda it is not assigned
// to. What the function schedules is captured with the context too. To carry the contexts of all
// namespaces use cls::Function.
//
// Threads: the thread on which it was bound.

#ifndef WEFT_CLS_BOUND_H_
#define WEFT_CLS_BOUND_H_

#include <functional>
#include <type_traits>
#include <utility>

#include "weft/cls/callable.h"
#include "weft/cls/context.h"
#include "weft/cls/errors.h"
#include "weft/cls/frame.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

// Calls `fn` inside `scope` and notes what it throws.
template <typename F, typename... Args>
decltype(auto) callIn([[maybe_unused]] RunScope& scope, F&& fn, Args&&... args) {
  if constexpr (kEnabled) {
    try {
      return std::invoke(std::forward<F>(fn), std::forward<Args>(args)...);
    } catch (...) {
      noteException(scope.space(), scope.context());
      throw;
    }
  } else {
    return std::invoke(std::forward<F>(fn), std::forward<Args>(args)...);
  }
}

// The same for the function of a run, which may take the context or nothing.
template <typename F>
decltype(auto) callRun(RunScope& scope, F&& fn, [[maybe_unused]] const Context& context) {
  if constexpr (std::is_invocable_v<F, const Context&>) {
    return callIn(scope, std::forward<F>(fn), context);
  } else {
    return callIn(scope, std::forward<F>(fn));
  }
}

}  // namespace internal

template <typename F>
class Bound {
 public:
  // For Namespace::bind().
  Bound(F fn, const Context& context, const internal::NamespaceCore& ns, Location where)
      : fn_(std::move(fn)), frame_(hold(ns, context, where)), ns_(&ns) {}
  Bound(const Bound& other) : fn_(other.fn_), frame_(other.frame_.share()), ns_(other.ns_) {}
  Bound(Bound&&) noexcept = default;

  template <typename... Args>
  decltype(auto) operator()(Args&&... args) {
    internal::RunScope scope(*ns_, bound());
    return internal::callIn(scope, fn_, std::forward<Args>(args)...);
  }
  template <typename... Args>
  decltype(auto) operator()(Args&&... args) const {
    internal::RunScope scope(*ns_, bound());
    return internal::callIn(scope, fn_, std::forward<Args>(args)...);
  }

  // The context in which it runs.
  Context context() const noexcept { return internal::handleOf(bound()); }

 private:
  using Held = HeldFrame<Holder::kFunction>;
  static Held hold(const internal::NamespaceCore& ns, const Context& context, Location where) {
    return Held::take(internal::deriveFrame(nullptr, ns, internal::coreOf(context)), where);
  }
  internal::ContextCore* bound() const noexcept {
    return internal::activeIn(frame_.raw(), ns_->slot);
  }

  F fn_;
  Held frame_;                         // binds the context and nothing else
  const internal::NamespaceCore* ns_;  // kept alive by the context
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_BOUND_H_
