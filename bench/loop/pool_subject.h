#ifndef WEFT_BENCH_LOOP_POOL_SUBJECT_H_
#define WEFT_BENCH_LOOP_POOL_SUBJECT_H_

#include <cstdint>

#include "weft/bench/common/subject.h"

// What does it cost to have a thread pool do (almost) nothing and to be called back in the loop?
//
// pool_roundtrip: 1,000 jobs are outstanding at first; time per job, of the whole process' CPU, as
// the pool has threads on every core. Every peer gives a `Pool` of 4 threads that can be made
// without arguments and has
//
//   void submit(Work, Done);   // work() in the pool, then done() in the loop
//   void run();                // until nothing is outstanding
namespace weft::bench {

template <class Pool>
void poolRoundtrip(benchmark::State& state) {
  Pool pool;
  std::uint64_t done = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) pool.submit([] {}, [&done] { ++done; });
    pool.run();
  }
  if (done != static_cast<std::uint64_t>(state.iterations()) * kBatch) {
    state.SkipWithError("some jobs did not return");
  }
  setOperations(state, kBatch);
}

template <class Pool>
int runPoolSubject(int argc, char** argv) {
  add("pool_roundtrip", poolRoundtrip<Pool>)->MeasureProcessCPUTime();
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_LOOP_POOL_SUBJECT_H_
