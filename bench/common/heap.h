#ifndef WEFT_BENCH_COMMON_HEAP_H_
#define WEFT_BENCH_COMMON_HEAP_H_

#include <malloc.h>

#include <cstddef>

namespace weft::bench {

// The bytes that malloc has given out, its own headers and rounding included.
inline std::size_t heapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_HEAP_H_
