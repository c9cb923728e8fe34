// randomBytes, randomInt: random numbers that nobody can guess, from OpenSSL's generator.
//
//   absl::StatusOr<std::string> token = co_await crypto::randomBytes(16);
//   crypto::randomInt(loop, 1, 7, [](absl::StatusOr<std::int64_t> die) { ... });
//
// A few bytes cost less by the blocking forms, crypto::sync::randomBytes() and randomInt(), than
// the way to another thread and back.
//
// Threads: crypto::sync any; the others as in weft/loop/async_function.h.

#ifndef WEFT_NATIVE_CRYPTO_RANDOM_H_
#define WEFT_NATIVE_CRYPTO_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::crypto {

namespace sync {
absl::StatusOr<std::string> randomBytes(std::size_t count);
absl::StatusOr<std::int64_t> randomInt(std::int64_t min, std::int64_t max);
}  // namespace sync

// `randomBytes(count)`. InvalidArgument above 2^31 - 1.
inline constexpr loop::AsyncFunction<&sync::randomBytes> randomBytes;
// `randomInt(min, max)`: min <= n < max, each as likely as the others. InvalidArgument if there is
// no such number.
inline constexpr loop::AsyncFunction<&sync::randomInt> randomInt;

}  // namespace weft::native::crypto

#endif  // WEFT_NATIVE_CRYPTO_RANDOM_H_
