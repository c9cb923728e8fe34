// Memory that runs out, at the first allocation of a scenario, the second, and so on: the exception
// leaves by the loop or at the caller, or ends the process where nobody can take it. Nothing hangs,
// and nothing is used after its end: each run is a process of its own, which destroys everything
// that is left.
//
//   fault_memory_test --gtest_filter='*/17' --again=43    allocation 43 of that one, in this
//   process

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>

#include "weft/tests/net/fault_scenarios.h"

namespace weft::tests {
namespace {

long g_again = 0;

// Of the thread's next allocation that fails; 0: none does.
thread_local long t_countdown = 0;

constexpr int kSurvived = 0;
constexpr int kNotMet = 3;  // there were not so many allocations
constexpr unsigned kPatienceSeconds = 120;

// What goes wrong for the user is of no interest here.
int runHere(const FaultScenario& scenario, long n) {
  int met = 0;
  runFaultScenario(
      scenario, [n](FaultPlan&) { t_countdown = n; }, &met);
  return t_countdown > 0 ? kNotMet : kSurvived;
}

// How the process ended that ran the scenario, as waitpid() tells it.
int runInChild(const FaultScenario& scenario, long n) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kPatienceSeconds);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    ::_exit(runHere(scenario, n));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

class FaultMemoryTest : public testing::TestWithParam<std::size_t> {};

TEST_P(FaultMemoryTest, AnAllocationThatFailsIsAnErrorOrTheEndAndNeverCorruption) {
  const FaultScenario& scenario = faultScenarios()[GetParam()];
  if (g_again != 0) return void(runHere(scenario, g_again));
  int survived = 0;
  int aborted = 0;
  for (long n = 1;; n += 1 + n / 20) {
    const int status = runInChild(scenario, n);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotMet) break;
    const bool ended = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    ASSERT_TRUE(ended || (WIFEXITED(status) && WEXITSTATUS(status) == kSurvived))
        << scenario.name << ": --again=" << n << " ended with status " << status;
    ++(ended ? aborted : survived);
  }
  EXPECT_GT(survived, 0);
  std::printf("%s: %d survived, %d aborted\n", scenario.name, survived, aborted);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, FaultMemoryTest,
                         testing::Range(std::size_t{0}, faultScenarios().size()));

bool mustFail() noexcept { return t_countdown > 0 && --t_countdown == 0; }

}  // namespace
}  // namespace weft::tests

// --- in place of the library's ------------------------------------------------------------------

void* operator new(std::size_t size) {
  void* const memory =
      weft::tests::mustFail() ? nullptr : std::malloc(std::max<std::size_t>(size, 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  void* const memory = weft::tests::mustFail()
                           ? nullptr
                           : std::aligned_alloc(align, (size + align - 1) / align * align);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option.starts_with("--again=")) weft::tests::g_again = std::atol(argv[i] + 8);
  }
  return RUN_ALL_TESTS();
}
