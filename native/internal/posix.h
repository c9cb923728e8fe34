// Calls of the system that answer -1 and errno, made into values: what went wrong is told with the
// operation, the path and the system's own words, "open '/etc/shadow': Permission denied".

#ifndef WEFT_NATIVE_INTERNAL_POSIX_H_
#define WEFT_NATIVE_INTERNAL_POSIX_H_

#include <cerrno>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace weft::native::internal {

inline std::string quoted(const std::string& path) { return absl::StrCat("'", path, "'"); }

// `subject` is what it was done to, as quoted() gives it.
inline absl::Status errnoStatus(int error, const char* operation, const std::string& subject) {
  return absl::ErrnoToStatus(error, absl::StrCat(operation, " ", subject));
}

// The system would take the part before a NUL for all of the path.
inline absl::Status checkPath(const char* operation, const std::string& path) {
  if (path.find('\0') == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(operation, " ", quoted(path.substr(0, path.find('\0'))),
                   ": the path contains a NUL byte"));
}

// `call()` until no signal interrupts it. -1, with errno, if it fails.
template <typename F>
auto retried(F&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// What `call()` returns, or why it returned -1.
template <typename F, typename R = std::invoke_result_t<F&>>
absl::StatusOr<R> posixValue(const char* operation, const std::string& path, F&& call) {
  if (absl::Status checked = checkPath(operation, path); !checked.ok()) return checked;
  const R result = retried(call);
  if (result == -1) return errnoStatus(errno, operation, quoted(path));
  return result;
}
template <typename F>
absl::Status posix(const char* operation, const std::string& path, F&& call) {
  return posixValue(operation, path, std::forward<F>(call)).status();
}
// The same for an operation on two paths.
template <typename F>
absl::Status posix(const char* operation, const std::string& from, const std::string& to,
                   F&& call) {
  for (const std::string* path : {&from, &to}) {
    if (absl::Status checked = checkPath(operation, *path); !checked.ok()) return checked;
  }
  if (retried(call) != -1) return absl::OkStatus();
  return errnoStatus(errno, operation, absl::StrCat(quoted(from), " -> ", quoted(to)));
}

}  // namespace weft::native::internal

#endif  // WEFT_NATIVE_INTERNAL_POSIX_H_
