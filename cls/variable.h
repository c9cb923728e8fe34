// Variable<T>: one immutable value that follows the work, without a namespace or a key.
//
//   inline const cls::Variable<std::string> kTenant;
//   kTenant.run("acme", [&] { loop.nextTick([] { log(*kTenant.get()); }); });  // "acme"
//
// For a value that is set once, where it is known, and never changed below; a Namespace is for bags
// of values that are filled as the request goes on. Each Variable is a namespace of its own.
//
// Threads: all; each thread has its own values.

#ifndef WEFT_CLS_VARIABLE_H_
#define WEFT_CLS_VARIABLE_H_

#include <string_view>
#include <utility>

#include "weft/cls/config.h"
#include "weft/cls/key.h"
#include "weft/cls/namespace.h"
#include "weft/cls/registry.h"

namespace weft::cls::inline WEFT_CLS_ABI {

template <typename T>
class Variable {
 public:
  explicit Variable(Flow flow = Flow::kDefault) : space_(createAnonymousNamespace()), key_(flow) {}
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  // The value of the innermost run() that this code descends from, or null. Good while that code's
  // context lives.
  const T* get() const { return space_.get(key_); }

  // Calls `fn` with the variable set to `value` for it and for all that it schedules; returns what
  // `fn` returns.
  template <typename F>
  decltype(auto) run(T value, F&& fn, Location where = Location::here()) const {
    return space_.runAndReturn(
        [&]() -> decltype(auto) {
          space_.set(key_, std::move(value));
          return std::forward<F>(fn)();
        },
        {.root = true}, where);
  }

 private:
  Namespace space_;
  PrivateKey<T> key_;
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_VARIABLE_H_
