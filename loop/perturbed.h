// Perturbed runs: the same program in many of the orders that it must stand.
//
// A loop with LoopOptions::perturb_seed takes ready descriptors in any order and some of them an
// iteration later, takes posts in smaller batches, and finds timers not yet due now and then: all
// that a kernel, other threads or a clock may do to it. What the loop promises (event_loop.h) still
// holds. Each seed is one such order, the same whenever it is used.
//
//   TEST(Shop, SellsEachThingOnce) {
//     EXPECT_FALSE(loop::firstFailingSeed(200, [](std::uint64_t seed) {
//       weft::EventLoop loop({.perturb_seed = seed});
//       return sellEverything(loop) == 1000;
//     }));
//   }
//
// Threads: those of the body.

#ifndef WEFT_LOOP_PERTURBED_H_
#define WEFT_LOOP_PERTURBED_H_

#include <cstdint>
#include <cstdio>
#include <optional>

namespace weft::loop {

// Calls `holds(seed)` with 1, 2, ... `seeds`, until it returns false or throws. Prints that seed on
// stderr, and returns it (or throws on); nothing if all held.
template <typename Holds>
std::optional<std::uint64_t> firstFailingSeed(std::uint64_t seeds, Holds&& holds) {
  const auto report = [](std::uint64_t seed) {
    std::fprintf(stderr, "weft: fails with LoopOptions{.perturb_seed = %llu}\n",
                 static_cast<unsigned long long>(seed));
  };
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    try {
      if (holds(seed)) continue;
    } catch (...) {
      report(seed);
      throw;
    }
    report(seed);
    return seed;
  }
  return std::nullopt;
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_PERTURBED_H_
