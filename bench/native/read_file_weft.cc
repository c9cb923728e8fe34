// Reading a file with weft: fs::readFile, one job of the loop's pool.
#include "weft/bench/native/read_file_subject.h"
#include "weft/loop/event_loop.h"
#include "weft/native/fs/whole_file.h"

namespace weft::bench {
namespace {

class Reader {
 public:
  std::size_t read(const char* path) {
    std::size_t length = 0;
    native::fs::readFile(loop_, path, [&](const absl::StatusOr<std::string>& content) {
      if (content.ok()) length = content->size();
    });
    loop_.run();
    return length;
  }

 private:
  EventLoop loop_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runReadFileSubject<weft::bench::Reader>(argc, argv);
}
