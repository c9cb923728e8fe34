// coroutine_call: what does it cost to co_await a loop::Co that returns a number?
#include <cstdint>

#include "weft/bench/common/subject.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::bench {
namespace {

[[gnu::noinline]] Co<std::uint64_t> successor(std::uint64_t value) { co_return value + 1; }

Co<> callMany(std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = co_await successor(value);
  benchmark::DoNotOptimize(value);
}

void coroutineCall(benchmark::State& state) {
  EventLoop loop;
  for (auto _ : state) {
    loop::spawn(loop, callMany(kBatch));
    loop.run();
  }
  setOperations(state, kBatch);
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("coroutine_call", coroutineCall);
  return run(argc, argv);
}
