// Posts on libevent: its users keep a queue and make an event active from the other thread.
#include <event2/event.h>
#include <event2/thread.h>

#include <utility>

#include "weft/bench/common/handover.h"
#include "weft/bench/loop/post_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() : base_(event_base_new()) {
    arrived_ = event_new(
        base_, -1, 0,
        [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->posted_.runAll(); },
        this);
  }

  ~Loop() {
    event_free(arrived_);
    event_base_free(base_);
  }

  template <class Callable>
  void post(Callable callable) {
    if (posted_.push(std::move(callable))) event_active(arrived_, EV_TIMEOUT, 0);
  }

  void run() { event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY); }

  void stop() { event_base_loopbreak(base_); }

 private:
  Handover posted_;
  event_base* base_;
  event* arrived_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  evthread_use_pthreads();
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
