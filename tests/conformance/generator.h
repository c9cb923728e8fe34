// Random programs for the player and the model.
//
// A seed gives the same program everywhere. Programs end: functions and listeners, and what they
// start, only call those of a lower rank. No error leaves a callback: whatever may throw stands
// inside a `try`.

#ifndef WEFT_TESTS_CONFORMANCE_GENERATOR_H_
#define WEFT_TESTS_CONFORMANCE_GENERATOR_H_

#include <cstdint>

#include "weft/tests/conformance/program.h"

namespace weft::conformance {

// About 20 to 200 statements, some of which run many times.
Program randomProgram(std::uint64_t seed);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_GENERATOR_H_
