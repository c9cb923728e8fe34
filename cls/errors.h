// The errors of a caller's mistake.
//
// weft sorts errors in three: a caller's bug throws UsageError with a sentence that says what to
// do; the world's failures (a refused connection, a full disk) are values, absl::Status, or
// `error` events; a broken invariant of weft itself aborts. Nothing here is thrown for the second
// or the third.

#ifndef WEFT_CLS_ERRORS_H_
#define WEFT_CLS_ERRORS_H_

#include <stdexcept>
#include <string>

namespace weft {

// The program used weft in a way that it must not. The state is as it was before the call.
class UsageError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace cls {

// A value was set, or required, in a namespace that has no active context. The text names the
// namespace, and says what `known` there is of the context's loss.
class NoContextError : public UsageError {
 public:
  explicit NoContextError(const std::string& namespace_name, const std::string& known = "")
      : UsageError("no context is active in namespace '" + namespace_name +
                   "': call run() or bind() first" + (known.empty() ? "" : "; " + known)) {}
};

}  // namespace cls
}  // namespace weft

#endif  // WEFT_CLS_ERRORS_H_
