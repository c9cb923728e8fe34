// What comes first in a queue, as one string for another thread.

#ifndef WEFT_NATIVE_INTERNAL_GATHER_H_
#define WEFT_NATIVE_INTERNAL_GATHER_H_

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "weft/stream/byte_queue.h"

namespace weft::native::internal {

// A copy of up to `most` bytes, which stay in the queue.
inline std::string gather(const stream::ByteQueue& queue, std::size_t most) {
  std::array<iovec, 16> pieces;
  const std::size_t count = queue.fronts(pieces);
  std::string bytes;
  for (std::size_t i = 0; i < count && bytes.size() < most; ++i) {
    bytes.append(static_cast<const char*>(pieces[i].iov_base),
                 std::min(pieces[i].iov_len, most - bytes.size()));
  }
  return bytes;
}

}  // namespace weft::native::internal

#endif  // WEFT_NATIVE_INTERNAL_GATHER_H_
