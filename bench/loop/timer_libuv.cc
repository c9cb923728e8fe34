// Timers of libuv: a uv_timer_t each, in its binary heap; re-armed by uv_timer_again.
#include <uv.h>

#include <deque>
#include <utility>

#include "weft/bench/loop/timer_subjects.h"

namespace weft::bench {
namespace {

class Timers {
 public:
  Timers(std::size_t count, Durations) : timers_(count) {
    uv_loop_init(&loop_);
    uv_prepare_init(&loop_, &turn_);
    for (Timer& timer : timers_) uv_timer_init(&loop_, &timer.handle);
  }

  ~Timers() {
    for (Timer& timer : timers_) uv_close(reinterpret_cast<uv_handle_t*>(&timer.handle), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&turn_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    timers_[timer].work = work;
    uv_timer_start(&timers_[timer].handle, fire, milliseconds, milliseconds);
  }

  void cancel(std::size_t timer) { uv_timer_stop(&timers_[timer].handle); }

  void rearm(std::size_t timer, std::uint32_t) { uv_timer_again(&timers_[timer].handle); }

  template <class Function>
  void turn(Function function) {
    turn_.data = &function;
    uv_prepare_start(&turn_, [](uv_prepare_t* handle) {
      (*static_cast<Function*>(handle->data))();
      uv_prepare_stop(handle);
    });
    uv_run(&loop_, UV_RUN_NOWAIT);
  }

 private:
  struct Timer {
    uv_timer_t handle;
    Work16 work;
  };

  static void fire(uv_timer_t* handle) {
    uv_timer_stop(handle);  // it repeats, for uv_timer_again
    reinterpret_cast<Timer*>(handle)->work();
  }

  uv_loop_t loop_;
  uv_prepare_t turn_;
  std::deque<Timer> timers_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
