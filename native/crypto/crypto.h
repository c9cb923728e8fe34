// Everything of weft/native/crypto; include single headers to build faster.

#ifndef WEFT_NATIVE_CRYPTO_CRYPTO_H_
#define WEFT_NATIVE_CRYPTO_CRYPTO_H_

#include "weft/native/crypto/hash.h"            // IWYU pragma: export
#include "weft/native/crypto/key_derivation.h"  // IWYU pragma: export
#include "weft/native/crypto/random.h"          // IWYU pragma: export

namespace weft {
namespace crypto = native::crypto;
}  // namespace weft

#endif  // WEFT_NATIVE_CRYPTO_CRYPTO_H_
