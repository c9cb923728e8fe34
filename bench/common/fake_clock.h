#ifndef WEFT_BENCH_COMMON_FAKE_CLOCK_H_
#define WEFT_BENCH_COMMON_FAKE_CLOCK_H_

#include <chrono>

// A monotonic clock that moves only when the bench says so, for every library in the process.
//
// A program that links this target replaces `clock_gettime`: CLOCK_MONOTONIC (and its coarse and
// boot-time forms) stands still at where it was when the program began, plus what was advanced.
// Each call still asks the real clock, so that reading the time costs what it costs. Other clocks,
// which Google Benchmark measures with, are the real ones. `timerfd_create` fails, as a timerfd
// would follow the kernel's clock; libraries then fall back to the timeout of their poll.
namespace weft::bench {

void advanceClock(std::chrono::milliseconds by);

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_FAKE_CLOCK_H_
