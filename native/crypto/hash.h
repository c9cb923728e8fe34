// Hash, Hmac: digests of bytes, with a key or without.
//
//   absl::StatusOr<crypto::Hash> hash = crypto::Hash::create("sha256");
//   file->on(kData, [&](std::string_view bytes) { hash->update(bytes); });
//   file->on(kEnd, [&] { save(hash->digest()); });
//
//   absl::StatusOr<std::string> digest = co_await crypto::hash("sha256", large);  // on the pool
//
// Digests are bytes; absl::BytesToHexString() writes them for people. Algorithms are named as
// OpenSSL does, "sha256", "sha512", "sha3-256", "blake2b512"; one that it does not know is
// InvalidArgument. Up to some 10 KiB the blocking forms, crypto::sync::hash() and hmac(), cost less
// than the way to another thread and back.
//
// Threads: a Hash or Hmac belongs to one thread at a time; crypto::sync any; the others as in
// weft/loop/async_function.h.

#ifndef WEFT_NATIVE_CRYPTO_HASH_H_
#define WEFT_NATIVE_CRYPTO_HASH_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;

namespace weft::native::crypto {

// A digest of bytes that come one after the other.
class Hash {
 public:
  static absl::StatusOr<Hash> create(const std::string& algorithm);

  // After digest() a UsageError.
  Hash& update(std::string_view bytes);
  // Of all bytes so far; once, then a UsageError.
  std::string digest();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept;
  };
  explicit Hash(EVP_MD_CTX* context) noexcept : context_(context) {}

  std::unique_ptr<EVP_MD_CTX, Free> context_;  // null once digested
};

// The same with a key, which whoever knows it can check.
class Hmac {
 public:
  static absl::StatusOr<Hmac> create(const std::string& algorithm, std::string_view key);

  // After digest() a UsageError.
  Hmac& update(std::string_view bytes);
  // Of all bytes so far; once, then a UsageError. Compare it by timingSafeEqual().
  std::string digest();

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const noexcept;
  };
  explicit Hmac(EVP_MAC_CTX* context) noexcept : context_(context) {}

  std::unique_ptr<EVP_MAC_CTX, Free> context_;  // null once digested
};

namespace sync {
absl::StatusOr<std::string> hash(const std::string& algorithm, const std::string& bytes);
absl::StatusOr<std::string> hmac(const std::string& algorithm, const std::string& key,
                                 const std::string& bytes);
}  // namespace sync

// `hash(algorithm, bytes)`.
inline constexpr loop::AsyncFunction<&sync::hash> hash;
// `hmac(algorithm, key, bytes)`.
inline constexpr loop::AsyncFunction<&sync::hmac> hmac;

// True if both are the same, in a time that tells nothing about where they differ (but whether they
// are of the same length).
bool timingSafeEqual(std::string_view a, std::string_view b) noexcept;

}  // namespace weft::native::crypto

#endif  // WEFT_NATIVE_CRYPTO_HASH_H_
