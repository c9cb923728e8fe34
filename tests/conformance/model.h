// The reference: what a program must do, computed without weft.
//
// Everything is the simplest thing that can be right: a frame is a map from namespaces to contexts
// that is copied whole at each capture and restored whole after each call, a context is a map with
// a shared_ptr to its parent, the enter-stacks are vectors, the queues of the loop are deques. A
// context ends in the destructor of its object.
//
// It plays what player.h plays, in the order of one loop whose clock only moves when nothing else
// can run.

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
