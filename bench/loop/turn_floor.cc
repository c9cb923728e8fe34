// A turn on the floor: read the clock (the coarse one does, as the poll counts in milliseconds) and
// poll.
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "weft/bench/loop/turn_subject.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &interest);
  }
  ~Loop() { close(epoll_); }

  void turn() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    epoll_event events[64];
    benchmark::DoNotOptimize(now);
    benchmark::DoNotOptimize(epoll_wait(epoll_, events, 64, 0));
  }

 private:
  int epoll_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
