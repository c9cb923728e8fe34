// Emitting with weft's EventEmitter, by a typed event.
#include <cstdint>
#include <utility>

#include "weft/bench/emitter/emit_subjects.h"
#include "weft/emitter/event_emitter.h"

namespace weft::bench {
namespace {

constexpr Event<std::uint64_t> kData{"data"};

class Emitter {
 public:
  template <class Listener>
  void on(Listener listener) {
    emitter_.on(kData, std::move(listener));
  }

  void emit(std::uint64_t value) { emitter_.emit(kData, value); }

 private:
  emitter::EventEmitter emitter_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runEmitSubjects<weft::bench::Emitter>(argc, argv);
}
