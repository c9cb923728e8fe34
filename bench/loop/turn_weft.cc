// A turn of weft's loop: runNoWait().
#include "weft/bench/loop/turn_subject.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor)
      : watched_(loop_, descriptor, loop::FdWatcher::kReadable, [](unsigned) {}) {}

  void turn() { loop_.runNoWait(); }

 private:
  EventLoop loop_;
  loop::FdWatcher watched_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
