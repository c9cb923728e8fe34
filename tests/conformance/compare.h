// Does weft do with a program what the model says? And if not, which part of it shows that?

#ifndef WEFT_TESTS_CONFORMANCE_COMPARE_H_
#define WEFT_TESTS_CONFORMANCE_COMPARE_H_

#include <cstddef>
#include <string>

#include "weft/tests/conformance/program.h"

namespace weft::conformance {

struct Comparison {
  std::string difference;      // a sentence about the first one; empty: none
  std::size_t statements = 0;  // executed
  std::size_t ends = 0;        // of contexts, heard of
};

// Plays the program on a loop of its own. The traces must be equal, but that contexts which end
// after one callback may do so in any order. std::length_error as from model().
Comparison compareWithModel(const Program& program);

// The program without what is not needed to show a difference.
Program shrink(Program program);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_COMPARE_H_
