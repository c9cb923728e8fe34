// What the functions of crypto share: algorithms by name, and OpenSSL's errors as values.

#ifndef WEFT_NATIVE_CRYPTO_INTERNAL_OPENSSL_H_
#define WEFT_NATIVE_CRYPTO_INTERNAL_OPENSSL_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft::native::crypto::internal {

struct FreeDigest {
  void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};
using DigestPtr = std::unique_ptr<EVP_MD, FreeDigest>;

// "sha256" and the like, whatever the case. InvalidArgument if there is none of that name.
absl::StatusOr<DigestPtr> findDigest(const char* operation, const std::string& name);

// Why the last call of this thread failed.
absl::Status failure(const char* operation);
// The same where nothing but memory can be missing.
[[noreturn]] void outOfMemory();

inline const unsigned char* bytesOf(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytesOf(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace weft::native::crypto::internal

#endif  // WEFT_NATIVE_CRYPTO_INTERNAL_OPENSSL_H_
