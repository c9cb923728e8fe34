// Callbacks on weft's loop: nextTick and setImmediate, with no context active.
#include <utility>

#include "weft/bench/loop/callback_subjects.h"
#include "weft/loop/event_loop.h"

namespace weft::bench {
namespace {

class Ticks {
 public:
  template <class Callable>
  void post(Callable callable) {
    loop_.nextTick(std::move(callable));
  }

  void run() { loop_.run(); }

 private:
  EventLoop loop_;
};

class Immediates {
 public:
  template <class Callable>
  void post(Callable callable) {
    loop_.setImmediate(std::move(callable));
  }

  void run() { loop_.run(); }

 private:
  EventLoop loop_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<Ticks>);
  add("tick_chain", callbackChain<Ticks>);
  add("immediate_burst", callbackBurst<Immediates>);
  return run(argc, argv);
}
