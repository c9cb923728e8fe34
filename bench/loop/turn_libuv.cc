// A turn of libuv's loop: uv_run with UV_RUN_NOWAIT.
#include <uv.h>

#include "weft/bench/loop/turn_subject.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor) {
    uv_loop_init(&loop_);
    uv_poll_init(&loop_, &watched_, descriptor);
    uv_poll_start(&watched_, UV_READABLE, [](uv_poll_t*, int, int) {});
  }
  ~Loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&watched_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  void turn() { uv_run(&loop_, UV_RUN_NOWAIT); }

 private:
  uv_loop_t loop_;
  uv_poll_t watched_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
