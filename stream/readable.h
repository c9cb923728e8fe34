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
// To write one, derive and implement readMore(), which calls push() now or later, and pushEnd().
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_READABLE_H_
#define WEFT_STREAM_READABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/stream/byte_queue.h"
#include "weft/stream/io_object.h"

namespace weft::stream {

inline constexpr std::size_t kDefaultHighWaterMark = 64 * 1024;

// The bytes are valid during the call.
inline constexpr Event<std::string_view> kData{"data"};
inline constexpr Event<> kEnd{"end"};

class Readable : public virtual IoObject {
 public:
  // No `data` until resume(); listeners that are added do not start it.
  void pause();
  // Lets it flow, in a tick. Bytes that nobody listens for are lost.
  void resume();
  // pause() was called last.
  bool isPaused() const noexcept { return flow_ == Flow::kPaused; }
  bool isFlowing() const noexcept { return flow_ == Flow::kFlowing; }

  // Bytes that wait inside.
  std::size_t readableLength() const noexcept { return buffer_.size(); }
  std::size_t readableHighWaterMark() const noexcept { return high_water_mark_; }
  void setReadableHighWaterMark(std::size_t bytes) noexcept { high_water_mark_ = bytes; }
  // `end` has been emitted.
  bool readableEnded() const noexcept { return ended_; }

 protected:
  Readable() = default;

  // The seam. More bytes are wanted: push() said false before, or nothing was pushed yet. Called
  // from the loop or from push()'s own callers, never from resume().
  virtual void readMore() = 0;
  // After `end`.
  virtual void afterEnd() {}

  // Bytes that arrived; they are copied only if they must wait. False: push no more until
  // readMore(). Emits, so the stream may be destroyed when it returns.
  bool push(std::string_view bytes);
  // There will be no more.
  void pushEnd();
  bool pushedEnd() const noexcept { return source_ended_; }
  // Nobody will read any more: if nobody ever did, what waits and whatever comes is dropped, and
  // `end` comes. Not from a user's stack: it emits.
  void dump();
  void listenerAdded(const emitter::EventName& event) override;
  void resetReadable() noexcept;

 private:
  enum class Flow : std::uint8_t { kNotYet, kFlowing, kPaused };

  void scheduleFlow();
  void flow();
  void emitEnd();

  ByteQueue buffer_;
  std::size_t high_water_mark_ = kDefaultHighWaterMark;
  Flow flow_ = Flow::kNotYet;
  bool source_ended_ = false;  // pushEnd()
  bool ended_ = false;         // `end`
  bool stalled_ = false;       // push() said false
  bool scheduled_ = false;     // flow() will be called
  bool emitting_ = false;
};

}  // namespace weft::stream

namespace weft {
using stream::kClose;
using stream::kData;
using stream::kEnd;
using stream::kError;
using stream::Readable;
}  // namespace weft

#endif  // WEFT_STREAM_READABLE_H_
