#include "weft/tests/callgrind/measure.h"

#include <valgrind/callgrind.h>

#include <cstdio>

namespace weft::callgrind::internal {

namespace {

void countLabelled(const char* label, void (*run)(void*), void* body) {
  CALLGRIND_ZERO_STATS;
  run(body);
  CALLGRIND_DUMP_STATS_AT(label);
}

// Volatile, so that the compiler makes no variant of the function for one caller: the driver
// subtracts the instructions around an empty body from those around every other, so they must be
// equal.
void (*volatile count_labelled)(const char*, void (*)(void*), void*) = countLabelled;

}  // namespace

void count(const char* name, std::size_t operations, void (*run)(void*), void* body) {
  static bool calibrated = false;
  if (!calibrated) {
    calibrated = true;
    count_labelled(
        "empty/1", [](void*) {}, nullptr);
  }
  char label[128];
  std::snprintf(label, sizeof(label), "%s/%zu", name, operations);
  count_labelled(label, run, body);
}

}  // namespace weft::callgrind::internal
