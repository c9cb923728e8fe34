// What does it cost to look at a loop? 1,000 ticks are queued and run; each tick does the least.
//
//   observed_tick/off       nobody observes
//   observed_tick/metrics   inspect::Metrics: counted once an iteration
//   observed_tick/slow      inspect::SlowCallbacks: timed, numbered, with place and trigger
//   observed_tick/trace     inspect::Trace: all of that, into its ring
//
// The difference to `off` is what a callback pays.

#include <cstdint>

#include "weft/bench/common/subject.h"
#include "weft/inspect/metrics.h"
#include "weft/inspect/slow.h"
#include "weft/inspect/trace.h"
#include "weft/loop/event_loop.h"

namespace weft::bench {
namespace {

struct Nobody {
  explicit Nobody(EventLoop&) {}
};

struct Tracing {
  explicit Tracing(EventLoop& loop) : trace(loop) { trace.start(); }
  inspect::Trace trace;
};

template <typename Watcher>
void observedTicks(benchmark::State& state) {
  EventLoop loop;
  Watcher watcher(loop);
  std::uint64_t sum = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < kBatch; ++i) loop.nextTick([&sum, i] { sum += i; });
    // An iteration, as ticks of a program are run in; the ticks outside of any are not counted.
    loop.setImmediate([] {});
    loop.run();
    benchmark::DoNotOptimize(sum);
  }
  setOperations(state, kBatch);
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft;
  using namespace weft::bench;
  add("observed_tick/off", observedTicks<Nobody>);
  add("observed_tick/metrics", observedTicks<inspect::Metrics>);
  add("observed_tick/slow", observedTicks<inspect::SlowCallbacks>);
  add("observed_tick/trace", observedTicks<Tracing>);
  return run(argc, argv);
}
