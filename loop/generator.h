// AsyncGenerator<T>: a coroutine that gives one T after another, and may wait in between.
//
//   loop::AsyncGenerator<int> countdown(int n) {
//     for (; n > 0; --n) {
//       co_await loop::sleep(1s);
//       co_yield n;
//     }
//   }
//   auto numbers = countdown(3);
//   while (std::optional<int> n = co_await numbers.next()) show(*n);
//
// It is lazy: its body runs while somebody waits for next(), and stands still at co_yield. What it
// throws is thrown at that next(), after which it has ended. Destroyed before its end, its body is
// destroyed where it stands, in its contexts; so it is when whoever waits for next() is dropped.
//
// Contexts: as those of a Co (see co.h). What the body enters stays with the body; each next() goes
// on in the caller's contexts, and the body in its own, whoever calls.
//
// Threads: the loop's only.

#ifndef WEFT_LOOP_GENERATOR_H_
#define WEFT_LOOP_GENERATOR_H_

#include <concepts>
#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/cls/held_error.h"
#include "weft/loop/co.h"
#include "weft/loop/internal/co_core.h"
#include "weft/loop/internal/co_foreign.h"

namespace weft::loop {

template <typename T>
class AsyncGenerator;

namespace internal {

[[noreturn]] void refuseNext(bool empty);

template <typename T>
class GeneratorBody final : public CoPromise {
 public:
  AsyncGenerator<T> get_return_object() noexcept {
    return AsyncGenerator<T>(CoPromise::handleOf(*this));
  }
  CoFinal final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { error_ = cls::HeldError::current(); }

  struct Yield {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<GeneratorBody> handle) const {
      handle.promise().yieldToParent();
    }
    void await_resume() const noexcept {}
  };
  template <typename V = T>
  requires std::convertible_to<V&&, T> Yield yield_value(V&& value) {
    value_.emplace(std::forward<V>(value));
    return {};
  }
  template <typename A>
  auto await_transform(A&& awaitable) {
    return transformAwait(std::forward<A>(awaitable));
  }

  // For next(): true once begun.
  bool begin() noexcept { return std::exchange(begun_, true); }
  std::optional<T> take() {
    if (error_) std::exchange(error_, {}).rethrow();
    return std::exchange(value_, std::nullopt);
  }

 private:
  bool begun_ = false;
  std::optional<T> value_;
  cls::HeldError error_;
};

}  // namespace internal

template <typename T>
class [[nodiscard]] AsyncGenerator {
  static_assert(std::is_object_v<T>, "a generator gives values: give a pointer");

 public:
  using promise_type = internal::GeneratorBody<T>;
  using Type = T;

  AsyncGenerator() = default;
  AsyncGenerator(AsyncGenerator&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)),
        waited_(std::exchange(other.waited_, false)) {}
  AsyncGenerator& operator=(AsyncGenerator&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(waited_, other.waited_);
    return *this;
  }
  ~AsyncGenerator() { destroy(); }

  explicit operator bool() const noexcept { return handle_ != nullptr; }

  // To be awaited: the next value, or none at the end. The generator stays where it is until then.
  // Throws UsageError if it is empty, or somebody waits for next() already.
  auto next() { return Next{*this}; }

 private:
  friend promise_type;
  explicit AsyncGenerator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  class Wait final : public internal::AtHome {
   public:
    explicit Wait(AsyncGenerator& generator) : generator_(generator) {
      if (!generator.handle_ || generator.waited_) internal::refuseNext(!generator.handle_);
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    // Dropped meanwhile: what the body waits for is this coroutine's.
    ~Wait() {
      if (waiting_) generator_.destroy();
    }
    bool await_ready() const noexcept { return generator_.handle_.done(); }
    template <typename P>
    bool await_suspend(std::coroutine_handle<P> handle) {
      generator_.waited_ = waiting_ = true;
      promise_type& body = generator_.handle_.promise();
      if (!body.begin()) return handle.promise().call(body);
      handle.promise().callAgain(body);
      return true;
    }
    std::optional<T> await_resume() {
      generator_.waited_ = waiting_ = false;
      return generator_.handle_.promise().take();
    }

   private:
    AsyncGenerator& generator_;
    bool waiting_ = false;
  };
  struct [[nodiscard]] Next {
    AsyncGenerator& generator;
    Wait operator co_await() const { return Wait(generator); }
  };

  void destroy() noexcept {
    waited_ = false;
    if (auto handle = std::exchange(handle_, nullptr)) handle.promise().destroy();
  }

  std::coroutine_handle<promise_type> handle_;
  bool waited_ = false;
};

}  // namespace weft::loop

namespace weft {
using loop::AsyncGenerator;
}  // namespace weft

#endif  // WEFT_LOOP_GENERATOR_H_
