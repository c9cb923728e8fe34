// Posts through asio::post, with the concurrency hint for one thread that runs the loop.
#include <asio.hpp>
#include <utility>

#include "weft/bench/loop/post_subjects.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  template <class Callable>
  void post(Callable callable) {
    asio::post(context_, std::move(callable));
  }

  void run() {
    context_.restart();
    context_.run();
  }

  void stop() { context_.stop(); }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> stays_{context_.get_executor()};
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runPostSubjects<weft::bench::Loop>(argc, argv);
}
