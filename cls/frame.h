// Frames: what a callback carries from where it was scheduled to where it runs.
//
// This header is for whoever schedules and dispatches: the loop, emitters, coroutines, pools.
// Users of contexts want weft/cls/namespace.h.
//
// A frame is an immutable, counted record of which context is active in every namespace. Capture
// copies one pointer and adds one to a plain count, however many namespaces there are. The frame
// of the running code is one word per thread:
//
//     word == idle token      no namespace has an active context (the "null frame")
//     word == frame | 1       that frame is current
//
// The idle token is the address of the loop that owns the thread (or null). So one comparison,
// `isIdle(this)`, tells a loop at once that it was called on its own thread AND that there is
// nothing to capture: scheduling without contexts costs the test that scheduling needs anyway.
//
//   if (cls::isIdle(this)) [[likely]] {          // own thread, no context: plain task
//     queue.push(PlainTask(fn));
//   } else {                                     // checks the thread, then captures
//     auto frame = cls::HeldFrame<cls::Holder::kQueued>::capture(where);
//     frame ? queue.push(FramedTask(std::move(frame), fn)) : queue.push(PlainTask(fn));
//   }
//
// Threads: everything here belongs to the thread that made it; counts are not atomic. A frame
// may be moved to another thread and destroyed there only inside a cls::Function.
//
// In a build without contexts the word is always the idle token and captures are empty.

#ifndef WEFT_CLS_FRAME_H_
#define WEFT_CLS_FRAME_H_

#include <cstdint>
#include <utility>

#include "weft/cls/config.h"
#include "weft/cls/internal/frame_core.h"
#include "weft/cls/internal/scope.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {

// True if no context is active on this thread and its idle token is `token`.
inline bool isIdle(const void* token) noexcept {
  return internal::t_word == reinterpret_cast<std::uintptr_t>(token);
}

// True if a context is active in some namespace.
inline bool frameActive() noexcept { return (internal::t_word & 1) != 0; }

// A number of the current frame that no other frame of this thread ever has; 0 if no context is
// active.
inline std::uint64_t currentFrameId() noexcept {
#if WEFT_CLS
  return frameActive() ? internal::currentFrame()->uid : 0;
#else
  return 0;
#endif
}

// The idle token of this thread: the dispatcher that runs here, or null. A loop sets itself when
// it is made and when it runs, and takes itself away at its end: what is named here lives.
inline const void* idleToken() noexcept { return reinterpret_cast<const void*>(internal::t_idle); }
inline void setIdleToken(const void* token) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(token);
  if (!frameActive()) internal::t_word = word;
  internal::t_idle = word;
}

