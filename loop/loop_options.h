// LoopOptions: how an EventLoop behaves, given when it is made.
//
//   weft::EventLoop loop({.precise = true, .max_posts = 10'000});
//
// Threads: a value; any.

#ifndef WEFT_LOOP_LOOP_OPTIONS_H_
#define WEFT_LOOP_LOOP_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "weft/loop/clock.h"

namespace weft::loop {

struct LoopOptions {
  // Null: the machine's monotonic clock. Must outlive the loop.
  Clock* clock = nullptr;
  // Timers to the accuracy of the machine instead of a millisecond; one more system call a sleep.
  bool precise = false;
  // A sleeping loop may be this late for a timer, to run it together with later ones.
  Duration timer_slack = Duration::zero();
  // More ticks than this between two phases let the iteration go on without the rest; 0: no limit.
  // See onTickStarvation().
  std::size_t max_ticks_per_turn = 0;
  // How many posts may wait; 0: no limit.
  std::size_t max_posts = 0;
  // Not 0: whatever order is not promised is another one with each seed, and the same one with the
  // same seed. See perturbed.h.
  std::uint64_t perturb_seed = 0;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_LOOP_OPTIONS_H_
