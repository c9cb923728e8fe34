// Every failure that a system call of the net can meet, at its first call, its second, and so on
// until there are no more, in every scenario. Whatever fails, nothing is lost silently, nothing is
// left open, and everything closes once.
//
//   fault_test                 all pairs of call and error
//   fault_test --random=N      N runs with random faults; a seed that fails is printed
//   fault_test --seed=S        that one again

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "weft/tests/net/fault_scenarios.h"

namespace weft::tests {
namespace {

int g_random_runs = 300;
std::uint64_t g_first_seed = 1;

TEST(FaultTest, WithoutFaultsEveryScenarioComesToItsEnd) {
  for (const FaultScenario& scenario : faultScenarios()) {
    int met = 0;
    EXPECT_EQ(runFaultScenario(
                  scenario, [](FaultPlan&) {}, &met),
              "")
        << scenario.name;
  }
}

class EveryFaultTest : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryFaultTest, AtEveryCallIsSurvived) {
  const FaultScenario& scenario = faultScenarios()[GetParam()];
  int faults = 0;
  int pairs = 0;
  for (const Fault& fault : allFaults()) {
    bool any = false;
    for (int n = 1;; ++n) {
      int met = 0;
      const std::string violations = runFaultScenario(
          scenario, [&](FaultPlan& plan) { plan.failNth(fault, n); }, &met);
      ASSERT_EQ(violations, "") << scenario.name << ": " << fault.name() << " at call " << n;
      if (met == 0) break;
      ++faults;
      any = true;
    }
    pairs += any ? 1 : 0;
  }
  std::printf("%s: %d faults of %d kinds\n", scenario.name, faults, pairs);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, EveryFaultTest,
                         testing::Range(std::size_t{0}, faultScenarios().size()));

TEST(FaultTest, RandomFaultsAreSurvived) {
  int faults = 0;
  for (int run = 0; run != g_random_runs; ++run) {
    const std::uint64_t seed = g_first_seed + static_cast<std::uint64_t>(run);
    const FaultScenario& scenario = faultScenarios()[seed % faultScenarios().size()];
    int met = 0;
    const std::string violations = runFaultScenario(
        scenario, [&](FaultPlan& plan) { plan.failAtRandom(seed, 10); }, &met);
    EXPECT_EQ(violations, "") << scenario.name << ": again with --seed=" << seed;
    faults += met;
  }
  std::printf("%d runs from seed %llu: %d faults\n", g_random_runs,
              static_cast<unsigned long long>(g_first_seed), faults);
}

}  // namespace

void readOptions(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option.starts_with("--random=")) g_random_runs = std::stoi(std::string(option.substr(9)));
    if (!option.starts_with("--seed=")) continue;
    g_first_seed = std::stoull(std::string(option.substr(7)));
    g_random_runs = 1;
  }
}

}  // namespace weft::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  weft::tests::readOptions(argc, argv);
  return RUN_ALL_TESTS();
}
