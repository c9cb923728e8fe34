// Everything of weft/native/zlib; include single headers to build faster.

#ifndef WEFT_NATIVE_ZLIB_ZLIB_H_
#define WEFT_NATIVE_ZLIB_ZLIB_H_

#include "weft/native/zlib/one_shot.h"  // IWYU pragma: export
#include "weft/native/zlib/stream.h"    // IWYU pragma: export

namespace weft {
namespace zlib = native::zlib;
}  // namespace weft

#endif  // WEFT_NATIVE_ZLIB_ZLIB_H_
