// WriteStream: a file that is written piece by piece, as a stream.
//
//   auto file = fs::createWriteStream(loop, "upload.part");
//   request->on(kData, [file](std::string_view bytes) { file->write(bytes); });
//   request->on(kEnd, [file] { file->end(); });
//   file->on(kFinish, [] { ... });  // all is written, and the file closed
//
// Writes wait inside until the one before is done; write() says false while more than
// writableHighWaterMark() bytes do, `drain` tells when they are gone. A failure, a full disk above
// all, is an `error` event, then `close`; bytes that were on their way may be written or not.
// Contexts and lifetime are those of all I/O objects (weft/stream/io_object.h), events those of
// Writable, and `open`.
//
// Threads: the loop's only.

#ifndef WEFT_NATIVE_FS_WRITE_STREAM_H_
#define WEFT_NATIVE_FS_WRITE_STREAM_H_

#include <fcntl.h>

#include <cstdint>
#include <optional>
#include <string>

#include "weft/loop/event_loop.h"
#include "weft/native/fs/file.h"
#include "weft/native/fs/read_stream.h"
#include "weft/native/internal/loop_object.h"
#include "weft/stream/writable.h"

namespace weft::native::fs {

struct WriteStreamOptions {
  int flags = O_WRONLY | O_CREAT | O_TRUNC;  // O_APPEND adds to the end
  mode_t mode = 0666;
  std::optional<std::uint64_t> start = {};  // of the first byte; take O_TRUNC away to keep others
};

class WriteStream final : public stream::Writable, private native::internal::LoopObject {
 public:
  // Use createWriteStream().
  WriteStream(EventLoop& loop, std::string path, const WriteStreamOptions& options);

  const std::string& path() const noexcept { return path_; }
  std::uint64_t bytesWritten() const noexcept { return gone(); }

 private:
  friend stream::RefPtr<WriteStream> createWriteStream(EventLoop& loop, std::string path,
                                                       const WriteStreamOptions& options);
  void open();
  void writeNext();
  void closeFile();
  void writeSome() override { writeNext(); }
  void afterFinish() override { destroy(); }
  void onDestroy() override;
  void dropResources() noexcept override { file_ = File(); }

  const std::string path_;
  const WriteStreamOptions options_;
  File file_;
  bool busy_ = false;  // an opening, write or closing is on its way
};

using WriteStreamPtr = stream::RefPtr<WriteStream>;

WriteStreamPtr createWriteStream(EventLoop& loop, std::string path,
                                 const WriteStreamOptions& options = {});

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_WRITE_STREAM_H_
