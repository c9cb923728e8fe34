#include "weft/loop/stopwatch.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weft::loop {
namespace {

using std::chrono::milliseconds;

TEST(StopwatchTest, StampsRiseAndMeanTheTimeOfTheClock) {
  SteadyClock clock;
  const Stopwatch watch;
  const TimePoint before = clock.now();
  const Stamp first = watch.now();
  while (clock.now() - before < milliseconds(1)) continue;
  const Stamp last = watch.now();
  const TimePoint after = clock.now();
  EXPECT_GT(last, first);
  EXPECT_EQ(watch.between(last, first), Duration::zero());
  // A hundredth for the rate, which was measured over a few milliseconds.
  const Duration slack = (after - before) / 100 + milliseconds(1);
  EXPECT_LE(watch.between(first, last), after - before + slack);
  EXPECT_GE(watch.timeOf(first), before - slack);
  EXPECT_LE(watch.timeOf(last), after + slack);
}

TEST(StopwatchTest, OneWithAClockReadsThatClock) {
  ManualClock clock{TimePoint(milliseconds(5))};
  const Stopwatch watch(&clock);
  const Stamp first = watch.now();
  clock.advance(milliseconds(2));
  EXPECT_EQ(watch.between(first, watch.now()), milliseconds(2));
  EXPECT_EQ(watch.timeOf(first), TimePoint(milliseconds(5)));
  EXPECT_EQ(watch.timeOf(watch.now()), clock.now());
  EXPECT_EQ(watch.timeOf(first - 1), TimePoint(milliseconds(5)) - Duration(1));
  EXPECT_EQ(watch.stampsIn(milliseconds(2)), watch.now() - first);
}

}  // namespace
}  // namespace weft::loop
