// HeldError: an exception that is kept beyond its callback, with the contexts that it left.
//
// What fromException() knows of an exception is forgotten when the callback in which it was thrown
// is over. Whoever keeps an exception for somebody else (the result of a coroutine, a rejected
// promise) keeps it in here, and fromException() answers again where it is shown or rethrown.
//
//   try { work(); } catch (...) { result = cls::HeldError::current(); }
//   ...                                 // in a later callback
//   request.fromException(result.show());
//
// It holds the contexts, so they do not end while it lives. Threads: the one that made it; one that
// was made from a bare std::exception_ptr holds no context and may go anywhere.

#ifndef WEFT_CLS_HELD_ERROR_H_
#define WEFT_CLS_HELD_ERROR_H_

#include <exception>
#include <memory>
#include <utility>

#include "weft/cls/config.h"
#include "weft/cls/context.h"

namespace weft::cls::inline WEFT_CLS_ABI {

namespace internal {
struct ErrorNote;
}  // namespace internal

class HeldError {
 public:
  HeldError() = default;
  explicit HeldError(std::exception_ptr error) noexcept : error_(std::move(error)) {}
  // The exception that is being handled.
  static HeldError current() noexcept;

  explicit operator bool() const noexcept { return error_ != nullptr; }

  // The exception; fromException() finds its contexts until the running callback ends.
  const std::exception_ptr& show() const noexcept;
  [[noreturn]] void rethrow() const { std::rethrow_exception(show()); }

 private:
  std::exception_ptr error_;
  std::shared_ptr<const internal::ErrorNote> note_;  // null: it left no context
};

// In a handler: the exception has left `context`, as if that had been run. For whoever enters a
// context by other means than run() and bind().
void noteException(const Context& context) noexcept;

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_HELD_ERROR_H_
