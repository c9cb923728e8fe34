// Callbacks in a program on libuv, which has no queue of closures: its users keep one beside it, a
// deque of std::function that an idle handle drains. What is queued while it drains runs in the
// next iteration, so a chain takes an iteration a link.
#include <uv.h>

#include <deque>
#include <functional>
#include <utility>

#include "weft/bench/loop/callback_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() {
    uv_loop_init(&loop_);
    uv_idle_init(&loop_, &idle_);
    idle_.data = this;
  }

  ~Loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  template <class Callable>
  void post(Callable callable) {
    if (queue_.empty()) uv_idle_start(&idle_, drain);
    queue_.emplace_back(std::move(callable));
  }

  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

 private:
  static void drain(uv_idle_t* idle) {
    Loop& self = *static_cast<Loop*>(idle->data);
    for (std::size_t left = self.queue_.size(); left > 0; --left) {
      const std::function<void()> callback = std::move(self.queue_.front());
      self.queue_.pop_front();
      callback();
    }
    if (self.queue_.empty()) uv_idle_stop(idle);
  }

  uv_loop_t loop_;
  uv_idle_t idle_;
  std::deque<std::function<void()>> queue_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("tick_burst", callbackBurst<Loop>);
  add("tick_chain", callbackChain<Loop>);
  return run(argc, argv);
}
