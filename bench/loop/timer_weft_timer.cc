// Timers of weft's loop that are parts of the program's own objects, as those of the C libraries
// are: a loop::Timer each, with start() and stop().
#include "weft/loop/timer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "weft/bench/loop/timer_subjects.h"
#include "weft/loop/event_loop.h"

namespace weft::bench {
namespace {

class Timers {
 public:
  Timers(std::size_t count, Durations) {
    for (std::size_t i = 0; i < count; ++i) timers_.emplace_back(loop_);
  }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    timers_[timer].work = work;
    timers_[timer].timer.start(std::chrono::milliseconds(milliseconds));
  }

  void cancel(std::size_t timer) { timers_[timer].timer.stop(); }

  void rearm(std::size_t timer, std::uint32_t milliseconds) {
    timers_[timer].timer.start(std::chrono::milliseconds(milliseconds));
  }

  template <class Function>
  void turn(Function function) {
    loop_.setImmediate(std::move(function));
    loop_.runNoWait();
  }

 private:
  struct Owner {
    explicit Owner(EventLoop& loop) : timer(loop, [this] { work(); }) {}
    loop::Timer timer;
    Work16 work{};
  };

  EventLoop loop_;
  std::deque<Owner> timers_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
