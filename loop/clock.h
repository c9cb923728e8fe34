// Clocks: where a loop takes its time from.
//
// SteadyClock, the default, is the machine's monotonic clock. ManualClock stands still until told:
// a test of a day's timers takes milliseconds, and each run of it sees the same times.
//
//   loop::ManualClock clock;
//   loop::EventLoop loop({.clock = &clock});
//   loop.setTimeout(work, std::chrono::hours(24));
//   loop.run();  // returns at once; clock.now() is a day later
//
// A loop whose clock is manual never sleeps for a timer: where it would, it has the clock advance
// to the next deadline. It does wait, in real time, for what real things are under way (native
// work, a descriptor when no timer is left).
//
// Threads: a SteadyClock may be used from any, a ManualClock belongs to its loop's.

#ifndef WEFT_LOOP_CLOCK_H_
#define WEFT_LOOP_CLOCK_H_

#include <chrono>

namespace weft::loop {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// `time + delay`, or the end of time where that would overflow. A negative delay counts as none.
constexpr TimePoint after(TimePoint time, Duration delay) noexcept {
  if (delay <= Duration::zero()) return time;
  return delay > TimePoint::max() - time ? TimePoint::max() : time + delay;
}

class Clock {
 public:
  virtual ~Clock() = default;

  // Never goes back, and never before the epoch.
  virtual TimePoint now() noexcept = 0;

  // If false, a loop that has nothing to do before a deadline calls skipTo() instead of sleeping.
  virtual bool sleeps() const noexcept { return true; }
  virtual void skipTo(TimePoint deadline) noexcept {}
};

class SteadyClock final : public Clock {
 public:
  TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = TimePoint{}) noexcept : now_(start) {}

  TimePoint now() noexcept override { return now_; }
  bool sleeps() const noexcept override { return false; }
  void skipTo(TimePoint deadline) noexcept override { advanceTo(deadline); }

  // Ignores what would go back.
  void advance(Duration by) noexcept { now_ = after(now_, by); }
  void advanceTo(TimePoint time) noexcept {
    if (time > now_) now_ = time;
  }

 private:
  TimePoint now_;
};

}  // namespace weft::loop

namespace weft {
using loop::ManualClock;
}  // namespace weft

#endif  // WEFT_LOOP_CLOCK_H_
