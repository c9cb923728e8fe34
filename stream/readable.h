// Readable: a stream that bytes come out of.
//
// It flows while somebody listens to `data` and nobody has paused it; otherwise bytes wait inside,
// and once readableHighWaterMark() of them do, the source is asked for no more.
//
//   request->on(stream::kData, [](std::string_view bytes) { hash.update(bytes); });
//   request->on(stream::kEnd, [response] { response->end(hash.digest()); });
//
// `end` comes once all bytes were given to listeners (so not before the stream flows), and only if
// the source came to its end; a stream that breaks off has `error` and `close` without it.
//
// Whoever would rather pull than be called listens to `readable` and takes what waits by read(), or
// waits for it in a coroutine (reader.h). To hand everything to a Writable, see pipe.h.
//
// To write one, derive and implement readMore(), which calls push() now or later, and pushEnd(). A
// source that is not to begin before somebody wants its bytes calls readWhenWanted() first.
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_READABLE_H_
#define WEFT_STREAM_READABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "weft/stream/byte_queue.h"
#include "weft/stream/io_object.h"

namespace weft::stream {

inline constexpr std::size_t kDefaultHighWaterMark = 64 * 1024;

// The bytes are valid during the call.
inline constexpr Event<std::string_view> kData{"data"};
inline constexpr Event<> kEnd{"end"};
// There are bytes to read(), or there will be no more. Listening to it stops the flow.
inline constexpr Event<> kReadable{"readable"};

class Pipe;

class Readable : public virtual IoObject {
 public:
  // No `data` until resume(); listeners that are added do not start it.
  void pause();
  // Lets it flow, in a tick. Bytes that nobody listens for are lost.
  void resume();
  // Takes up to `most` of the bytes that wait; empty if none do. Once all were taken and there will
  // be no more, `end` follows in a tick.
  std::string read(std::size_t most = std::string::npos);
  // pause() was called last.
  bool isPaused() const noexcept { return flow_ == Flow::kPaused; }
  bool isFlowing() const noexcept { return flow_ == Flow::kFlowing; }

  // Bytes that wait inside.
  std::size_t readableLength() const noexcept { return buffer_.size(); }
  std::size_t readableHighWaterMark() const noexcept { return high_water_mark_; }
  void setReadableHighWaterMark(std::size_t bytes) noexcept { high_water_mark_ = bytes; }
  // The source has come to its end; some bytes may wait to be taken.
  bool pushedEnd() const noexcept { return source_ended_; }
  // `end` has been emitted.
  bool readableEnded() const noexcept { return ended_; }

 protected:
  Readable() = default;

  // The seam. More bytes are wanted: push() said false before, or readWhenWanted() was called.
  // Called from the loop, never from a user's stack.
  virtual void readMore() = 0;
  // As if push() had said false: the first readMore() comes when somebody listens or reads.
  void readWhenWanted() noexcept { stalled_ = true; }
  // After `end`.
  virtual void afterEnd() {}

  // Bytes that arrived; they are copied only if they must wait. False: push no more until
  // readMore(). Emits, so the stream may be destroyed when it returns.
  bool push(std::string_view bytes);
  // Nobody has listened, read, paused or resumed.
  bool isUntouched() const noexcept { return flow_ == Flow::kNotYet; }
  // What the last push() said.
  bool wantsMore() const noexcept { return !stalled_; }
  // There will be no more.
  void pushEnd();
  // Nobody will read any more: if nobody ever did, what waits and whatever comes is dropped, and
  // `end` comes. Not from a user's stack: it emits.
  void dump();
  void listenerAdded(const emitter::EventName& event) override;
  void resetReadable() noexcept;

 private:
  friend class Pipe;
  enum class Flow : std::uint8_t { kNotYet, kFlowing, kPaused, kReading };

  bool flows() const noexcept { return flow_ == Flow::kFlowing && blocks_ == 0; }
  // For pipes: no flow, whatever the user says, while one of them waits for its sink.
  void block() noexcept { ++blocks_; }
  void unblock();
  void hasNews();
  void flowIfNeeded();
  void scheduleFlow();
  void flow();
  void emitWaiting();
  void emitEnd();

  ByteQueue buffer_;
  std::size_t high_water_mark_ = kDefaultHighWaterMark;
  std::uint16_t blocks_ = 0;
  Flow flow_ = Flow::kNotYet;
  bool source_ended_ = false;  // pushEnd()
  bool ended_ = false;         // `end`
  bool stalled_ = false;       // push() said false
  bool scheduled_ = false;     // flow() will be called
  bool emitting_ = false;
  bool news_ = false;         // `readable` is due
  bool read_to_end_ = false;  // read() has found nothing more
};

}  // namespace weft::stream

namespace weft {
using stream::kClose;
using stream::kData;
using stream::kEnd;
using stream::kError;
using stream::kReadable;
using stream::Readable;
}  // namespace weft

#endif  // WEFT_STREAM_READABLE_H_
