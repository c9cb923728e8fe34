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
// std::optional may be left out. Results, refusals and cancelling are those of work(); the callback
// runs in the contexts of the call. The function itself sees no contexts, as it would have no use
// for them: where it has, call work(). All of weft/native is made of this.
//
// Threads: called on the loop's thread; the function runs on another.

#ifndef WEFT_LOOP_ASYNC_FUNCTION_H_
#define WEFT_LOOP_ASYNC_FUNCTION_H_

#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/work.h"

namespace weft::loop {

namespace internal {

template <typename T>
inline constexpr bool kMayBeLeftOut = std::is_aggregate_v<T>;
template <typename T>
inline constexpr bool kMayBeLeftOut<std::optional<T>> = true;

// `kBlocking` called with the first arguments of `All`, as many as there are indices.
template <auto kBlocking, typename All, typename Indices>
class AsyncForm;

template <auto kBlocking, typename All, std::size_t... I>
class AsyncForm<kBlocking, All, std::index_sequence<I...>> {
  using Result = WorkResult<decltype(std::apply(kBlocking, std::declval<All>()))>;

 public:
  // To be awaited, at once.
  auto operator()(std::tuple_element_t<I, All>... given) const {
    return std::apply([](auto&&... all) { return work(options(), kBlocking, std::move(all)...); },
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
  static WorkOptions options() { return {.contexts = false}; }
  static All allOf(std::tuple_element_t<I, All>&... given) {
    All all;
    ((std::get<I>(all) = std::move(given)), ...);
    return all;
  }
};

template <auto kBlocking, typename Function>
struct AsyncForms;
template <auto kBlocking, typename R, typename... A>
struct AsyncForms<kBlocking, R (*)(A...)> {
  using All = std::tuple<std::decay_t<A>...>;
  static constexpr std::size_t kCount = sizeof...(A);
  using Full = AsyncForm<kBlocking, All, std::make_index_sequence<kCount>>;

  // With all arguments, or without the last.
  class WithoutLast : public Full,
                      public AsyncForm<kBlocking, All, std::make_index_sequence<kCount - 1>> {
   public:
    using Full::operator();
    using AsyncForm<kBlocking, All, std::make_index_sequence<kCount - 1>>::operator();
  };
  using Type =
      std::conditional_t<kMayBeLeftOut<std::tuple_element_t<kCount - 1, All>>, WithoutLast, Full>;
};

}  // namespace internal

template <auto kBlocking>
class AsyncFunction : public internal::AsyncForms<kBlocking, decltype(kBlocking)>::Type {};

}  // namespace weft::loop

#endif  // WEFT_LOOP_ASYNC_FUNCTION_H_
