// Posts to weft's loop: post() from other threads.
#include <utility>

#include "weft/bench/loop/post_subjects.h"
#include "weft/loop/event_loop.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  Loop() { loop_.hold(); }

  template <class Callable>
  void post(Callable callable) {
    loop_.post(std::move(callable)).IgnoreError();  // there is no limit
  }

  void run() { loop_.run(); }
  void stop() { loop_.stop(); }

 private:
  EventLoop loop_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
