#include "weft/loop/clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weft::loop {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ClockTest, ASteadyClockNeverGoesBackAndSleeps) {
  SteadyClock clock;
  TimePoint last{};
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_TRUE(clock.sleeps());
}

TEST(ClockTest, AManualClockStandsStillUntilTold) {
  ManualClock clock;
  EXPECT_EQ(clock.now(), TimePoint());
  EXPECT_EQ(clock.now(), TimePoint());
  EXPECT_FALSE(clock.sleeps());
  clock.advance(seconds(2));
  EXPECT_EQ(clock.now(), TimePoint(seconds(2)));
  clock.advanceTo(TimePoint(seconds(5)));
  EXPECT_EQ(clock.now(), TimePoint(seconds(5)));
  clock.skipTo(TimePoint(seconds(6)));
  EXPECT_EQ(clock.now(), TimePoint(seconds(6)));
  EXPECT_EQ(ManualClock(TimePoint(hours(1))).now(), TimePoint(hours(1)));
}

TEST(ClockTest, AManualClockIgnoresWhatWouldGoBack) {
  ManualClock clock(TimePoint(seconds(5)));
  clock.advance(seconds(-1));
  clock.advanceTo(TimePoint(seconds(4)));
  clock.skipTo(TimePoint());
  EXPECT_EQ(clock.now(), TimePoint(seconds(5)));
}

TEST(ClockTest, AfterEndsAtTheEndOfTimeAndDoesNotGoBack) {
  EXPECT_EQ(after(TimePoint(seconds(1)), seconds(2)), TimePoint(seconds(3)));
  EXPECT_EQ(after(TimePoint(seconds(1)), seconds(-2)), TimePoint(seconds(1)));
  EXPECT_EQ(after(TimePoint(Duration(1)), Duration::max()), TimePoint::max());
  EXPECT_EQ(after(TimePoint(), Duration::max()), TimePoint::max());
}

}  // namespace
}  // namespace weft::loop
