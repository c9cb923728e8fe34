// Callbacks through asio::post in Asio's best setting: one thread, no locks (the hints 1 and
// default are slower). A burst allocates each callback; a chain recycles the memory of one.
#include <asio.hpp>
#include <utility>

#include "weft/bench/loop/callback_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  template <class Callable>
  void post(Callable callable) {
    asio::post(context_, std::move(callable));
  }

  void run() {
    context_.run();
    context_.restart();
  }

 private:
  asio::io_context context_{ASIO_CONCURRENCY_HINT_UNSAFE};
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<Loop>);
  add("tick_chain", callbackChain<Loop>);
  return run(argc, argv);
}
