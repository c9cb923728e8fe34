// The reference: what a program must do, computed without weft.
//
// Everything is the simplest thing that can be right: maps that are copied whole at each capture
// and restored whole after each call (model_contexts.h), and queues that are deques
// (model_loop.h). It plays what player.h plays.

#ifndef WEFT_TESTS_CONFORMANCE_MODEL_H_
#define WEFT_TESTS_CONFORMANCE_MODEL_H_

#include <cstddef>

#include "weft/tests/conformance/program.h"

namespace weft::conformance {

struct ModelResult {
  Trace trace;
  std::size_t statements = 0;  // executed
};

// Throws std::invalid_argument for a statement that the model does not know, and std::length_error
// for a program that executes more than kMostStatements.
ModelResult model(const Program& program);
inline constexpr std::size_t kMostStatements = 50000;

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_MODEL_H_
