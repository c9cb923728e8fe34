#ifndef WEFT_BENCH_COMMON_THREADS_H_
#define WEFT_BENCH_COMMON_THREADS_H_

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace weft::bench {

// Keeps the calling thread, and threads that it starts later, on one core.
inline void pinToCore(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof(cores), &cores);
}

inline double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The value in the middle; `samples` must not be empty.
inline double median(std::vector<double> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_THREADS_H_
