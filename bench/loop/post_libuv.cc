// Posts on libuv: its users keep a queue and wake the loop by uv_async_send.
#include <uv.h>

#include <utility>

#include "weft/bench/common/handover.h"
#include "weft/bench/loop/post_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() {
    uv_loop_init(&loop_);
    uv_async_init(&loop_, &arrived_,
                  [](uv_async_t* handle) { static_cast<Loop*>(handle->data)->posted_.runAll(); });
    arrived_.data = this;
  }

  ~Loop() {
    uv_close(reinterpret_cast<uv_handle_t*>(&arrived_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  template <class Callable>
  void post(Callable callable) {
    if (posted_.push(std::move(callable))) uv_async_send(&arrived_);
  }

  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

  void stop() { uv_stop(&loop_); }

 private:
  Handover posted_;
  uv_loop_t loop_;
  uv_async_t arrived_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
