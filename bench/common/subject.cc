#include "weft/bench/common/subject.h"

#include <algorithm>
#include <cstdlib>

namespace weft::bench {

bool quick() {
  static const bool set = std::getenv("WEFT_BENCH_QUICK") != nullptr;
  return set;
}

std::size_t fixedIterations() {
  static const std::size_t fixed = [] {
    const char* text = std::getenv("WEFT_BENCH_ITERATIONS");
    return text == nullptr ? 0ul : std::strtoul(text, nullptr, 10);
  }();
  return fixed;
}

std::size_t scaled(std::size_t full) {
  return quick() || fixedIterations() != 0 ? std::min<std::size_t>(full, 1000) : full;
}

int run(int argc, char** argv) {
  ::benchmark::Initialize(&argc, argv);
  if (::benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  ::benchmark::RunSpecifiedBenchmarks();
  ::benchmark::Shutdown();
  return 0;
}

}  // namespace weft::bench
