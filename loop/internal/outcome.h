// Outcome<T>: how something ended: with a value, or with an exception. Empty until then.
//
// T may be void, and a reference, which is kept as a pointer. The exception keeps the contexts that
// it left.

#ifndef WEFT_LOOP_INTERNAL_OUTCOME_H_
#define WEFT_LOOP_INTERNAL_OUTCOME_H_

#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

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
  template <typename... V>
  void set(V&&... value) {
    state_.template emplace<1>(std::forward<V>(value)...);
  }
  void fail(cls::HeldError error) noexcept { state_.template emplace<2>(std::move(error)); }

  bool ready() const noexcept { return state_.index() != 0; }
  bool failed() const noexcept { return state_.index() == 2; }
  // Only if failed().
  const cls::HeldError& error() const noexcept { return *std::get_if<2>(&state_); }

  // Moves the value out, or throws the exception.
  T take() {
    if (failed()) [[unlikely]]
      error().rethrow();
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(std::get_if<1>(&state_)->get());
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*std::get_if<1>(&state_));
    }
  }
  // Only if it has a value.
  const Stored<T>& value() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<std::monostate, Stored<T>, cls::HeldError> state_;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_OUTCOME_H_
