// What contexts cost, in instructions: scheduling and running a tick with and without one, making a
// context by run(), and reading a value, with 1 and with 64 namespaces and at any depth of parents.

#include <cstddef>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/callgrind/measure.h"

namespace weft {
namespace {

constexpr int kRounds = 1000;
constexpr int kDepth = 64;

const cls::Key<int> kId{"id"};
const cls::Key<int> kOther{"other"};

// 32 bytes, as a callback of a server might hold.
struct Callback {
  long a, b, c;
  long* sum;
  void operator()() const { *sum += a; }
};

class Subject {
 public:
  // A thousand in a run of the loop, and two: the difference is without what a run costs once. What
  // is used is at hand, so that it is not counted how it is found.
  void measureTicks(const std::string& name) {
    long sum = 0;
    const auto burst = [this, &sum](int count) {
      EventLoop& loop = loop_;
      const Callback callback{1, 2, 3, &sum};
      for (int i = 0; i < count; ++i) loop.nextTick(callback);
      loop.runNoWait();
    };
    burst(2 * kRounds);
    for (const int count : {kRounds, 2 * kRounds}) {
      callgrind::measure((name + "_" + std::to_string(count)).c_str(), 1, [&] { burst(count); });
    }
    callgrind::keep(sum);
  }

  // The first uses fill the caches and the pools.
  void measureRun(const char* name) {
    ns_.run([] {});
    callgrind::measure(name, kRounds, [&] {
      for (int i = 0; i < kRounds; ++i) ns_.run([&] { callgrind::keep(ns_); });
    });
  }

  void measureGet(const char* name, const cls::Context& changed) {
    long sum = 0;
    int round = 0;
    sum += read();
    callgrind::measure(name, kRounds, [&] {
      for (int i = 0; i < kRounds; ++i) sum += read();
    });
    for (int i = 0; i < kRounds; ++i) {
      cls::Context(changed).set(kOther, ++round);
      sum += read();
    }
    callgrind::keep(sum);
  }

  // What reading through a pointer costs that is at hand: to be taken off from what get() costs.
  void measureRead(const char* name) {
    long sum = 0;
    const int value = 1;
    const int* id = &value;
    callgrind::measure(name, kRounds, [&] {
      for (int i = 0; i < kRounds; ++i) {
        callgrind::keep(id);
        sum += id != nullptr ? *id : 0;
      }
    });
    callgrind::keep(sum);
  }

  int read() const {
    const int* id = ns_.get(kId);
    return id != nullptr ? *id : 0;
  }

  template <typename F>
  void nested(int depth, F&& fn) {
    if (depth == 0) return fn();
    ns_.run([&] { nested(depth - 1, fn); });
  }

  void measureAll() {
    measureTicks("tick");
    measureRead("read");
    measureRun("run_first");
    ns_.run([&] {
      ns_.set(kId, 1);
      measureTicks("tick_context");
      measureRun("run_1");
      measureGet("get", ns_.active());
      cls::Context middle;
      nested(kDepth / 2, [&] {
        middle = ns_.active();
        nested(kDepth / 2, [&] { measureGet("get_deep", middle); });
      });
      std::vector<cls::Namespace> more;
      std::vector<cls::Context> entered;
      for (int i = 1; i < 64; ++i) more.push_back(cls::createAnonymousNamespace());
      for (const cls::Namespace& ns : more) ns.enter(entered.emplace_back(ns.createContext()));
      measureTicks("tick_context_64");
      measureRun("run_64");
      for (std::size_t i = 0; i < more.size(); ++i) more[i].exit(entered[i]);
    });
  }

 private:
  EventLoop loop_;
  cls::Namespace ns_ = cls::createNamespace("cost");
};

}  // namespace
}  // namespace weft

int main() {
  weft::Subject subject;
  subject.measureAll();
  return 0;
}