// One captured frame, or none. Move-only, one pointer. `kHolder` says what holds it, for
// holders(); the destructor gives it back.
template <Holder kHolder>
class HeldFrame {
 public:
  HeldFrame() = default;
  HeldFrame(HeldFrame&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  HeldFrame& operator=(HeldFrame&& other) noexcept {
    if (this != &other) {
      reset();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~HeldFrame() { reset(); }

  // The frame of the running code, without the namespaces that were destroyed. Empty if no
  // context is active.
  static HeldFrame capture(Location where = Location::here()) {
    return HeldFrame(internal::captureCurrent(kHolder, where));
  }

  // The same where the place takes long to tell: `place()` gives it, while captures are tracked.
  template <typename Place>
  static HeldFrame captureAt(Place place) {
    return HeldFrame(internal::captureCurrentAt(kHolder, std::move(place)));
  }

  // True if a capture made here and now would give the same: costs a comparison.
  bool isCurrent() const noexcept {
    return word_ == 0 ? !frameActive() : internal::t_word == word_ && internal::isClean(raw());
  }

  // The part of capture() that is worth inlining: empty unless the frame can be taken as it is.
  // Only while a context is active.
  static HeldFrame captureInline() noexcept {
    HeldFrame held;
#if WEFT_CLS
    // Read again here, so that where there is no frame the word is compared and in no register.
    asm("" : "+m"(internal::t_word));
    if (internal::holdIfClean(internal::t_word, kHolder)) [[likely]] {
      held.word_ = internal::t_word;
      if (held.word_ == 0) __builtin_unreachable();
    }
#endif
    return held;
  }

  // Takes over the one hold of a frame that was made by hand; null gives an empty one.
  static HeldFrame take(internal::Frame* frame, Location where = Location::here()) noexcept {
    return HeldFrame(frame != nullptr ? internal::holdNewFrame(frame, kHolder, where) : nullptr);
  }

  // A second hold on the same frame, for callables that are copied.
  HeldFrame share() const { return HeldFrame(internal::shareFrame(raw(), kHolder)); }

  explicit operator bool() const noexcept { return word_ != 0; }

  void reset() noexcept {
    if (word_ != 0) {
      release();
      word_ = 0;
    }
  }
  // reset() of a frame that is not empty and is not looked at again, nor destroyed.
  void release() noexcept { internal::releaseWord(word_, kHolder); }
  // The same of the one that enter() made current, which need not be at hand any more.
  static void release(std::uintptr_t entered) noexcept { internal::releaseWord(entered, kHolder); }

  // Releases on a thread that may be another one than the frame's.
  void sendHome() noexcept {
    if (word_ != 0) {
      internal::releaseFrameAnywhere(raw(), kHolder);
      word_ = 0;
    }
  }

  // Makes this frame, which must not be empty, current, for a dispatcher at the bottom of the
  // stack, which calls leave() afterwards, whatever the callback did. Gives what release() takes.
  std::uintptr_t enter() const noexcept {
    internal::setCurrent(word_);
    return word_;
  }

  internal::Frame* raw() const noexcept {
    return word_ != 0 ? reinterpret_cast<internal::Frame*>(word_ - 1) : nullptr;
  }

 private:
  explicit HeldFrame(internal::Frame* frame) noexcept
      : word_(frame != nullptr ? reinterpret_cast<std::uintptr_t>(frame) | 1 : 0) {}

  std::uintptr_t word_ = 0;  // as the thread's word: frame | 1
};

// Back to the null frame: what a dispatcher at the bottom of the stack does after each callback
// that it ran in a frame.
inline void leave() noexcept { internal::t_word = internal::t_idle; }

// Runs what follows in exactly the given frame and restores the whole state that it found when it
// ends, enters that were never left included: for dispatch in the middle of other code (a bound
// callable, a coroutine's step, a nested loop). Enters below it cannot be seen or left from inside.
class FrameScope {
 public:
  // The null frame.
  FrameScope() noexcept : scope_(nullptr) {}
  template <Holder kHolder>
  explicit FrameScope(const HeldFrame<kHolder>& frame) noexcept : scope_(frame.raw()) {}
  // The frame that is current anyway, destroyed namespaces included: a call, not a capture.
  enum Current { kCurrent };
  explicit FrameScope(Current) noexcept : scope_(internal::currentFrame()) {}
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;

 private:
  internal::BarrierScope scope_;
};

// As if the innermost FrameScope ended here and another began, for `frame`: for whoever runs
// several callables under one scope, one after the other.
template <Holder kHolder>
void switchFrame(const HeldFrame<kHolder>& frame) noexcept {
  internal::switchScope(frame.raw());
}

// Calls `fn` with no context active, for what outlives a request (a pool's connection, a cache's
// timer), and returns its result.
template <typename F>
decltype(auto) detached(F&& fn) {
  FrameScope null_frame;
  return std::forward<F>(fn)();
}

// After a callback: what the dispatcher at the bottom of the stack owes to cls.
//
// `notify` is called (from inside a callback, on this thread) when settle() or drainEnded() has
// something to do, so that a dispatcher need not ask after each callback; it must not throw and may
// only take note. `wake` is called by other threads when they sent a frame home: it makes the
// dispatcher call settle() and drainEnded() soon. It runs under a lock, so `arg` is safe until
// setAttention() has replaced it.
struct Attention {
  void (*notify)(void* arg) = nullptr;
  void (*wake)(void* arg) = nullptr;
  void* arg = nullptr;
};

#if WEFT_CLS
// False while this thread has never used contexts: then there is nothing to settle or drain.
inline bool inUse() noexcept { return internal::t_data != nullptr; }

namespace internal {
// What is set before there is anything that could ask for attention.
inline thread_local constinit Attention t_first_attention WEFT_CLS_TLS;
Attention exchangeAttention(Attention attention) noexcept;
}  // namespace internal

// Returns the one set before, which the caller puts back at its end.
inline Attention setAttention(Attention attention) noexcept {
  if (inUse()) return internal::exchangeAttention(attention);
  return std::exchange(internal::t_first_attention, attention);
}

// Ends enters that were never left (reported on stderr in debug builds), forgets the exceptions
// noted for fromException(), takes back what other threads dropped. Leaves the null frame current.
void settle() noexcept;

// Runs the next `onEnd` listener of a context that has ended, inside that context; false when
// there is none. If the listener throws, its context stays current, for the handler of uncaught
// exceptions, until settle().
bool drainEnded();
#else
constexpr bool inUse() noexcept { return false; }
inline Attention setAttention(Attention) noexcept { return {}; }
inline void settle() noexcept {}
inline bool drainEnded() { return false; }
#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_FRAME_H_
