// Stopwatch: the time of day to a few nanoseconds, at the cost of an instruction. For measuring,
// not for deadlines.
//
//   loop::Stopwatch watch;
//   const loop::Stamp begin = watch.now();
//   work();
//   report(watch.between(begin, watch.now()));
//
// Stamps are the processor's counter, which is read in a fraction of the time that the kernel's
// clock takes; between() and timeOf() turn them into nanoseconds. The first stopwatch of a process
// takes two milliseconds, to learn the counter's rate. Where there is no such counter, and for a
// loop whose clock is manual, stamps are that clock's nanoseconds.
//
// Threads: now() of one without a clock and everything else that is const, any.

#ifndef WEFT_LOOP_STOPWATCH_H_
#define WEFT_LOOP_STOPWATCH_H_

#include <cstdint>

#include "weft/loop/clock.h"

namespace weft::loop {

using Stamp = std::uint64_t;

class Stopwatch {
 public:
  // `clock`, if not null, is read in place of the counter, and must outlive this.
  explicit Stopwatch(Clock* clock = nullptr);

  Stamp now() const noexcept {
#if defined(__x86_64__)
    if (clock_ == nullptr) [[likely]]
      return __builtin_ia32_rdtsc();
#endif
    return readClock();
  }

  // Zero if `end` is not after `begin`.
  Duration between(Stamp begin, Stamp end) const noexcept {
    if (end <= begin) return Duration::zero();
    return Duration(static_cast<std::int64_t>(static_cast<double>(end - begin) * nanoseconds_));
  }
  // The time of the machine's monotonic clock (or the given one's) at a stamp.
  TimePoint timeOf(Stamp stamp) const noexcept {
    return stamp >= origin_ ? origin_time_ + between(origin_, stamp)
                            : origin_time_ - between(stamp, origin_);
  }
  // How much later a stamp is after `time` (not negative).
  Stamp stampsIn(Duration time) const noexcept {
    return static_cast<Stamp>(static_cast<double>(time.count()) / nanoseconds_);
  }

 private:
  Stamp readClock() const noexcept;

  Clock* clock_;
  double nanoseconds_;  // that a stamp is
  Stamp origin_;
  TimePoint origin_time_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_STOPWATCH_H_
