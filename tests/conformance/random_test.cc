// Random programs: what weft does with them, the model says too, the ends of contexts included.
//
// A new seed in each run, printed; WEFT_RANDOM_SEED gives one, WEFT_RANDOM_STATEMENTS says how many
// statements are to be executed. Of a program that differs the part that shows it is printed.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "weft/tests/conformance/compare.h"
#include "weft/tests/conformance/generator.h"

namespace weft::conformance {
namespace {

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(RandomTest, ProgramsDoWhatTheModelSays) {
  const std::uint64_t seed = numberFrom(
      "WEFT_RANDOM_SEED",
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()));
  const std::uint64_t statements = numberFrom("WEFT_RANDOM_STATEMENTS", 30000);
  std::cout << "WEFT_RANDOM_SEED=" << seed << std::endl;
  testing::internal::CaptureStderr();  // programs forget to leave what they enter
  std::size_t executed = 0, programs = 0, ends = 0;
  for (std::uint64_t i = 0; executed < statements; ++i) {
    const Program program = randomProgram(seed + i);
    try {
      const Comparison result = compareWithModel(program);
      executed += result.statements;
      ends += result.ends;
      ++programs;
      ASSERT_EQ(result.difference, "")
          << "WEFT_RANDOM_SEED=" << seed + i << "\n"
          << [&] {
               const Program part = shrink(program);
               return compareWithModel(part).difference + " in\n" + toJson(part);
             }();
    } catch (const std::length_error&) {
    }
  }
  testing::internal::GetCapturedStderr();
  std::cout << programs << " programs, " << executed << " statements, " << ends << " ends\n";
  EXPECT_GT(ends, 0u);
}

TEST(RandomTest, ASeedGivesTheSameProgramAgain) {
  EXPECT_EQ(toJson(randomProgram(7)), toJson(randomProgram(7)));
  EXPECT_NE(toJson(randomProgram(7)), toJson(randomProgram(8)));
}

}  // namespace
}  // namespace weft::conformance
