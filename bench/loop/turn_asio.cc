// A turn of Asio's io_context: poll().
#include <asio.hpp>

#include "weft/bench/loop/turn_subject.h"

namespace weft::bench {
namespace {

class Loop {
 public:
  explicit Loop(int descriptor) : watched_(context_, descriptor) {
    watched_.async_wait(asio::posix::stream_descriptor::wait_read, [](asio::error_code) {});
  }
  ~Loop() { watched_.release(); }

  void turn() { context_.poll(); }

 private:
  asio::io_context context_{ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::posix::stream_descriptor watched_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runTurnSubject<weft::bench::Loop>(argc, argv);
}
