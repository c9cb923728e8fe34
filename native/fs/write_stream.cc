#include "weft/native/fs/write_stream.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/native/internal/gather.h"

namespace weft::native::fs {
namespace {

constexpr std::size_t kMostAtOnce = 256 * 1024;

}  // namespace

WriteStream::WriteStream(EventLoop& loop, std::string path, const WriteStreamOptions& options)
    : IoObject(loop), path_(std::move(path)), options_(options) {}

WriteStreamPtr createWriteStream(EventLoop& loop, std::string path,
                                 const WriteStreamOptions& options) {
  WriteStreamPtr made = stream::makeRef<WriteStream>(loop, std::move(path), options);
  made->open();
  return made;
}

void WriteStream::open() {
  busy_ = true;
  onPool(
      [path = path_, options = options_] {
        return sync::open(path, {.flags = options.flags, .mode = options.mode});
      },
      [this](absl::StatusOr<File> file) {
        busy_ = false;
        if (!file.ok()) return destroy(file.status());
        file_ = *std::move(file);
        const absl::Cleanup go_on = [this] { writeNext(); };  // also if a listener throws
        emit(kOpen);
      });
}

void WriteStream::writeNext() {
  if (busy_ || destroyed() || (corked() && !writableEnded())) return;
  if (queue().empty()) {
    if (writableEnded() && file_.isOpen()) closeFile();
    return;
  }
  std::optional<std::uint64_t> position;
  if (options_.start) position = *options_.start + gone();
  busy_ = true;
  onPool([file = file_, bytes = native::internal::gather(queue(), kMostAtOnce),
          position] { return sync::write(file, bytes, position); },
         [this](const absl::StatusOr<std::size_t>& written) {
           busy_ = false;
           if (!written.ok()) return destroy(written.status());
           const absl::Cleanup go_on = [this] { writeNext(); };  // also if a listener throws
           consumed(*written);
         });
}

void WriteStream::closeFile() {
  busy_ = true;
  onPool([file = std::exchange(file_, File())] { return sync::close(file); },
         [this](const absl::Status& closed) {
           if (!closed.ok()) return destroy(closed);
           finished();
         });
}

void WriteStream::onDestroy() {
  if (file_.isOpen()) {
    const cls::FrameScope none;
    close(loop(), std::exchange(file_, File()), [](const absl::Status&) {});
  }
}

}  // namespace weft::native::fs
