// Posts on the floor: a mutex and two vectors, and an eventfd that is written only when the loop
// sleeps, and never read: each write is an edge for epoll.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "weft/bench/common/handover.h"
#include "weft/bench/loop/post_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wakeup_(eventfd(0, EFD_CLOEXEC)) {
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &interest);
  }

  ~Loop() {
    close(wakeup_);
    close(epoll_);
  }

  template <class Callable>
  void post(Callable callable) {
    if (posted_.push(std::move(callable))) eventfd_write(wakeup_, 1);
  }

  void run() {
    stopped_ = false;
    while (!stopped_) {
      epoll_event events[64];
      epoll_wait(epoll_, events, 64, -1);
      posted_.runAll();
    }
  }

  void stop() { stopped_ = true; }

 private:
  Handover posted_;
  int epoll_;
  int wakeup_;
  bool stopped_ = false;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
