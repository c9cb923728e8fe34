#ifndef WEFT_BENCH_EMITTER_EMIT_SUBJECTS_H_
#define WEFT_BENCH_EMITTER_EMIT_SUBJECTS_H_

#include <cstdint>
#include <string>

#include "weft/bench/common/subject.h"

// What does it cost to emit an event with one argument?
//
// emit_0, emit_1, emit_10: to that many listeners, which captured 8 bytes each. Every peer gives an
// `Emitter` that can be made without arguments and has
//
//   void on(Listener);          // void(std::uint64_t)
//   void emit(std::uint64_t);
namespace weft::bench {

template <class Emitter>
void emit(benchmark::State& state, int listeners) {
  Emitter emitter;
  std::uint64_t sum = 0;
  for (int i = 0; i < listeners; ++i) {
    emitter.on([&sum](std::uint64_t value) { sum += value; });
  }
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(emitter);
      emitter.emit(i);
    }
    benchmark::DoNotOptimize(sum);
  }
  setOperations(state, kBatch);
}

template <class Emitter>
int runEmitSubjects(int argc, char** argv) {
  for (const int listeners : {0, 1, 10}) {
    add("emit_" + std::to_string(listeners),
        [=](benchmark::State& state) { emit<Emitter>(state, listeners); });
  }
  return run(argc, argv);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_EMITTER_EMIT_SUBJECTS_H_
