// Reading a file with libuv: uv_fs_open, uv_fs_fstat, uv_fs_read and uv_fs_close, each on the pool.
#include <fcntl.h>
#include <uv.h>

#include <memory>

#include "weft/bench/native/read_file_subject.h"

namespace weft::bench {
namespace {

class Reader {
 public:
  Reader() { uv_loop_init(&loop_); }
  ~Reader() { uv_loop_close(&loop_); }

  std::size_t read(const char* path) {
    length_ = 0;
    request_.data = this;
    uv_fs_open(&loop_, &request_, path, O_RDONLY, 0, opened);
    uv_run(&loop_, UV_RUN_DEFAULT);
    return length_;
  }

 private:
  static Reader& finish(uv_fs_t* request) {
    uv_fs_req_cleanup(request);
    return *static_cast<Reader*>(request->data);
  }

  static void opened(uv_fs_t* request) {
    const auto descriptor = static_cast<uv_file>(request->result);
    Reader& self = finish(request);
    if ((self.descriptor_ = descriptor) < 0) return;
    uv_fs_fstat(&self.loop_, request, descriptor, examined);
  }

  static void examined(uv_fs_t* request) {
    const std::size_t length = request->statbuf.st_size;
    Reader& self = finish(request);
    self.content_ = std::make_unique_for_overwrite<char[]>(length);
    const uv_buf_t buffer = uv_buf_init(self.content_.get(), static_cast<unsigned>(length));
    uv_fs_read(&self.loop_, request, self.descriptor_, &buffer, 1, 0, wasRead);
  }

  static void wasRead(uv_fs_t* request) {
    const ssize_t got = request->result;
    Reader& self = finish(request);
    self.length_ = got < 0 ? 0 : static_cast<std::size_t>(got);
    uv_fs_close(&self.loop_, request, self.descriptor_, closed);
  }

  static void closed(uv_fs_t* request) { finish(request).content_.reset(); }

  uv_loop_t loop_;
  uv_fs_t request_;
  uv_file descriptor_ = -1;
  std::unique_ptr<char[]> content_;
  std::size_t length_ = 0;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  return weft::bench::runReadFileSubject<weft::bench::Reader>(argc, argv);
}
