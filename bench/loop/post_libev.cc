// Posts on libev: its users keep a queue and wake the loop by ev_async_send.
#include <ev.h>

#include <utility>

#include "weft/bench/common/handover.h"
#include "weft/bench/loop/post_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() : loop_(ev_loop_new(EVFLAG_AUTO)) {
    ev_async_init(&arrived_, [](struct ev_loop*, ev_async* watcher, int) {
      static_cast<Loop*>(watcher->data)->posted_.runAll();
    });
    arrived_.data = this;
    ev_async_start(loop_, &arrived_);
  }

  ~Loop() { ev_loop_destroy(loop_); }

  template <class Callable>
  void post(Callable callable) {
    if (posted_.push(std::move(callable))) ev_async_send(loop_, &arrived_);
  }

  void run() { ev_run(loop_, 0); }

  void stop() { ev_break(loop_, EVBREAK_ONE); }

 private:
  Handover posted_;
  struct ev_loop* loop_;
  ev_async arrived_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
