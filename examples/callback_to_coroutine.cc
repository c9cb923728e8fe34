// A function that calls back becomes one that is awaited: three lines, in measure() below.
//
//   callback_to_coroutine
//   inside 20.5, outside 4.5

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"

namespace {

namespace loop = weft::loop;

// Somebody's library: it gives its result by calling back.
class Sensor {
 public:
  Sensor(weft::EventLoop& event_loop, double value) : loop_(event_loop), value_(value) {}
  void measure(std::function<void(double)> done) {
    loop_.setTimeout([this, done = std::move(done)] { done(value_); },
                     std::chrono::milliseconds(5));
  }

 private:
  weft::EventLoop& loop_;
  const double value_;
};

loop::Co<double> measure(Sensor& sensor) {
  auto [promise, resolver] = loop::Promise<double>::withResolvers(co_await loop::thisLoop());
  sensor.measure([resolver = resolver](double value) mutable { resolver.resolve(value); });
  co_return co_await promise;
}

loop::Co<> report(Sensor& inside, Sensor& outside) {
  const double first = co_await measure(inside);
  const double second = co_await measure(outside);
  std::printf("inside %.1f, outside %.1f\n", first, second);
}

}  // namespace

int main() {
  weft::EventLoop event_loop;
  Sensor inside(event_loop, 20.5), outside(event_loop, 4.5);
  loop::spawn(event_loop, report(inside, outside));
  event_loop.run();
}
