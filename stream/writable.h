// Writable: a stream that bytes go into.
//
// write() never blocks and never refuses for lack of room: what cannot go yet waits inside. It
// says false once writableHighWaterMark() bytes wait; a polite writer then stops until `drain`.
//
//   if (!response->write(block)) {
//     file->pause();
//     response->once(stream::kDrain, [file] { file->resume(); });
//   }
//   ...
//   response->end();  // `finish` when all has gone
//
// After destroy(), or the end of whatever stands below, write() says false and does nothing, so a
// writer that is late needs no care.
//
// To write one, derive and implement writeSome(), which takes bytes from queue() now or later and
// calls consumed() as they go, and finished() when end() was called and all has gone.
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_WRITABLE_H_
#define WEFT_STREAM_WRITABLE_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/cls/function.h"
#include "weft/stream/byte_queue.h"
#include "weft/stream/io_object.h"
#include "weft/stream/readable.h"

namespace weft::stream {

// All that waited has gone, after a write() that said false.
inline constexpr Event<> kDrain{"drain"};
// After end(): all has gone.
inline constexpr Event<> kFinish{"finish"};

class Writable : public virtual IoObject {
 public:
  // Called once, when the bytes have gone, or with the reason why they never will; in the contexts
  // in which it was given.
  using Done = cls::Function<void(const absl::Status&)>;

  // The bytes are copied if they must wait, a std::string that is moved in is kept. False if the
  // high-water mark is reached, or if nothing was taken because the stream is destroyed. Throws
  // UsageError after end(), as long as the stream is not.
  bool write(std::string_view bytes) { return writeBytes(bytes, false); }
  template <std::same_as<std::string> S>
  bool write(S&& bytes) {
    return writeString(std::move(bytes));
  }
  // `done` takes a const absl::Status& or nothing.
  template <typename B, typename F>
  bool write(B&& bytes, F&& done) {
    const bool more = write(std::forward<B>(bytes));
    whenGone(makeDone(std::forward<F>(done)));
    return more;
  }

  // No more writes. A second call without bytes does nothing.
  void end() {
    if (!end_called_) writeBytes({}, true);
  }
  void end(std::string_view bytes) { writeBytes(bytes, true); }
  template <typename F>
  void end(std::string_view bytes, F&& done) {
    end(bytes);
    whenGone(makeDone(std::forward<F>(done)));
  }

  // Between the two, writes only wait, to go together. Calls nest.
  void cork() { ++corks_; }
  void uncork();

  // Bytes that wait.
  virtual std::size_t writableLength() const noexcept { return queue_.size(); }
  std::size_t writableHighWaterMark() const noexcept { return high_water_mark_; }
  void setWritableHighWaterMark(std::size_t bytes) noexcept { high_water_mark_ = bytes; }
  // A write said false and `drain` has not come yet.
  bool writableNeedDrain() const noexcept { return need_drain_; }
  // end() was called; `finish` was emitted.
  bool writableEnded() const noexcept { return end_called_; }
  bool writableFinished() const noexcept { return finished_; }

 protected:
  Writable() = default;

  // The seam. There are more bytes in queue(), or end() was called: begin to move them on. Called
  // from the writer's stack: no events, no callbacks. A return is no promise.
  virtual void writeSome() = 0;
  // Puts bytes into queue(), encoded as the stream needs it; `last`: end() was called. May throw
  // UsageError if it changes nothing then.
  virtual void enqueue(std::string_view bytes, bool last) { queue_.append(bytes); }
  // The same for a string that may be kept.
  virtual void enqueue(std::string&& bytes) { enqueue(std::string_view(bytes), false); }
  // Calls `done` when the bytes that were written so far have gone.
  virtual void whenGone(Done done);
  // After `finish`.
  virtual void afterFinish() {}

  ByteQueue& queue() noexcept { return queue_; }
  const ByteQueue& queue() const noexcept { return queue_; }
  bool corked() const noexcept { return corks_ != 0; }
  // How many bytes have gone, ever.
  std::uint64_t gone() const noexcept { return gone_; }

  // The first `bytes` of queue() have gone: drops them; calls back, emits `drain`.
  void consumed(std::size_t bytes) {
    gone_ += bytes;
    queue_.consume(bytes);
    if (waiting_ != nullptr || need_drain_) settle();
  }
  // The same for as many as lie together; `use(bytes)` gets them, and may write more meanwhile.
  template <typename F>
  void consumeFront(F&& use) {
    gone_ += queue_.front().size();
    queue_.takeFront(std::forward<F>(use));
    if (waiting_ != nullptr || need_drain_) settle();
  }
  // Callbacks and `drain`, if they are due.
  void settle();
  // Moves what waits, and who waits for it, behind what waits in `other`.
  void spliceInto(Writable& other);
  // Emits `finish`, once.
  void finished();
  // Pending callbacks learn that their bytes will not go.
  void beforeClose() override;
  void onAbandon() noexcept override;
  void resetWritable() noexcept;

 private:
  struct Waiting {
    std::uint64_t position;  // of gone_
    Done done;
  };

  template <typename F>
  static Done makeDone(F&& done) {
    if constexpr (std::is_invocable_v<std::decay_t<F>&, const absl::Status&>) {
      return Done(std::forward<F>(done));
    } else {
      return Done([call = std::forward<F>(done)](const absl::Status&) mutable { call(); });
    }
  }
  bool writeBytes(std::string_view bytes, bool last);
  bool writeString(std::string&& bytes);
  bool mayWrite() const;
  bool belowMark() noexcept;

  ByteQueue queue_;
  std::uint64_t gone_ = 0;
  std::unique_ptr<std::deque<Waiting>> waiting_;  // in order of position
  std::size_t high_water_mark_ = kDefaultHighWaterMark;
  std::uint32_t corks_ = 0;
  bool end_called_ = false;
  bool finished_ = false;
  bool need_drain_ = false;
};

}  // namespace weft::stream

namespace weft {
using stream::kDrain;
using stream::kFinish;
using stream::Writable;
}  // namespace weft

#endif  // WEFT_STREAM_WRITABLE_H_
