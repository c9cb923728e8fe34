// ReadStream: a file, piece by piece, as a stream.
//
//   auto file = fs::createReadStream(loop, "big.log");
//   file->on(kData, [response, file](std::string_view bytes) {
//     if (response->write(bytes)) return;
//     file->pause();
//     response->once(kDrain, [file] { file->resume(); });
//   });
//   file->on(kEnd, [response] { response->end(); });
//
// It begins to read when it is made and stops when readableHighWaterMark() bytes wait inside. After
// `end` it closes; a failure is an `error` event such as "open 'big.log': No such file or
// directory", then `close`. Contexts and lifetime are those of all I/O objects
// (weft/stream/io_object.h), events those of Readable, and `open`.
//
// Threads: the loop's only.

#ifndef WEFT_NATIVE_FS_READ_STREAM_H_
#define WEFT_NATIVE_FS_READ_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "weft/loop/event_loop.h"
#include "weft/native/fs/file.h"
#include "weft/native/internal/loop_object.h"
#include "weft/stream/readable.h"

namespace weft::native::fs {

// The file is open.
inline constexpr Event<> kOpen{"open"};

struct ReadStreamOptions {
  std::optional<std::uint64_t> start = {};  // the first byte; none: where the file is, as pipes need
  std::optional<std::uint64_t> end = {};    // the one behind the last; none: to the end of the file
  std::size_t high_water_mark = stream::kDefaultHighWaterMark;  // also what one read asks for
};

class ReadStream final : public stream::Readable, private native::internal::LoopObject {
 public:
  // Use createReadStream().
  ReadStream(EventLoop& loop, std::string path, const ReadStreamOptions& options);

  const std::string& path() const noexcept { return path_; }
  std::uint64_t bytesRead() const noexcept { return bytes_read_; }

 private:
  friend stream::RefPtr<ReadStream> createReadStream(EventLoop& loop, std::string path,
                                                     const ReadStreamOptions& options);
  void open();
  void readNext();
  void gotBytes(const absl::StatusOr<std::string>& bytes);
  void readMore() override;
  void afterEnd() override { destroy(); }
  void onDestroy() override;
  void dropResources() noexcept override { file_ = File(); }

  const std::string path_;
  const ReadStreamOptions options_;
  File file_;
  std::uint64_t bytes_read_ = 0;
  bool wanted_ = true;    // bytes are
  bool reading_ = false;  // a read, or the opening, is on its way
};

using ReadStreamPtr = stream::RefPtr<ReadStream>;

// Throws UsageError if `end` lies before `start`, or nothing is to be read at a time.
ReadStreamPtr createReadStream(EventLoop& loop, std::string path,
                               const ReadStreamOptions& options = {});

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_READ_STREAM_H_
