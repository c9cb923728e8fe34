// IoObject: what sockets, servers, requests, responses and all streams are: emitters on a loop with
// an end that comes exactly once, and a reason if it came too early.
//
// Users meet it as the base of what they use. Whoever writes a new kind of stream derives from
// Readable or Writable, or both, and names this class too, to give it the loop:
//
//   class Ticker : public stream::Readable {
//    public:
//     explicit Ticker(EventLoop& loop) : IoObject(loop) {}
//
// I/O objects live on the heap, in a RefPtr, and count their references. One that is open keeps
// itself: its listeners go on when the last pointer is dropped. After `close` it drops its
// listeners, and what they hold with them, so a listener may hold the object it listens to. If the
// loop ends before that, everything is dropped then, and nothing is said.
//
// Contexts: a listener runs in the contexts that were active when it was added and, in a namespace
// where none was, in the one in which the object was made.
//
// Threads: the loop's only.

#ifndef WEFT_STREAM_IO_OBJECT_H_
#define WEFT_STREAM_IO_OBJECT_H_

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/frame.h"
#include "weft/emitter/event_emitter.h"
#include "weft/emitter/io_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/stream/ref_ptr.h"

namespace weft::stream {

// Why it failed; `close` follows. Without a listener it is thrown into the loop, unless
// what failed is the peer's doing: then the object only closes, and error() says why.
inline constexpr Event<const absl::Status&> kError{"error"};
// The last event: nothing comes after it.
inline constexpr Event<> kClose{"close"};

class IoObject : public emitter::IoEmitter {
 public:
  IoObject(const IoObject&) = delete;
  IoObject& operator=(const IoObject&) = delete;

  // Must not be called after the loop's end.
  EventLoop& loop() const noexcept { return *loop_; }

  // Gives up at once: no more data either way; `error`, if there is one, and `close` follow in the
  // loop's next phase of closing. Nothing happens if it was destroyed before.
  void destroy(absl::Status error = absl::OkStatus());
  bool destroyed() const noexcept { return destroyed_; }
  // `close` has been emitted.
  bool closed() const noexcept { return closed_; }
  // Why it was destroyed; OK if for no failure.
  const absl::Status& error() const noexcept { return error_; }

  void addRef() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) unreferenced();
  }

 protected:
  // What is emitted later on, with nobody calling, is emitted in the contexts of now.
  explicit IoObject(EventLoop& loop);
  virtual ~IoObject();

  // The seam below destroy(), which calls it once: give back what the object stands on. No events.
  virtual void onDestroy() = 0;
  // Right before `error` and `close`.
  virtual void beforeClose() {}
  // The last reference is gone.
  virtual void unreferenced() { delete this; }

  // Calls `fn` in a tick, in the object's own contexts; keeps the object until then.
  template <typename F>
  void defer(F&& fn) {
    const cls::FrameScope scope(home_);
    loop_->nextTick(
        [self = RefPtr<IoObject>(this), call = std::forward<F>(fn)]() mutable { call(); });
  }
  const cls::HeldFrame<cls::Holder::kWatcher>& home() const noexcept { return home_; }

  // From now on failures are the peer's doing.
  void setPeerFails() noexcept { peer_fails_ = true; }
  // Says that it is destroyed, and nothing else: for those that close in their own way.
  void markDestroyed() noexcept { destroyed_ = true; }
  bool referenced() const noexcept { return references_ != 0; }
  // Emits `close`, drops listeners and contexts.
  void finishClose();
  // Drops listeners and contexts.
  void dropAll() noexcept;
  // The loop has ended: destroyed and closed without a word. Contexts and listeners are dropped.
  void abandon() noexcept;
  // The seam below abandon(): drop callbacks that wait, uncalled, for they may hold the object.
  virtual void onAbandon() noexcept {}
  bool loopGone() const noexcept { return loop_ == nullptr; }
  // For pools: as new, in the given loop and contexts.
  void reopen(EventLoop& loop, cls::HeldFrame<cls::Holder::kWatcher> home) noexcept;

 private:
  class LastWord;

  void reportError();

  EventLoop* loop_;
  cls::HeldFrame<cls::Holder::kWatcher> home_;
  absl::Status error_;
  std::uint32_t references_ = 0;
  bool destroyed_ = false;
  bool closed_ = false;
  bool peer_fails_ = false;
};

}  // namespace weft::stream

#endif  // WEFT_STREAM_IO_OBJECT_H_
