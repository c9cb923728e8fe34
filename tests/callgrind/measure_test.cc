// Code whose instructions are known beforehand: the count must be theirs to the last one.

#include "weft/tests/callgrind/measure.h"

#include <cstdlib>
#include <memory>

namespace {

#define WEFT_TEN_NOPS "nop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nnop\n"

// Is one instruction with contexts and two without, to tell the two builds apart.
void markTheBuild() {
#if WEFT_CLS
  asm volatile("nop\n");
#else
  asm volatile("nop\nnop\n");
#endif
}

}  // namespace

int main() {
#ifndef NDEBUG
  std::abort();  // not the build that users run
#endif
  weft::callgrind::measure("ten_nops", 1, [] { asm volatile(WEFT_TEN_NOPS); });
  weft::callgrind::measure("twenty_nops", 2, [] { asm volatile(WEFT_TEN_NOPS WEFT_TEN_NOPS); });
  weft::callgrind::measure("build", 1, [] { markTheBuild(); });

  bool first = true;
  weft::callgrind::measure("made_once", 1, [&first] {
    if (first) std::make_unique<char[]>(1 << 20)[0] = 1;
    first = false;
  });
  return 0;
}
