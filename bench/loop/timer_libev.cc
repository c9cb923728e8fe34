// Timers of libev: an ev_timer each, in its four-ary heap; re-armed by ev_timer_again.
#include <ev.h>

#include <deque>
#include <utility>

#include "weft/bench/loop/timer_subjects.h"

namespace weft::bench {
namespace {

class Timers {
 public:
  Timers(std::size_t count, Durations) : loop_(ev_loop_new(EVFLAG_AUTO)), timers_(count) {
    for (Timer& timer : timers_) ev_init(&timer.handle, fire);
  }

  ~Timers() {
    for (Timer& timer : timers_) ev_timer_stop(loop_, &timer.handle);
    ev_loop_destroy(loop_);
  }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    Timer& set = timers_[timer];
    set.work = work;
    ev_timer_set(&set.handle, milliseconds * 1e-3, milliseconds * 1e-3);
    ev_timer_start(loop_, &set.handle);
  }

  void cancel(std::size_t timer) { ev_timer_stop(loop_, &timers_[timer].handle); }

  void rearm(std::size_t timer, std::uint32_t) { ev_timer_again(loop_, &timers_[timer].handle); }

  template <class Function>
  void turn(Function function) {
    ev_prepare prepare;
    ev_prepare_init(&prepare, [](struct ev_loop*, ev_prepare* watcher, int) {
      (*static_cast<Function*>(watcher->data))();
    });
    prepare.data = &function;
    ev_prepare_start(loop_, &prepare);
    ev_run(loop_, EVRUN_NOWAIT);
    ev_prepare_stop(loop_, &prepare);
  }

 private:
  struct Timer {
    ev_timer handle;
    Work16 work;
  };

  static void fire(struct ev_loop* loop, ev_timer* handle, int) {
    ev_timer_stop(loop, handle);  // it has a period, for ev_timer_again
    reinterpret_cast<Timer*>(handle)->work();
  }

  struct ev_loop* loop_;
  std::deque<Timer> timers_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
