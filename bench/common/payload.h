#ifndef WEFT_BENCH_COMMON_PAYLOAD_H_
#define WEFT_BENCH_COMMON_PAYLOAD_H_

#include <cstdint>

// The callbacks that the subjects queue: what a program typically captures, and the least work
// that a compiler cannot drop.
namespace weft::bench {

// A callback of 32 bytes: where it adds, and what.
struct Work32 {
  std::uint64_t* sum;
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t third;

  void operator()() const { *sum += first + second + third; }
};
static_assert(sizeof(Work32) == 32);

// A callback of 16 bytes.
struct Work16 {
  std::uint64_t* sum;
  std::uint64_t first;

  void operator()() const { *sum += first; }
};
static_assert(sizeof(Work16) == 16);

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_PAYLOAD_H_
