// context_hop/<kind>, context_hop_64/<kind>: what does it cost in weft to go through one
// asynchronous step and to read a value of the context afterwards, with 1 and with 64 namespaces
// that have one? Built without contexts: the same steps, with nothing to read.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "weft/bench/common/subject.h"
#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"

namespace weft::bench {
namespace {

using Schedule = void (*)(EventLoop&, const struct Hop&);

struct Chain {
  EventLoop loop;
  std::vector<Namespace> namespaces;
  cls::Key<std::uint64_t> key{"value"};
  Schedule schedule = nullptr;
  std::uint64_t left = 0;
  std::uint64_t sum = 0;
};

void readValue(Chain& chain) {
  const std::uint64_t* value = chain.namespaces.front().get(chain.key);
  if (value != nullptr) chain.sum += *value;
}

struct Hop {
  Chain* chain;

  void operator()() const {
    readValue(*chain);
    if (--chain->left > 0) chain->schedule(chain->loop, *this);
  }
};

Co<> awaitMany(Chain& chain) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    co_await loop::nextTick();
    readValue(chain);
  }
}

void thenMany(Chain& chain) {
  auto promise = loop::Promise<void>::resolved(chain.loop);
  for (std::size_t i = 0; i < kBatch; ++i) promise = promise.then([&chain] { readValue(chain); });
}

void runInAll(Chain& chain, std::size_t index, const std::function<void()>& callback) {
  if (index == chain.namespaces.size()) return callback();
  chain.namespaces[index].run([&] {
    chain.namespaces[index].set(chain.key, std::uint64_t{1});
    runInAll(chain, index + 1, callback);
  });
}

// `begin` starts kBatch steps, inside the contexts.
template <class Begin>
void contextHops(benchmark::State& state, std::size_t namespaces, Begin begin) {
  Chain chain;
  for (std::size_t i = 0; i < namespaces; ++i) {
    chain.namespaces.push_back(cls::createNamespace("bench " + std::to_string(i)));
  }
  for (auto _ : state) {
    chain.sum = 0;
    runInAll(chain, 0, [&] { begin(chain); });
    chain.loop.run();
    if (cls::kEnabled && chain.sum != kBatch) state.SkipWithError("the context is lost");
  }
  setOperations(state, kBatch);
}

void contextHop(benchmark::State& state, std::size_t namespaces, Schedule schedule) {
  contextHops(state, namespaces, [schedule](Chain& chain) {
    chain.schedule = schedule;
    chain.left = kBatch;
    schedule(chain.loop, Hop{&chain});
  });
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  for (const std::size_t namespaces : {1, 64}) {
    const std::string subject = namespaces == 1 ? "context_hop/" : "context_hop_64/";
    add(subject + "tick", [=](benchmark::State& state) {
      contextHop(state, namespaces,
                 [](weft::EventLoop& loop, const Hop& hop) { loop.nextTick(hop); });
    });
    add(subject + "await", [=](benchmark::State& state) {
      contextHops(state, namespaces,
                  [](Chain& chain) { weft::loop::spawn(chain.loop, awaitMany(chain)); });
    });
    add(subject + "then",
        [=](benchmark::State& state) { contextHops(state, namespaces, thenMany); });
    add(subject + "immediate", [=](benchmark::State& state) {
      contextHop(state, namespaces,
                 [](weft::EventLoop& loop, const Hop& hop) { loop.setImmediate(hop); });
    });
  }
  return run(argc, argv);
}
