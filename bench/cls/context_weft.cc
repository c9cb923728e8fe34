// context_run, context_get: what does it cost in weft to call a function in a new context in which
// a value is set, and to read a value of the active context? context_run_64, context_get_64: the
// same inside contexts of 63 other namespaces. Built without contexts: the bare calls.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "weft/bench/common/subject.h"
#include "weft/cls/cls.h"

namespace weft::bench {
namespace {

constexpr std::size_t kMany = 63;

void runInAll(const std::vector<Namespace>& others, std::size_t index,
              const std::function<void()>& function) {
  if (index == others.size()) return function();
  others[index].run([&] { runInAll(others, index + 1, function); });
}

// Calls function(a namespace) while each of `others` more namespaces has an active context.
void amongOthers(std::size_t others, const std::function<void(Namespace&)>& function) {
  std::vector<Namespace> more;
  for (std::size_t i = 0; i < others; ++i) {
    more.push_back(cls::createNamespace("other " + std::to_string(i)));
  }
  Namespace measured = cls::createNamespace("measured");
  runInAll(more, 0, [&] { function(measured); });
}

void contextRun(benchmark::State& state, std::size_t others) {
  const cls::Key<std::uint64_t> key{"value"};
  std::uint64_t calls = 0;
  amongOthers(others, [&](Namespace& measured) {
    for (auto _ : state) {
      for (std::uint64_t i = 0; i < kBatch; ++i) {
        measured.run([&] {
          measured.set(key, i);
          benchmark::DoNotOptimize(++calls);
        });
      }
    }
  });
  setOperations(state, kBatch);
}

void contextGet(benchmark::State& state, std::size_t others) {
  const cls::Key<std::uint64_t> key{"value"};
  amongOthers(others, [&](Namespace& measured) {
    measured.run([&] {
      measured.set(key, std::uint64_t{1});
      for (auto _ : state) {
        for (std::uint64_t i = 0; i < kBatch; ++i) {
          benchmark::DoNotOptimize(measured.get(key));
        }
      }
    });
  });
  setOperations(state, kBatch);
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("context_run", [](benchmark::State& state) { contextRun(state, 0); });
  add("context_run_64", [](benchmark::State& state) { contextRun(state, kMany); });
  add("context_get", [](benchmark::State& state) { contextGet(state, 0); });
  add("context_get_64", [](benchmark::State& state) { contextGet(state, kMany); });
  return run(argc, argv);
}
