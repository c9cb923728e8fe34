// coroutine_call: what does it cost to co_await an asio::awaitable that returns a number?
#include <asio.hpp>
#include <cstdint>

#include "weft/bench/common/subject.h"

namespace weft::bench {
namespace {

[[gnu::noinline]] asio::awaitable<std::uint64_t> successor(std::uint64_t value) {
  co_return value + 1;
}

asio::awaitable<void> callMany(std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = co_await successor(value);
  benchmark::DoNotOptimize(value);
}

void coroutineCall(benchmark::State& state) {
  asio::io_context loop(ASIO_CONCURRENCY_HINT_UNSAFE);
  for (auto _ : state) {
    asio::co_spawn(loop, callMany(kBatch), asio::detached);
    loop.run();
    loop.restart();
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
