// Outcome<T>: how something ended: with a value, or with an exception. Empty until then.
//
// T may be void, and a reference, which is kept as a pointer. The exception keeps the contexts that
// it left.

#ifndef WEFT_LOOP_INTERNAL_OUTCOME_H_
#define WEFT_LOOP_INTERNAL_OUTCOME_H_

#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "weft/cls/held_error.h"

namespace weft::loop::internal {

struct Nothing {};

// What stands for a T in a result.
template <typename T>
using Stored = std::conditional_t<
    std::is_void_v<T>, Nothing,
    std::conditional_t<std::is_reference_v<T>, std::reference_wrapper<std::remove_reference_t<T>>,
                       std::remove_cv_t<T>>>;

template <typename T>
class Outcome {
 public:
  Outcome() noexcept {}
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;
  ~Outcome() {
    if (state_ == State::kValue) {
      value_.~Stored<T>();
    } else if (state_ == State::kError) [[unlikely]] {
      error_.~HeldError();
    }
  }

  // Each once, one of the two.
  template <typename... V>
  void set(V&&... value) {
    ::new (static_cast<void*>(std::addressof(value_))) Stored<T>(std::forward<V>(value)...);
    state_ = State::kValue;
  }
  void fail(cls::HeldError error) noexcept {
    ::new (static_cast<void*>(std::addressof(error_))) cls::HeldError(std::move(error));
    state_ = State::kError;
  }

  bool failed() const noexcept { return state_ == State::kError; }
  // Only if failed().
  const cls::HeldError& error() const noexcept { return error_; }
  // Only if it has a value.
  const Stored<T>& value() const noexcept { return value_; }

  // Moves the value out, or throws the exception.
  T take() {
    if (failed()) [[unlikely]]
      error_.rethrow();
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(value_.get());
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(value_);
    }
  }

 private:
  using HeldError = cls::HeldError;
  enum class State : unsigned char { kEmpty, kValue, kError };

  union {
    Stored<T> value_;
    HeldError error_;
  };
  State state_ = State::kEmpty;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_OUTCOME_H_
