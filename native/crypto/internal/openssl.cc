#include "weft/native/crypto/internal/openssl.h"

#include <openssl/err.h>

#include <new>

#include "absl/strings/str_cat.h"

namespace weft::native::crypto::internal {

absl::StatusOr<DigestPtr> findDigest(const char* operation, const std::string& name) {
  DigestPtr digest(EVP_MD_fetch(nullptr, name.c_str(), nullptr));
  ERR_clear_error();
  if (digest != nullptr && name.find('\0') == std::string::npos) return digest;
  return absl::InvalidArgumentError(
      absl::StrCat(operation, ": there is no digest '", name, "': take one such as sha256"));
}

absl::Status failure(const char* operation) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(operation, ": ", reason == nullptr ? "OpenSSL refuses" : reason));
}

void outOfMemory() {
  ERR_clear_error();
  throw std::bad_alloc();
}

}  // namespace weft::native::crypto::internal
