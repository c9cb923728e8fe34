// What coroutines cost in instructions: a wait for a tick, from one resumption to the next, and the
// call of another coroutine, whose frame comes from the free list. See the limits in the BUILD
// file.

#include <cstdint>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"
#include "weft/tests/callgrind/measure.h"

namespace {

constexpr int kMany = 1000;
constexpr int kSide = 50;  // coroutines side by side

weft::Co<> waitForTicks(int count) {
  for (int i = 0; i < count; ++i) co_await weft::loop::nextTick();
}

weft::Co<> waitForImmediates(int count) {
  for (int i = 0; i < count; ++i) co_await weft::loop::nextImmediate();
}

weft::Co<> waitForTime(int count) {
  for (int i = 0; i < count; ++i) co_await weft::loop::sleep(weft::loop::Duration(0));
}

[[gnu::noinline]] weft::Co<std::uint64_t> successor(std::uint64_t value) { co_return value + 1; }

weft::Co<> callMany() {
  std::uint64_t value = 0;
  for (int i = 0; i < kMany; ++i) value = co_await successor(value);
  weft::callgrind::keep(value);
}

void measureAll(weft::EventLoop& loop, const std::string& suffix) {
  weft::callgrind::measure(("tick" + suffix).c_str(), kMany * kSide, [&] {
    for (int i = 0; i < kSide; ++i) weft::loop::spawn(loop, waitForTicks(kMany));
    loop.run();
  });
  weft::callgrind::measure(("lone_tick" + suffix).c_str(), kMany, [&] {
    weft::loop::spawn(loop, waitForTicks(kMany));
    loop.run();
  });
  weft::callgrind::measure(("immediate" + suffix).c_str(), kMany * kSide, [&] {
    for (int i = 0; i < kSide; ++i) weft::loop::spawn(loop, waitForImmediates(kMany));
    loop.run();
  });
  weft::callgrind::measure(("sleep" + suffix).c_str(), kMany * kSide, [&] {
    for (int i = 0; i < kSide; ++i) weft::loop::spawn(loop, waitForTime(kMany));
    loop.run();
  });
  weft::callgrind::measure(("call" + suffix).c_str(), kMany,
                           [&] { weft::loop::spawn(loop, callMany()); });
}

}  // namespace

int main() {
  weft::ManualClock clock;
  weft::EventLoop loop({.clock = &clock});
  measureAll(loop, "");
  const weft::cls::Namespace ns = weft::cls::createNamespace("request");
  ns.run([&](const weft::cls::Context&) { measureAll(loop, "_in_context"); });
}
