#include "weft/native/crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "weft/native/crypto/internal/openssl.h"

namespace weft::native::crypto::sync {
namespace {

constexpr std::size_t kMost = std::numeric_limits<int>::max();

absl::Status tooMany(const char* operation) {
  return absl::InvalidArgumentError(
      absl::StrCat(operation, ": that many bytes cannot be asked for at once"));
}

}  // namespace

absl::StatusOr<std::string> randomBytes(std::size_t count) {
  if (count > kMost) return tooMany("randomBytes");
  std::string bytes(count, '\0');
  if (RAND_bytes(internal::bytesOf(bytes), static_cast<int>(count)) != 1) {
    return internal::failure("randomBytes");
  }
  return bytes;
}

absl::StatusOr<std::string> randomFill(std::string bytes, RandomFillOptions options) {
  const std::size_t most = bytes.size() - std::min(bytes.size(), options.offset);
  const std::size_t count = options.count.value_or(most);
  if (options.offset > bytes.size() || count > most) {
    return absl::InvalidArgumentError(absl::StrCat("randomFill: there are no ", count, " bytes at ",
                                                   options.offset, " of ", bytes.size()));
  }
  if (count > kMost) return tooMany("randomFill");
  if (RAND_bytes(internal::bytesOf(bytes) + options.offset, static_cast<int>(count)) != 1) {
    return internal::failure("randomFill");
  }
  return bytes;
}

absl::StatusOr<std::int64_t> randomInt(std::int64_t min, std::int64_t max) {
  if (min >= max) {
    return absl::InvalidArgumentError("randomInt: there is no number from min to below max");
  }
  const std::uint64_t range = static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(min);
  // 2^64 is no multiple of most ranges: what is left over would make the first numbers likelier, so
  // it is thrown again.
  const std::uint64_t left_over = -range % range;
  for (;;) {
    std::uint64_t drawn = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&drawn), sizeof(drawn)) != 1) {
      return internal::failure("randomInt");
    }
    if (drawn >= left_over) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(min) + drawn % range);
    }
  }
}

}  // namespace weft::native::crypto::sync
