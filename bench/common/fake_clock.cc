#include "weft/bench/common/fake_clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <time.h>

namespace weft::bench {
namespace {

using ClockGetTime = int (*)(clockid_t, timespec*);

int realClockGetTime(clockid_t clock, timespec* result) {
  static const auto real = reinterpret_cast<ClockGetTime>(dlsym(RTLD_NEXT, "clock_gettime"));
  return real(clock, result);
}

// In nanoseconds; 0 means that nobody has asked yet.
long long now = 0;

bool isMonotonic(clockid_t clock) {
  return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
         clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME;
}

constexpr long long kSecond = 1'000'000'000;

int fakeClockGetTime(clockid_t clock, timespec* result) {
  const int failure = realClockGetTime(clock, result);
  if (failure != 0 || !isMonotonic(clock)) return failure;
  if (now == 0) now = result->tv_sec * kSecond + result->tv_nsec;
  result->tv_sec = now / kSecond;
  result->tv_nsec = now % kSecond;
  return 0;
}

}  // namespace

void advanceClock(std::chrono::milliseconds by) { now += std::chrono::nanoseconds(by).count(); }

}  // namespace weft::bench

extern "C" {

int clock_gettime(clockid_t clock, timespec* result) noexcept {
  return weft::bench::fakeClockGetTime(clock, result);
}

int timerfd_create(int, int) noexcept {
  errno = ENOSYS;
  return -1;
}

}  // extern "C"
