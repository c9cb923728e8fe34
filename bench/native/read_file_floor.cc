// Reading a file on the floor: open, fstat, read and close, in the thread that wants it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "weft/bench/native/read_file_subject.h"

namespace weft::bench {
namespace {

class Reader {
 public:
  std::size_t read(const char* path) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    fstat(descriptor, &about);
    const auto length = static_cast<std::size_t>(about.st_size);
    const auto content = std::make_unique_for_overwrite<char[]>(length);
    const ssize_t got = ::read(descriptor, content.get(), length);
    close(descriptor);
    benchmark::DoNotOptimize(content.get());
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runReadFileSubject<weft::bench::Reader>(argc, argv);
}
