// Is there anything to call? For whoever takes callables of any type and must refuse null ones.
//
//   template <typename F>
//   void later(F&& fn) {
//     if (cls::isNullCallable(fn)) throw UsageError("later() needs a function");
//     ...
//   }

#ifndef WEFT_CLS_CALLABLE_H_
#define WEFT_CLS_CALLABLE_H_

#include <string>
#include <type_traits>

#include "weft/cls/errors.h"

namespace weft::cls {

// True for a null pointer to a function, an empty std::function and the like; false for what cannot
// be null.
template <typename F>
constexpr bool isNullCallable([[maybe_unused]] const F& fn) {
  if constexpr (!std::is_function_v<F> && requires { fn == nullptr; }) {
    return fn == nullptr;
  } else {
    return false;
  }
}

// Throws UsageError, saying that `what` ("bind()") needs a function, for a null one.
template <typename F>
void refuseNullCallable(const F& fn, const char* what) {
  if (isNullCallable(fn)) {
    throw UsageError(std::string(what) + " needs a function, and was given a null one");
  }
}

}  // namespace weft::cls

#endif  // WEFT_CLS_CALLABLE_H_
