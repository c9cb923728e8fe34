// weft's thread pool: work(), with a snapshot of no context.
#include <memory>
#include <utility>

#include "weft/bench/loop/pool_subject.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/work.h"

namespace weft::bench {
namespace {

class Pool {
 public:
  template <class Work, class Done>
  void submit(Work work, Done done) {
    loop::work(loop_, std::move(work),
               [done = std::move(done)](const absl::Status&) mutable { done(); });
  }

  void run() { loop_.run(); }

 private:
  EventLoop loop_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPoolSubject<weft::bench::Pool>(argc, argv);
}
