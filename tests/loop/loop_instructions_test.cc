// What the loop's callbacks cost in instructions, queueing and running together; see the limits in
// the BUILD file.

#include <cstdint>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/timer.h"
#include "weft/tests/callgrind/measure.h"

namespace {

constexpr int kMany = 1000;

// What a callback typically captures, and the least that it can do.
struct Work {
  std::uint64_t* sum;
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t third;
  void operator()() const { *sum += first + second + third; }
};
static_assert(sizeof(Work) == 32);

void measureCallbacks(weft::EventLoop& loop, const std::string& suffix) {
  std::uint64_t sum = 0;
  const Work work{&sum, 1, 2, 3};
  const auto burst = [&](const char* name, auto schedule) {
    // From inside a callback, so that what run() costs once is not counted.
    weft::callgrind::measure((name + suffix).c_str(), kMany, [&] {
      for (int i = 0; i < kMany; ++i) schedule(work);
      loop.run();
    });
  };
  burst("tick", [&](const Work& w) { loop.nextTick(w); });
  burst("microtask", [&](const Work& w) { loop.queueMicrotask(w); });
  burst("immediate", [&](const Work& w) { loop.setImmediate(w); });
  burst("post", [&](const Work& w) { loop.post(w).IgnoreError(); });
  burst("timeout", [&](const Work& w) { loop.setTimeout(w, weft::loop::Duration(0)); });
  weft::callgrind::keep(sum);
}

}  // namespace

int main() {
  weft::ManualClock clock;
  weft::EventLoop loop({.clock = &clock});
  measureCallbacks(loop, "");
  weft::cls::Namespace ns = weft::cls::createNamespace("request");
  ns.run([&](const weft::cls::Context&) { measureCallbacks(loop, "_in_context"); });
}
