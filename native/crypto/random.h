// randomBytes, randomFill, randomInt: random numbers that nobody can guess, from OpenSSL's
// generator.
//
//   absl::StatusOr<std::string> token = co_await crypto::randomBytes(16);
//   crypto::randomInt(loop, 1, 7, [](absl::StatusOr<std::int64_t> die) { ... });
//
// A few bytes cost less by the blocking forms, in crypto::sync, than the way to another thread and
// back.
//
// Threads: crypto::sync any; the others as in weft/loop/async_function.h.

#ifndef WEFT_NATIVE_CRYPTO_RANDOM_H_
#define WEFT_NATIVE_CRYPTO_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::crypto {

struct RandomFillOptions {
  std::size_t offset = 0;                 // the first byte that is replaced
  std::optional<std::size_t> count = {};  // nothing: all from there
};

namespace sync {
absl::StatusOr<std::string> randomBytes(std::size_t count);
absl::StatusOr<std::string> randomFill(std::string bytes, RandomFillOptions options = {});
absl::StatusOr<std::int64_t> randomInt(std::int64_t min, std::int64_t max);
}  // namespace sync

// `randomBytes(count)`. InvalidArgument above 2^31 - 1.
inline constexpr loop::AsyncFunction<&sync::randomBytes> randomBytes;
// `randomFill(bytes, options)`: the same bytes, in the same memory if they are moved in, with
// random ones in place of some or all. InvalidArgument if there are not so many.
inline constexpr loop::AsyncFunction<&sync::randomFill> randomFill;
// `randomInt(min, max)`: min <= n < max, each as likely as the others. InvalidArgument if there is
// no such number.
inline constexpr loop::AsyncFunction<&sync::randomInt> randomInt;

}  // namespace weft::native::crypto

#endif  // WEFT_NATIVE_CRYPTO_RANDOM_H_
