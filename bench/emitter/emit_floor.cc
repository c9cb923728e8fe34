// Emitting on the floor: a vector of callables that listeners may change while an event is emitted.
// What is added meanwhile waits, what is removed is left empty, until the emission is over.
#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "weft/bench/emitter/emit_subjects.h"

namespace weft::bench {
namespace {

class Emitter {
 public:
  using Listener = absl::AnyInvocable<void(std::uint64_t)>;

  void on(Listener listener) {
    if (emitting_ > 0) changed_ = true;
    (emitting_ > 0 ? added_ : listeners_).push_back(std::move(listener));
  }

  void remove(std::size_t index) {
    listeners_[index] = nullptr;
    changed_ = true;
    if (emitting_ == 0) settle();
  }

  void emit(std::uint64_t value) {
    ++emitting_;
    for (Listener& listener : listeners_) {
      if (listener) listener(value);
    }
    if (--emitting_ == 0 && changed_) settle();
  }

 private:
  void settle() {
    std::erase_if(listeners_, [](const Listener& listener) { return !listener; });
    for (Listener& listener : added_) listeners_.push_back(std::move(listener));
    added_.clear();
    changed_ = false;
  }

  std::vector<Listener> listeners_;
  std::vector<Listener> added_;
  int emitting_ = 0;
  bool changed_ = false;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runEmitSubjects<weft::bench::Emitter>(argc, argv);
}
