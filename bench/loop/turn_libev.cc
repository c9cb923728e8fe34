// A turn of libev's loop: ev_run with EVRUN_NOWAIT.
#include <ev.h>

#include "weft/bench/loop/turn_subject.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor) : loop_(ev_loop_new(EVFLAG_AUTO)) {
    ev_io_init(
        &watcher_, [](struct ev_loop*, ev_io*, int) {}, descriptor, EV_READ);
    ev_io_start(loop_, &watcher_);
  }
  ~Loop() { ev_loop_destroy(loop_); }

  void turn() { ev_run(loop_, EVRUN_NOWAIT); }

 private:
  struct ev_loop* loop_;
  ev_io watcher_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
