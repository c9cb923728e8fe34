#ifndef WEFT_BENCH_LOOP_CALLBACK_SUBJECTS_H_
#define WEFT_BENCH_LOOP_CALLBACK_SUBJECTS_H_

#include <cstdint>

#include "weft/bench/common/payload.h"
#include "weft/bench/common/subject.h"

// What does it cost to queue a callback that captured 32 bytes, and to run it?
//
//   tick_burst, immediate_burst   1,000 are queued, then all are run
//   tick_chain                    each queues the next
//
// Every peer gives a `Loop` that can be made without arguments and has
//
//   void post(Callable);   // queues
//   void run();            // runs until nothing is queued
//
// Peers whose library has no queue of closures get the best one that can be built on it.
namespace weft::bench {

template <class Loop>
void callbackBurst(benchmark::State& state) {
  Loop loop;
  std::uint64_t sum = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < kBatch; ++i) loop.post(Work32{&sum, i, 1, 2});
    loop.run();
    benchmark::DoNotOptimize(sum);
  }
  setOperations(state, kBatch);
}

template <class Loop>
struct Chain {
  Loop loop;
  std::uint64_t sum = 0;
  std::uint64_t left = 0;
};

template <class Loop>
struct Link32 {
  Chain<Loop>* chain;
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t third;

  void operator()() const {
    chain->sum += first + second + third;
    if (--chain->left > 0) chain->loop.post(Link32(*this));
  }
};

template <class Loop>
void callbackChain(benchmark::State& state) {
  static_assert(sizeof(Link32<Loop>) == 32);
  Chain<Loop> chain;
  for (auto _ : state) {
    chain.left = kBatch;
    chain.loop.post(Link32<Loop>{&chain, 1, 2, 3});
    chain.loop.run();
    benchmark::DoNotOptimize(chain.sum);
  }
  setOperations(state, kBatch);
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_LOOP_CALLBACK_SUBJECTS_H_
