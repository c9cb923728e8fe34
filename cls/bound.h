// Bound: what Namespace::bind() returns, a callable that carries one context of one namespace.
//
//   auto callback = request.bind([&](int n) { return *request.get<int>("id") + n; });
//   driver.query("...", callback);  // whoever calls it, it sees this request
//
// It can be copied if the function can; copies share the context. What the function schedules is
// captured with the context too. To carry the contexts of all namespaces use cls::Function.
//
// Threads: the thread on which it was bound.

#ifndef WEFT_CLS_BOUND_H_
#define WEFT_CLS_BOUND_H_

#include <functional>
#include <type_traits>
#include <utility>

#include "weft/cls/context.h"
#include "weft/cls/errors.h"

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

template <typename F>
concept CanBeNull = requires(const F& fn) {
  fn == nullptr;
};

template <typename F>
void refuseNull([[maybe_unused]] const F& fn, [[maybe_unused]] const char* what) {
  if constexpr (CanBeNull<F> && !std::is_function_v<F>) {
    if (fn == nullptr) {
      throw UsageError(std::string(what) + " needs a function, and was given a null one");
    }
  }
}

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
  Bound(F fn, Context context, const internal::NamespaceCore& ns)
      : fn_(std::move(fn)), context_(std::move(context)), ns_(&ns) {}

  template <typename... Args>
  decltype(auto) operator()(Args&&... args) {
    internal::RunScope scope(*ns_, internal::coreOf(context_));
    return internal::callIn(scope, fn_, std::forward<Args>(args)...);
  }
  template <typename... Args>
  decltype(auto) operator()(Args&&... args) const {
    internal::RunScope scope(*ns_, internal::coreOf(context_));
    return internal::callIn(scope, fn_, std::forward<Args>(args)...);
  }

  // The context in which it runs.
  const Context& context() const noexcept { return context_; }

 private:
  F fn_;
  Context context_;
  const internal::NamespaceCore* ns_;  // kept alive by the context
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_BOUND_H_
