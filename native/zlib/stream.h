// ZlibStream: bytes go in, and come out compressed, or back.
//
//   auto gzip = zlib::createGzip(loop);
//   gzip->on(kData, [response](std::string_view bytes) { response->write(bytes); });
//   gzip->on(kEnd, [response] { response->end(); });
//   gzip->write(page);
//   gzip->end();
//
// The work is done on the pool, piece by piece. Nobody reading means that nothing is made, and then
// write() says false: no more waits inside than the two high-water marks and a piece. What is
// written may stay inside until there is more of it or end() comes; flush() brings it out, for a
// reader who waits. Corrupt data,
// data that end() cuts short, and a result longer than `max_output` are `error` events that say so,
// then `close`; what was good before that was emitted. When all was read, and all written, it
// closes.
//
// A listener runs in the contexts in which it was added, a write's callback in those of the write
// (weft/stream/io_object.h).
//
// Threads: the loop's only.

#ifndef WEFT_NATIVE_ZLIB_STREAM_H_
#define WEFT_NATIVE_ZLIB_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/native/internal/loop_object.h"
#include "weft/native/zlib/one_shot.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::native::zlib {

namespace internal {
class Codec;
}  // namespace internal

class ZlibStream final : public stream::Readable,
                         public stream::Writable,
                         private native::internal::LoopObject {
 public:
  // Use one of the functions below.
  ZlibStream(EventLoop& loop, absl::StatusOr<std::unique_ptr<internal::Codec>> codec,
             std::size_t max_output);
  ~ZlibStream() override;

  // All that was written so far comes out, so that whoever decompresses it has it, too; each time
  // at the cost of some bytes. Does nothing after end().
  void flush();

  // Bytes that went in and came out so far.
  std::uint64_t bytesWritten() const noexcept { return gone(); }
  std::uint64_t bytesMade() const noexcept { return made_; }

 private:
  struct Step;

  void advance();
  // What is to be done next, if anything is.
  bool nextStep(Step& step);
  void finishStep(Step step);
  void readMore() override;
  void writeSome() override { advance(); }
  void afterEnd() override;
  void afterFinish() override;
  void onDestroy() override { dropResources(); }
  void beforeClose() override { Writable::beforeClose(); }
  void dropResources() noexcept override;

  std::unique_ptr<internal::Codec> codec_;  // null while the pool has it, and at the end
  const std::size_t max_output_;
  std::size_t made_ = 0;
  std::vector<std::uint64_t> flushes_;  // after so many bytes in all; ascending
  bool busy_ = false;                   // a step is on its way
  bool full_ = false;                   // the codec had more to say than there was room
  bool blocked_ = false;                // whoever reads has enough
};

using ZlibStreamPtr = stream::RefPtr<ZlibStream>;

// A level that is not there is an `error` event.
ZlibStreamPtr createDeflate(EventLoop& loop, const CompressOptions& options = {});
ZlibStreamPtr createInflate(EventLoop& loop, const DecompressOptions& options = {});
ZlibStreamPtr createDeflateRaw(EventLoop& loop, const CompressOptions& options = {});
ZlibStreamPtr createInflateRaw(EventLoop& loop, const DecompressOptions& options = {});
ZlibStreamPtr createGzip(EventLoop& loop, const CompressOptions& options = {});
ZlibStreamPtr createGunzip(EventLoop& loop, const DecompressOptions& options = {});
ZlibStreamPtr createBrotliCompress(EventLoop& loop, const CompressOptions& options = {});
ZlibStreamPtr createBrotliDecompress(EventLoop& loop, const DecompressOptions& options = {});
ZlibStreamPtr createZstdCompress(EventLoop& loop, const CompressOptions& options = {});
ZlibStreamPtr createZstdDecompress(EventLoop& loop, const DecompressOptions& options = {});

}  // namespace weft::native::zlib

#endif  // WEFT_NATIVE_ZLIB_STREAM_H_
