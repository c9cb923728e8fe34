#include "weft/native/crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "weft/cls/errors.h"
#include "weft/native/crypto/internal/openssl.h"

namespace weft::native::crypto {

using internal::bytesOf;
using internal::outOfMemory;

namespace {

[[noreturn]] void refuseDigested() {
  throw UsageError("the digest was taken: make another Hash or Hmac for other bytes");
}

}  // namespace

void Hash::Free::operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }

absl::StatusOr<Hash> Hash::create(const std::string& algorithm) {
  const absl::StatusOr<internal::DigestPtr> digest = internal::findDigest("hash", algorithm);
  if (!digest.ok()) return digest.status();
  Hash made(EVP_MD_CTX_new());
  if (made.context_ == nullptr) outOfMemory();
  if (EVP_DigestInit_ex(made.context_.get(), digest->get(), nullptr) != 1) {
    return internal::failure("hash");
  }
  return made;
}

Hash& Hash::update(std::string_view bytes) {
  if (context_ == nullptr) refuseDigested();
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) outOfMemory();
  return *this;
}

std::string Hash::digest() {
  if (context_ == nullptr) refuseDigested();
  std::string digest(static_cast<std::size_t>(EVP_MD_CTX_size(context_.get())), '\0');
  if (EVP_DigestFinal_ex(context_.get(), bytesOf(digest), nullptr) != 1) outOfMemory();
  context_.reset();
  return digest;
}

void Hmac::Free::operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }

absl::StatusOr<Hmac> Hmac::create(const std::string& algorithm, std::string_view key) {
  const absl::StatusOr<internal::DigestPtr> digest = internal::findDigest("hmac", algorithm);
  if (!digest.ok()) return digest.status();
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  if (mac == nullptr) outOfMemory();
  Hmac made(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  if (made.context_ == nullptr) outOfMemory();
  std::string name = algorithm;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_end()};
  // A null key would mean "the one of before".
  const unsigned char* const key_bytes = key.empty() ? bytesOf(std::string_view("")) : bytesOf(key);
  if (EVP_MAC_init(made.context_.get(), key_bytes, key.size(), parameters) != 1) {
    return internal::failure("hmac");
  }
  return made;
}

Hmac& Hmac::update(std::string_view bytes) {
  if (context_ == nullptr) refuseDigested();
  if (EVP_MAC_update(context_.get(), bytesOf(bytes), bytes.size()) != 1) outOfMemory();
  return *this;
}

std::string Hmac::digest() {
  if (context_ == nullptr) refuseDigested();
  std::string digest(EVP_MAC_CTX_get_mac_size(context_.get()), '\0');
  std::size_t size = 0;
  if (EVP_MAC_final(context_.get(), bytesOf(digest), &size, digest.size()) != 1) outOfMemory();
  context_.reset();
  return digest;
}

absl::StatusOr<std::string> sync::hash(const std::string& algorithm, const std::string& bytes) {
  absl::StatusOr<Hash> made = Hash::create(algorithm);
  if (!made.ok()) return made.status();
  return made->update(bytes).digest();
}

absl::StatusOr<std::string> sync::hmac(const std::string& algorithm, const std::string& key,
                                       const std::string& bytes) {
  absl::StatusOr<Hmac> made = Hmac::create(algorithm, key);
  if (!made.ok()) return made.status();
  return made->update(bytes).digest();
}

bool timingSafeEqual(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace weft::native::crypto
