// Timers of libevent: an event each, in its binary heap; few durations as common timeouts, which
// libevent keeps in a queue per duration.
#include <event2/event.h>
#include <event2/event_struct.h>

#include <deque>
#include <memory>
#include <utility>

#include "weft/bench/loop/timer_subjects.h"

namespace weft::bench {
namespace {

event_base* makeBase() {
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           event_config_free);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  return event_base_new_with_config(config.get());
}

class Timers {
 public:
  Timers(std::size_t count, Durations kind) : base_(makeBase()), timers_(count) {
    for (Timer& timer : timers_) event_assign(&timer.handle, base_, -1, 0, fire, &timer);
    event_assign(&turn_, base_, -1, 0, nullptr, nullptr);
    if (kind == Durations::random) return;
    for (std::size_t i = 0; i < kFewMilliseconds.size(); ++i) {
      const timeval duration = toTimeval(kFewMilliseconds[i]);
      common_[i] = event_base_init_common_timeout(base_, &duration);
    }
  }

  ~Timers() {
    for (Timer& timer : timers_) event_del(&timer.handle);
    event_base_free(base_);
  }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    timers_[timer].work = work;
    rearm(timer, milliseconds);
  }

  void cancel(std::size_t timer) { event_del(&timers_[timer].handle); }

  void rearm(std::size_t timer, std::uint32_t milliseconds) {
    for (std::size_t i = 0; i < common_.size() && common_[i] != nullptr; ++i) {
      if (kFewMilliseconds[i] == milliseconds) {
        event_add(&timers_[timer].handle, common_[i]);
        return;
      }
    }
    const timeval duration = toTimeval(milliseconds);
    event_add(&timers_[timer].handle, &duration);
  }

  template <class Function>
  void turn(Function function) {
    event_assign(
        &turn_, base_, -1, 0,
        [](evutil_socket_t, short, void* argument) { (*static_cast<Function*>(argument))(); },
        &function);
    event_active(&turn_, EV_TIMEOUT, 1);
    event_base_loop(base_, EVLOOP_NONBLOCK);
  }

 private:
  struct Timer {
    event handle;
    Work16 work;
  };

  static timeval toTimeval(std::uint32_t milliseconds) {
    return timeval{milliseconds / 1000, static_cast<suseconds_t>(milliseconds % 1000) * 1000};
  }

  static void fire(evutil_socket_t, short, void* timer) { static_cast<Timer*>(timer)->work(); }

  event_base* base_;
  event turn_;
  std::deque<Timer> timers_;
  std::array<const timeval*, kFewMilliseconds.size()> common_{};
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
