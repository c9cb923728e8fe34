// Asio's thread pool: asio::post to an asio::thread_pool, and from there back to the io_context.
#include <asio.hpp>
#include <utility>

#include "weft/bench/loop/pool_subject.h"

namespace weft::bench {
namespace {

class Pool {
 public:
  ~Pool() { pool_.join(); }

  template <class Work, class Done>
  void submit(Work work, Done done) {
    asio::post(pool_, [stays = asio::make_work_guard(loop_), work = std::move(work),
                       done = std::move(done)] {
      work();
      asio::post(stays.get_executor(), done);
    });
  }

  void run() {
    loop_.restart();
    loop_.run();
  }

 private:
  asio::io_context loop_{1};
  asio::thread_pool pool_{4};
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPoolSubject<weft::bench::Pool>(argc, argv);
}
