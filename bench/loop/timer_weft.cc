// Timers of weft's loop: setTimeout, clear() and refresh() of the handle that it gives.
#include <chrono>
#include <utility>
#include <vector>

#include "weft/bench/loop/timer_subjects.h"
#include "weft/loop/event_loop.h"

namespace weft::bench {
namespace {

class Timers {
 public:
  Timers(std::size_t count, Durations) : handles_(count) {}

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    handles_[timer] = loop_.setTimeout(work, std::chrono::milliseconds(milliseconds));
  }

  void cancel(std::size_t timer) { handles_[timer].clear(); }

  void rearm(std::size_t timer, std::uint32_t) { handles_[timer].refresh(); }

  template <class Function>
  void turn(Function function) {
    loop_.setImmediate(std::move(function));
    loop_.runNoWait();
  }

 private:
  EventLoop loop_;
  std::vector<TimerHandle> handles_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
