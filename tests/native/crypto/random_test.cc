#include "weft/native/crypto/random.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>
#include <string>

#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::native::crypto {
namespace {

using Limits = std::numeric_limits<std::int64_t>;

TEST(RandomTest, BytesAreAsManyAsAskedForAndOtherOnesEachTime) {
  EXPECT_EQ(sync::randomBytes(0)->size(), 0u);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(*sync::randomBytes(16));
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(seen.begin()->size(), 16u);
  EXPECT_FALSE(sync::randomBytes(std::size_t{1} << 31).ok());
}

TEST(RandomTest, FillReplacesWhatItIsToldInTheSameMemory) {
  std::string bytes(1000, 'x');
  const char* const memory = bytes.data();
  bytes = *sync::randomFill(std::move(bytes), {.offset = 100, .count = 200});
  EXPECT_EQ(bytes.data(), memory);
  EXPECT_EQ(bytes.substr(0, 100), std::string(100, 'x'));
  EXPECT_EQ(bytes.substr(300), std::string(700, 'x'));
  EXPECT_NE(bytes.substr(100, 200), std::string(200, 'x'));
  bytes = *sync::randomFill(std::move(bytes), {.offset = 300});
  EXPECT_NE(bytes.substr(900), std::string(100, 'x'));
  EXPECT_EQ(*sync::randomFill("ab", {.offset = 2}), "ab");
}

TEST(RandomTest, FillRefusesBytesThatAreNotThere) {
  for (const RandomFillOptions& options :
       {RandomFillOptions{.offset = 3}, RandomFillOptions{.offset = 1, .count = 2},
        RandomFillOptions{.count = 3}, RandomFillOptions{.offset = ~std::size_t{0}, .count = 1}}) {
    EXPECT_EQ(sync::randomFill("ab", options).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(sync::randomFill("ab", {.offset = 1, .count = 2}).status().message(),
            "randomFill: there are no 2 bytes at 1 of 2");
}

TEST(RandomTest, EachNumberOfASmallRangeIsAboutAsLikely) {
  std::array<int, 6> counts{};
  for (int i = 0; i < 6'000; ++i) ++counts[static_cast<std::size_t>(*sync::randomInt(1, 7) - 1)];
  // Chi-squared with 5 degrees of freedom is above 50 once in a billion runs.
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_squared, 50);
}

TEST(RandomTest, ARangeThatDoesNotDivideThePowersOfTwoIsNotBiased) {
  // Of three quarters of 2^64, taken modulo without care, the first third would come twice as
  // often.
  constexpr std::uint64_t kQuarter = std::uint64_t{1} << 62;
  int low = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::uint64_t n = static_cast<std::uint64_t>(*sync::randomInt(
                                Limits::min(), Limits::min() + static_cast<std::int64_t>(kQuarter) +
                                                   static_cast<std::int64_t>(kQuarter - 1) +
                                                   static_cast<std::int64_t>(kQuarter) + 1)) -
                            static_cast<std::uint64_t>(Limits::min());
    if (n < kQuarter) ++low;
  }
  EXPECT_GT(low, 850);
  EXPECT_LT(low, 1150);
}

TEST(RandomTest, ItsRangesAreHalfOpen) {
  EXPECT_EQ(*sync::randomInt(5, 6), 5);
  EXPECT_EQ(*sync::randomInt(-6, -5), -6);
  EXPECT_TRUE(sync::randomInt(Limits::min(), Limits::max()).ok());
  EXPECT_EQ(sync::randomInt(5, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(sync::randomInt(5, 4).ok());
}

TEST(RandomTest, BothFormsRunOnThePool) {
  EventLoop loop;
  std::size_t bytes = 0;
  std::int64_t die = 0;
  randomBytes(loop, 32, [&](const absl::StatusOr<std::string>& got) { bytes = got->size(); });
  loop::spawn(loop, [&]() -> loop::Co<> { die = (co_await randomInt(1, 7)).value(); });
  loop.run();
  EXPECT_EQ(bytes, 32u);
  EXPECT_TRUE(die >= 1 && die < 7) << die;
}

}  // namespace
}  // namespace weft::native::crypto
