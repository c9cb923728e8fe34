// What the net is asked to do while its system calls fail: scenarios, each of which must come to an
// end, and leave nothing, whatever happens to it.
//
// Threads: one.

#ifndef WEFT_TESTS_NET_FAULT_SCENARIOS_H_
#define WEFT_TESTS_NET_FAULT_SCENARIOS_H_

#include <functional>
#include <string>
#include <vector>

#include "weft/tests/net/fault_world.h"

namespace weft::tests {

struct FaultScenario {
  const char* name;
  std::function<void(FaultWorld&)> begin;
};

const std::vector<FaultScenario>& faultScenarios();

// Runs it on a new machine after `arm` has said what is to fail there. What went wrong; empty if
// nothing did. `met`: how many faults there were.
std::string runFaultScenario(const FaultScenario& scenario,
                             const std::function<void(FaultPlan&)>& arm, int* met);

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_FAULT_SCENARIOS_H_
