// A turn of libevent's loop: event_base_loop with EVLOOP_NONBLOCK.
#include <event2/event.h>

#include "weft/bench/loop/turn_subject.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor) : base_(event_base_new()) {
    watched_ = event_new(
        base_, descriptor, EV_READ | EV_PERSIST, [](evutil_socket_t, short, void*) {}, nullptr);
    event_add(watched_, nullptr);
  }
  ~Loop() {
    event_free(watched_);
    event_base_free(base_);
  }

  void turn() { event_base_loop(base_, EVLOOP_NONBLOCK); }

 private:
  event_base* base_;
  event* watched_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
