// What emitting costs, in instructions. An emission within a context, to listeners that see the
// same contexts as at their last call; the floor is a vector of AnyInvocable, changed by nobody.
// The compiler must think that a listener looks at its contexts, or it would leave them out.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/tests/callgrind/measure.h"

namespace weft {
namespace {

constexpr std::size_t kEmissions = 1000;
constexpr Event<std::size_t> kTick{"tick"};

void count(std::size_t& sum, std::size_t n) {
  sum += n;
  callgrind::keep(sum);
}

class Subject {
 public:
  // Adds that many listeners, in a context if `bound`.
  Subject(std::size_t listeners, bool bound) {
    const auto add = [&] {
      for (std::size_t i = 0; i < listeners; ++i) {
        emitter_.on(kTick, [this](std::size_t n) { count(sum_, n); });
      }
    };
    if (bound) {
      ns_.bindEmitter(emitter_);
      ns_.run(add);
    } else {
      add();
    }
  }

  void measure(const char* name) {
    callgrind::measure(name, kEmissions, [&] {
      for (std::size_t i = 0; i < kEmissions; ++i) {
        callgrind::keep(emitter_);
        emitter_.emit(kTick, i);
      }
    });
    callgrind::keep(sum_);
  }

 private:
  cls::Namespace ns_ = cls::createNamespace("emit cost");
  EventEmitter emitter_;
  std::size_t sum_ = 0;
};

void measureFloor(const char* name, std::size_t listeners) {
  std::vector<absl::AnyInvocable<void(std::size_t)>> floor;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < listeners; ++i) {
    floor.push_back([&](std::size_t n) { count(sum, n); });
  }
  callgrind::measure(name, kEmissions, [&] {
    for (std::size_t i = 0; i < kEmissions; ++i) {
      callgrind::keep(floor);
      for (auto& listener : floor) listener(i);
    }
  });
  callgrind::keep(sum);
}

}  // namespace
}  // namespace weft

int main() {
  weft::measureFloor("floor_1", 1);
  weft::measureFloor("floor_10", 10);
  weft::Subject(0, false).measure("none");
  weft::Subject(1, false).measure("unbound_1");
  weft::Subject(10, false).measure("unbound_10");
  weft::Subject(1, true).measure("bound_1");
  weft::Subject(10, true).measure("bound_10");
  return 0;
}
