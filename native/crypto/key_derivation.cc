#include "weft/native/crypto/key_derivation.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "weft/native/crypto/internal/openssl.h"

namespace weft::native::crypto::sync {
namespace {

using internal::bytesOf;

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};

constexpr std::size_t kMost = std::numeric_limits<int>::max();

absl::Status checkLength(const char* operation, std::size_t length) {
  if (length > 0 && length <= kMost) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(operation, ": no key can have ", length, " bytes"));
}

OSSL_PARAM octets(const char* name, const std::string& bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

absl::StatusOr<std::string> pbkdf2(const std::string& password, const std::string& salt,
                                   std::uint32_t iterations, std::size_t length,
                                   const std::string& digest) {
  if (absl::Status checked = checkLength("pbkdf2", length); !checked.ok()) return checked;
  if (iterations == 0 || iterations > kMost || password.size() > kMost || salt.size() > kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat("pbkdf2: it cannot be done with ", iterations, " iterations"));
  }
  const absl::StatusOr<internal::DigestPtr> found = internal::findDigest("pbkdf2", digest);
  if (!found.ok()) return found.status();
  std::string key(length, '\0');
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytesOf(salt),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), found->get(),
                        static_cast<int>(length), bytesOf(key)) != 1) {
    return internal::failure("pbkdf2");
  }
  return key;
}

absl::StatusOr<std::string> scrypt(const std::string& password, const std::string& salt,
                                   std::size_t length, ScryptOptions options) {
  if (absl::Status checked = checkLength("scrypt", length); !checked.ok()) return checked;
  std::string key(length, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(), bytesOf(salt), salt.size(), options.cost,
                     options.block_size, options.parallelization, options.max_memory, bytesOf(key),
                     length) != 1) {
    return internal::failure("scrypt");
  }
  return key;
}

absl::StatusOr<std::string> hkdf(const std::string& digest, const std::string& key,
                                 const std::string& salt, const std::string& info,
                                 std::size_t length) {
  if (absl::Status checked = checkLength("hkdf", length); !checked.ok()) return checked;
  const absl::StatusOr<internal::DigestPtr> found = internal::findDigest("hkdf", digest);
  if (!found.ok()) return found.status();
  const std::unique_ptr<EVP_KDF, FreeKdf> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  if (kdf == nullptr) internal::outOfMemory();
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(EVP_KDF_CTX_new(kdf.get()));
  if (context == nullptr) internal::outOfMemory();
  std::string name = digest;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, key), octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  std::string derived(length, '\0');
  if (EVP_KDF_derive(context.get(), bytesOf(derived), length, parameters) != 1) {
    return internal::failure("hkdf");
  }
  return derived;
}

}  // namespace weft::native::crypto::sync
