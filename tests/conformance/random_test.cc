// Random programs: what weft does with them, the model says too, the end of contexts included.
//
// A new seed in each run, printed; WEFT_RANDOM_SEED gives one, WEFT_RANDOM_STATEMENTS says how many
// statements are to be executed. A program that differs is printed whole, to be replayed.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/conformance/generator.h"
#include "weft/tests/conformance/model.h"
#include "weft/tests/conformance/player.h"

namespace weft::conformance {
namespace {

std::uint64_t numberFrom(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

Trace playOnALoop(const Program& program) {
  ManualClock clock;
  EventLoop loop({.clock = &clock});
  return Player(loop).play(program);
}

// Contexts that end after one callback may do so in any order, but children first.
void sortEnds(Trace& trace) {
  auto isEnd = [](const TraceLine& line) { return line.first == "end"; };
  for (auto at = trace.begin(); at != trace.end();) {
    at = std::find_if(at, trace.end(), isEnd);
    const auto last = std::find_if_not(at, trace.end(), isEnd);
    std::sort(at, last);
    at = last;
  }
}

std::string firstDifference(const Trace& expected, const Trace& actual) {
  const auto [e, a] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  auto show = [](const Trace& trace, Trace::const_iterator at) {
    return at == trace.end() ? "the end of the trace" : at->first + ": " + at->second;
  };
  return "line " + std::to_string(e - expected.begin()) + ": expected " + show(expected, e) +
         ", got " + show(actual, a);
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
    ModelResult expected = model(program);
    executed += expected.statements;
    ++programs;
    Trace actual = playOnALoop(program);
    sortEnds(expected.trace);
    sortEnds(actual);
    ends += static_cast<std::size_t>(std::count_if(
        actual.begin(), actual.end(), [](const TraceLine& line) { return line.first == "end"; }));
    ASSERT_EQ(expected.trace, actual) << "WEFT_RANDOM_SEED=" << seed + i << "\n"
                                      << toJson(program) << "\n"
                                      << firstDifference(expected.trace, actual);
    ASSERT_EQ(cls::liveContexts(), 0u) << "WEFT_RANDOM_SEED=" << seed + i;
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
