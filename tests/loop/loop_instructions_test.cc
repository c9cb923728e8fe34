// What the loop's callbacks cost in instructions, scheduling and running together; see the limits
// in the BUILD file.
//
// Each kind is measured for 1,000 callbacks in one run of the loop and for 2,000 ("tick_1000",
// "tick_2000", as totals), so that their difference is what a callback costs, to the instruction,
// without what a run costs once. This program never touches a context until the last part.

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/tests/callgrind/measure.h"
#include "weft/tests/loop/reference_loop.h"

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
// The largest that fits into a task together with a frame.
struct LargeWork : Work {
  std::uint64_t fourth;
  void operator()() const { *sum += first + second + third + fourth; }
};
static_assert(sizeof(LargeWork) == 40);
static_assert(sizeof(weft::loop::Task) == 64);
static_assert(sizeof(weft::tests::ReferenceTask) == 64);

// `burst(n)` does n operations in one run of a loop.
template <typename Burst>
void measureTwice(const std::string& name, Burst burst) {
  burst(2 * kMany);  // what is kept of memory is there from now on
  for (const int n : {kMany, 2 * kMany}) {
    weft::callgrind::measure((name + "_" + std::to_string(n)).c_str(), 1, [&] { burst(n); });
  }
}

// In each burst, what is used is at hand: it is the loop's instructions that count, not those with
// which the test finds it.
template <typename Loop>
void measureTicks(Loop& the_loop, const std::string& suffix) {
  std::uint64_t sum = 0;
  const Work work{&sum, 1, 2, 3};
  measureTwice("tick" + suffix, [&](int n) {
    Loop& loop = the_loop;
    const Work mine = work;
    for (int i = 0; i < n; ++i) loop.nextTick(mine);
    loop.run();
  });
  measureTwice("immediate" + suffix, [&](int n) {
    Loop& loop = the_loop;
    const Work mine = work;
    for (int i = 0; i < n; ++i) loop.setImmediate(mine);
    loop.run();
  });
  weft::callgrind::keep(sum);
}

void measureOthers(weft::EventLoop& the_loop, const std::string& suffix) {
  std::uint64_t sum = 0;
  const Work work{&sum, 1, 2, 3};
  measureTwice("large_tick" + suffix, [&](int n) {
    weft::EventLoop& loop = the_loop;
    const LargeWork mine{work, 4};
    for (int i = 0; i < n; ++i) loop.nextTick(mine);
    loop.run();
  });
  measureTwice("microtask" + suffix, [&](int n) {
    weft::EventLoop& loop = the_loop;
    const Work mine = work;
    for (int i = 0; i < n; ++i) loop.queueMicrotask(mine);
    loop.run();
  });
  measureTwice("post" + suffix, [&](int n) {
    weft::EventLoop& loop = the_loop;
    const Work mine = work;
    for (int i = 0; i < n; ++i) loop.post(mine).IgnoreError();
    loop.run();
  });
  const weft::loop::Poster poster = the_loop.poster();
  measureTwice("post_elsewhere" + suffix, [&](int n) {  // the way of other threads
    weft::EventLoop& loop = the_loop;
    const Work mine = work;
    for (int i = 0; i < n; ++i) poster.post(mine).IgnoreError();
    loop.run();
  });
  measureTwice("timer" + suffix, [&](int n) {
    weft::EventLoop& loop = the_loop;
    for (int i = 0; i < n; ++i) loop.setTimeout([at = &sum] { ++*at; }, weft::loop::Duration(0));
    loop.run();
  });

  // Events of a descriptor that is always writable: one an iteration, with the poll that finds it.
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return;
  int left = 0;
  weft::EventLoop& loop = the_loop;
  weft::loop::FdWatcher watcher(loop, ends[0], weft::loop::FdWatcher::kWritable, [&](unsigned) {
    if (--left == 0) loop.stop();
  });
  measureTwice("descriptor" + suffix, [&](int n) {
    left = n;
    loop.run();
  });
  close(ends[0]);
  close(ends[1]);
  weft::callgrind::keep(sum);
}

}  // namespace

int main() {
  {
    weft::tests::ReferenceLoop reference;
    measureTicks(reference, "_reference");
  }
  weft::ManualClock clock;
  weft::EventLoop loop({.clock = &clock});
  measureTicks(loop, "");
  measureOthers(loop, "");
  weft::cls::Namespace ns = weft::cls::createNamespace("request");
  ns.run([&](const weft::cls::Context&) {
    measureTicks(loop, "_in_context");
    measureOthers(loop, "_in_context");
  });
}
