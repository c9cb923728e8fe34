// UnhandledError: what emitting `error` throws when nobody listens and what was given is not an
// exception itself. Its text quotes what was given.
//
// A single argument that is an exception is thrown as it is: a std::exception_ptr is rethrown,
// an object of a class of std::exception is thrown as a copy, unless it was passed by a base
// class, which a copy would cut down; then its text is quoted.
//
// Threads: a value; any.

#ifndef WEFT_EMITTER_UNHANDLED_ERROR_H_
#define WEFT_EMITTER_UNHANDLED_ERROR_H_

#include <concepts>
#include <exception>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "weft/emitter/internal/signature.h"

namespace weft::emitter {

class UnhandledError : public std::runtime_error {
 public:
  // `given`: the arguments of the event, quoted.
  explicit UnhandledError(const std::string& given)
      : std::runtime_error("unhandled 'error' event: " + given) {}
};

namespace internal {

template <typename T>
std::string describeValue(const T& value) {
  if constexpr (std::is_pointer_v<T> || std::is_null_pointer_v<T>) {
    if (value == nullptr) return "null";
  }
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return "'" + std::string(std::string_view(value)) + "'";
  } else if constexpr (std::derived_from<T, std::exception>) {
    return typeName(typeid(value)) + ": " + value.what();
  } else if constexpr (requires(std::ostream & out) { out << value; }) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else {
    return "a value of type " + typeName(typeid(T));
  }
}

inline void throwIfException(const std::exception_ptr& error) {
  if (error != nullptr) std::rethrow_exception(error);
}

template <typename T>
void throwIfException(const T& value) {
  if constexpr (std::derived_from<T, std::exception> && std::copy_constructible<T>) {
    if (typeid(value) == typeid(T)) throw T(value);
  }
}

// Throws what an `error` event with these arguments throws when nobody listens.
template <typename... Args>
[[noreturn]] void throwUnhandled(const Args&... args) {
  if constexpr (sizeof...(Args) == 1) (throwIfException(args), ...);
  std::string all;
  ((all += (all.empty() ? "" : ", ") + describeValue(args)), ...);
  throw UnhandledError(all.empty() ? "no arguments" : all);
}

}  // namespace internal
}  // namespace weft::emitter

namespace weft {
using emitter::UnhandledError;
}  // namespace weft

#endif  // WEFT_EMITTER_UNHANDLED_ERROR_H_
