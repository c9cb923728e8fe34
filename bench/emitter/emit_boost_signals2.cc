// Emitting with Boost.Signals2, without its mutex.
#include <boost/signals2.hpp>
#include <cstdint>
#include <utility>

#include "weft/bench/emitter/emit_subjects.h"

namespace weft::bench {
namespace {

class Emitter {
 public:
  template <class Listener>
  void on(Listener listener) {
    signal_.connect(std::move(listener));
  }

  void emit(std::uint64_t value) { signal_(value); }

 private:
  using Signal = boost::signals2::signal_type<
      void(std::uint64_t),
      boost::signals2::keywords::mutex_type<boost::signals2::dummy_mutex>>::type;

  Signal signal_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runEmitSubjects<weft::bench::Emitter>(argc, argv);
}
