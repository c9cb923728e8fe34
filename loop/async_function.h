// AsyncFunction: a function that blocks, offered to callbacks and to coroutines.
//
// Declared once, for a function of plain values that may run on any thread:
//
//   absl::StatusOr<Image> scaled(const std::string& path, ScaleOptions options);
//   inline constexpr loop::AsyncFunction<&scaled> scale;
//
// and called in either form; it runs on the loop's thread pool, by weft/loop/work.h:
//
//   scale(event_loop, "cat.jpg", {.width = 100}, [](absl::StatusOr<Image> image) { ... });
//   absl::StatusOr<Image> image = co_await scale("cat.jpg", {.width = 100});
//
// The arguments are taken by value, whatever the function's parameters look like, so nothing of the
// caller's is touched by the other thread. A last parameter that is an aggregate (options) or a
// std::optional may be left out. Results and refusals are those of work(); the callback runs in the
// contexts of the call. The function itself sees no contexts, as it would have no use for them:
// where it has, call work(). All of weft/native is made of this.
//
// A coroutine that is dropped takes back what has not begun; a callback is cancelled by a token,
// and comes with Cancelled:
//
//   scale.with({.token = stop.get_token()})(event_loop, "cat.jpg", done);
//
// Threads: called on the loop's thread; the function runs on another.

#ifndef WEFT_LOOP_ASYNC_FUNCTION_H_
#define WEFT_LOOP_ASYNC_FUNCTION_H_

#include <concepts>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/work.h"

namespace weft::loop {

// How one call is made.
struct AsyncOptions {
  std::stop_token token = {};                 // a stop request cancels what has not begun
  std::optional<WorkPriority> priority = {};  // nothing: the function's own
};

namespace internal {

template <typename T>
inline constexpr bool kMayBeLeftOut = std::is_aggregate_v<T>;
template <typename T>
inline constexpr bool kMayBeLeftOut<std::optional<T>> = true;

// `kBlocking` called with the first arguments of `All`, as many as there are indices, as the
// options() of `Derived` say.
template <typename Derived, auto kBlocking, typename All, typename Indices>
class AsyncForm;

template <typename Derived, auto kBlocking, typename All, std::size_t... I>
class AsyncForm<Derived, kBlocking, All, std::index_sequence<I...>> {
  using Result = WorkResult<decltype(std::apply(kBlocking, std::declval<All>()))>;

 public:
  // To be awaited, at once.
  auto operator()(std::tuple_element_t<I, All>... given) const {
    return std::apply(
        [this](auto&&... all) { return work(options(), kBlocking, std::move(all)...); },
        allOf(given...));
  }
  // Calls `done` with the result. Throws UsageError if it is null.
  template <std::invocable<Result> F>
  void operator()(EventLoop& loop, std::tuple_element_t<I, All>... given, F&& done,
                  cls::Location where = cls::Location::here()) const {
    work(
        loop, [all = allOf(given...)]() mutable { return std::apply(kBlocking, std::move(all)); },
        std::forward<F>(done), options(), where);
  }

 private:
  WorkOptions options() const { return static_cast<const Derived&>(*this).options(); }
  static All allOf(std::tuple_element_t<I, All>&... given) {
    All all;
    ((std::get<I>(all) = std::move(given)), ...);
    return all;
  }
};

template <typename Derived, auto kBlocking, typename Function = decltype(kBlocking)>
struct AsyncForms;
template <typename Derived, auto kBlocking, typename R, typename... A>
struct AsyncForms<Derived, kBlocking, R (*)(A...)> {
  using All = std::tuple<std::decay_t<A>...>;
  static constexpr std::size_t kCount = sizeof...(A);
  template <std::size_t kGiven>
  using Form = AsyncForm<Derived, kBlocking, All, std::make_index_sequence<kGiven>>;

  // With all arguments, or without the last.
  class WithoutLast : public Form<kCount>, public Form<kCount - 1> {
   public:
    using Form<kCount>::operator();
    using Form<kCount - 1>::operator();
  };
  using Type = std::conditional_t<kMayBeLeftOut<std::tuple_element_t<kCount - 1, All>>, WithoutLast,
                                  Form<kCount>>;
};

// What with() gives.
template <auto kBlocking>
class AsyncCall : public AsyncForms<AsyncCall<kBlocking>, kBlocking>::Type {
 public:
  explicit AsyncCall(WorkOptions options) : options_(std::move(options)) {}
  const WorkOptions& options() const { return options_; }

 private:
  const WorkOptions options_;
};

}  // namespace internal

// `kPriority`: WorkPriority::kLow for what may take long.
template <auto kBlocking, WorkPriority kPriority = WorkPriority::kNormal>
class AsyncFunction
    : public internal::AsyncForms<AsyncFunction<kBlocking, kPriority>, kBlocking>::Type {
 public:
  // The same function, to be called in either form.
  internal::AsyncCall<kBlocking> with(AsyncOptions options) const {
    return internal::AsyncCall<kBlocking>({.priority = options.priority.value_or(kPriority),
                                           .token = std::move(options.token),
                                           .contexts = false});
  }

  // For the mechanism.
  WorkOptions options() const { return {.priority = kPriority, .contexts = false}; }
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_ASYNC_FUNCTION_H_
