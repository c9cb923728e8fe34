// pbkdf2, scrypt, hkdf: keys from passwords, and keys from keys.
//
//   auto key = co_await crypto::scrypt(password, salt, 32);
//   crypto::pbkdf2(loop, password, salt, 600'000, 32, "sha256",
//                  [](absl::StatusOr<std::string> key) { ... });
//
// The first two take long on purpose: they run on the pool. For a new program take scrypt. A password
// is looked up by the salt that was kept with its key, and compared by timingSafeEqual().
//
// What an algorithm cannot do (no iterations, a digest that is not there, a key too long for hkdf,
// a cost that is no power of two) is InvalidArgument.
//
// Threads: crypto::sync any; the others as in weft/loop/async_function.h.

#ifndef WEFT_NATIVE_CRYPTO_KEY_DERIVATION_H_
#define WEFT_NATIVE_CRYPTO_KEY_DERIVATION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::crypto {

// Time and memory grow with cost * block_size (128 bytes each), time also with parallelization.
struct ScryptOptions {
  std::uint64_t cost = 16384;  // N, a power of two
  std::uint64_t block_size = 8;
  std::uint64_t parallelization = 1;
  std::uint64_t max_memory = std::uint64_t{32} << 20;  // InvalidArgument if it needs more bytes
};

namespace sync {
absl::StatusOr<std::string> pbkdf2(const std::string& password, const std::string& salt,
                                   std::uint32_t iterations, std::size_t length,
                                   const std::string& digest);
absl::StatusOr<std::string> scrypt(const std::string& password, const std::string& salt,
                                   std::size_t length, ScryptOptions options = {});
absl::StatusOr<std::string> hkdf(const std::string& digest, const std::string& key,
                                 const std::string& salt, const std::string& info,
                                 std::size_t length);
}  // namespace sync

// `pbkdf2(password, salt, iterations, length, digest)`: a key of `length` bytes, RFC 8018.
inline constexpr loop::AsyncFunction<&sync::pbkdf2> pbkdf2;
// `scrypt(password, salt, length, options)`, RFC 7914.
inline constexpr loop::AsyncFunction<&sync::scrypt> scrypt;
// `hkdf(digest, key, salt, info, length)`, RFC 5869; `key` is good already, and not a password.
inline constexpr loop::AsyncFunction<&sync::hkdf> hkdf;

}  // namespace weft::native::crypto

#endif  // WEFT_NATIVE_CRYPTO_KEY_DERIVATION_H_
