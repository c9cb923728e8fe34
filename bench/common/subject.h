#ifndef WEFT_BENCH_COMMON_SUBJECT_H_
#define WEFT_BENCH_COMMON_SUBJECT_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <utility>

// The subjects of one bench program, which is one peer in a process of its own.
//
//   int main(int argc, char** argv) {
//     bench::add("tick_burst", tickBurst);
//     return bench::run(argc, argv);
//   }
//
// A subject is a Google Benchmark function. What it reports is either the number of operations, as
// items processed (then the result is the time of one, "ns/op"), or counters named after their
// units ("bytes"). Every iteration is a batch of `kBatch` operations where one would be too short,
// so that `bench/run` can count the instructions of an operation as the difference of two runs of
// different, fixed numbers of iterations.
namespace weft::bench {

inline constexpr std::size_t kBatch = 1000;

// True under `bench/run --quick`, which only shows that every bench still works.
bool quick();

// `full`, but at most 1,000 when quick() or when instructions are counted.
std::size_t scaled(std::size_t full);

// The fixed number of iterations that was asked for to count instructions; 0 if none was.
std::size_t fixedIterations();

// Registers `function` (void(benchmark::State&)) under `name`, which is its name in results.json.
template <class Function>
::benchmark::internal::Benchmark* add(const std::string& name, Function&& function) {
  auto* subject = ::benchmark::RegisterBenchmark(name.c_str(), std::forward<Function>(function));
  if (const std::size_t fixed = fixedIterations()) {
    subject->Iterations(static_cast<::benchmark::IterationCount>(fixed));
  }
  return subject;
}

// Says that each iteration did `operations`.
inline void setOperations(::benchmark::State& state, std::size_t operations) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(operations));
  state.counters["operations"] = static_cast<double>(operations);
}

// Runs what was added, with Google Benchmark's own flags. Returns main's exit code.
int run(int argc, char** argv);

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_SUBJECT_H_
