#include "weft/inspect/internal/exposition.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace weft::inspect::internal {
namespace {

std::string expose(Exposition::Format format) {
  Exposition out(format, Exposition::label("loop", "a\\b\"c\nd"));
  out.counter("weft_busy_seconds", "Time.", "seconds");
  out.sample(1.5, "phase", "poll");
  out.gauge("weft_open", "Open.");
  out.sample(3);
  constexpr std::array<double, 2> kBounds = {0.001, 1};
  constexpr std::array<std::uint64_t, 3> kCounts = {2, 0, 1};
  out.histogram("weft_lag_seconds", "Lag.", "seconds");
  out.buckets(kBounds, kCounts, 2.25);
  out.histogram("weft_call_seconds", "Calls.", "seconds");
  out.buckets({}, std::array<std::uint64_t, 1>{4}, 0.5, "kind", "tick");
  return std::move(out).finish();
}

TEST(ExpositionTest, PrometheusText) {
  EXPECT_EQ(expose(Exposition::Format::kPrometheus),
            R"(# HELP weft_busy_seconds_total Time.
# TYPE weft_busy_seconds_total counter
weft_busy_seconds_total{loop="a\\b\"c\nd",phase="poll"} 1.5
# HELP weft_open Open.
# TYPE weft_open gauge
weft_open{loop="a\\b\"c\nd"} 3
# HELP weft_lag_seconds Lag.
# TYPE weft_lag_seconds histogram
weft_lag_seconds_bucket{loop="a\\b\"c\nd",le="0.001"} 2
weft_lag_seconds_bucket{loop="a\\b\"c\nd",le="1"} 2
weft_lag_seconds_bucket{loop="a\\b\"c\nd",le="+Inf"} 3
weft_lag_seconds_sum{loop="a\\b\"c\nd"} 2.25
weft_lag_seconds_count{loop="a\\b\"c\nd"} 3
# HELP weft_call_seconds Calls.
# TYPE weft_call_seconds histogram
weft_call_seconds_bucket{loop="a\\b\"c\nd",kind="tick",le="+Inf"} 4
weft_call_seconds_sum{loop="a\\b\"c\nd",kind="tick"} 0.5
weft_call_seconds_count{loop="a\\b\"c\nd",kind="tick"} 4
)");
}

TEST(ExpositionTest, OpenMetricsNamesFamiliesByUnitAndEnds) {
  const std::string text = expose(Exposition::Format::kOpenMetrics);
  EXPECT_TRUE(
      text.starts_with("# HELP weft_busy_seconds Time.\n"
                       "# TYPE weft_busy_seconds counter\n"
                       "# UNIT weft_busy_seconds seconds\n"
                       "weft_busy_seconds_total{"))
      << text;
  EXPECT_NE(text.find("le=\"1.0\""), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

}  // namespace
}  // namespace weft::inspect::internal
