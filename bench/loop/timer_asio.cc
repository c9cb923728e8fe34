// Timers of Asio: one asio::steady_timer each, without locks. Cancelling queues the callback, which
// then runs with operation_aborted.
#include <asio.hpp>
#include <utility>
#include <vector>

#include "weft/bench/loop/timer_subjects.h"

namespace weft::bench {
namespace {

class Timers {
 public:
  Timers(std::size_t count, Durations) {
    timers_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) timers_.emplace_back(context_);
  }

  void set(std::size_t timer, std::uint32_t milliseconds, Work16 work) {
    timers_[timer].expires_after(std::chrono::milliseconds(milliseconds));
    timers_[timer].async_wait([work](asio::error_code failure) {
      if (!failure) work();
    });
  }

  void cancel(std::size_t timer) { timers_[timer].cancel(); }

  void rearm(std::size_t timer, std::uint32_t milliseconds) {
    set(timer, milliseconds, Work16{&rearmed_fired_, 1});  // expires_after cancels
  }

  template <class Function>
  void turn(Function function) {
    asio::post(context_, std::move(function));
    context_.restart();
    context_.poll();
  }

 private:
  asio::io_context context_{ASIO_CONCURRENCY_HINT_UNSAFE};
  std::vector<asio::steady_timer> timers_;
  std::uint64_t rearmed_fired_ = 0;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTimerSubjects<weft::bench::Timers>(argc, argv);
}
