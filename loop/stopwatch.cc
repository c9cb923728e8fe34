#include "weft/loop/stopwatch.h"

namespace weft::loop {

namespace {

#if defined(__x86_64__)
// How many nanoseconds the processor's counter takes for one step: over two milliseconds, so that
// the time that a look at the clock takes does not matter.
double measureCounter() {
  SteadyClock clock;
  const TimePoint start = clock.now();
  const Stamp first = __builtin_ia32_rdtsc();
  TimePoint now = start;
  while (now - start < std::chrono::milliseconds(2)) now = clock.now();
  const Stamp last = __builtin_ia32_rdtsc();
  return static_cast<double>((now - start).count()) / static_cast<double>(last - first);
}
#endif

double nanosecondsOf(const Clock* clock) {
#if defined(__x86_64__)
  static const double counter = measureCounter();
  if (clock == nullptr) return counter;
#endif
  return 1;
}

}  // namespace

Stopwatch::Stopwatch(Clock* clock)
    : clock_(clock),
      nanoseconds_(nanosecondsOf(clock)),
      origin_(now()),
      origin_time_(clock != nullptr ? clock->now() : SteadyClock().now()) {}

Stamp Stopwatch::readClock() const noexcept {
  const TimePoint now = clock_ != nullptr ? clock_->now() : SteadyClock().now();
  return static_cast<Stamp>(now.time_since_epoch().count());
}

}  // namespace weft::loop
