#include "weft/native/fs/read_stream.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"

namespace weft::native::fs {

ReadStream::ReadStream(EventLoop& loop, std::string path, const ReadStreamOptions& options)
    : IoObject(loop), path_(std::move(path)), options_(options) {
  setReadableHighWaterMark(options.high_water_mark);
}

ReadStreamPtr createReadStream(EventLoop& loop, std::string path,
                               const ReadStreamOptions& options) {
  if (options.high_water_mark == 0) {
    throw UsageError("a ReadStream with a high-water mark of 0 would never read: give it some KiB");
  }
  if (options.end && *options.end < options.start.value_or(0)) {
    throw UsageError("a ReadStream ends before it starts: `end` is the byte behind the last");
  }
  ReadStreamPtr made = stream::makeRef<ReadStream>(loop, std::move(path), options);
  made->open();
  return made;
}

void ReadStream::open() {
  reading_ = true;
  onPool([path = path_] { return sync::open(path); },
         [this](absl::StatusOr<File> file) {
           reading_ = false;
           if (!file.ok()) return destroy(file.status());
           file_ = *std::move(file);
           const absl::Cleanup go_on = [this] { readNext(); };
           emit(kOpen);
         });
}

void ReadStream::readMore() {
  wanted_ = true;
  readNext();
}

void ReadStream::readNext() {
  if (!wanted_ || reading_ || destroyed() || pushedEnd()) return;
  std::size_t length = options_.high_water_mark;
  if (options_.end) {
    const std::uint64_t left = *options_.end - options_.start.value_or(0) - bytes_read_;
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, left));
  }
  std::optional<std::uint64_t> position;
  if (options_.start) position = *options_.start + bytes_read_;
  reading_ = true;
  onPool([file = file_, length, position] { return sync::read(file, length, position); },
         [this](const absl::StatusOr<std::string>& bytes) { gotBytes(bytes); });
}

void ReadStream::gotBytes(const absl::StatusOr<std::string>& bytes) {
  reading_ = false;
  if (!bytes.ok()) return destroy(bytes.status());
  if (bytes->empty()) return pushEnd();
  bytes_read_ += bytes->size();
  const absl::Cleanup go_on = [this] { readNext(); };  // also if a listener throws
  wanted_ = push(*bytes);
}

void ReadStream::onDestroy() {
  if (file_.isOpen()) {
    const cls::FrameScope none;
    close(loop(), std::exchange(file_, File()), [](const absl::Status&) {});
  }
}

}  // namespace weft::native::fs
