// The mechanism under weft/cls/frame.h: the current word of the thread, the frame itself, and what
// holds it. What changes the current frame is in scope.h. Not for users.

#ifndef WEFT_CLS_INTERNAL_FRAME_CORE_H_
#define WEFT_CLS_INTERNAL_FRAME_CORE_H_

#include <atomic>
#include <cstdint>

#include "weft/cls/config.h"
#include "weft/cls/internal/slab_pool.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {

// What can hold a frame. kQueued (ticks, microtasks, immediates, posts) is what is left when the
// others are counted, so that the shortest hop counts nothing more.
enum class Holder : std::uint8_t {
  kTimer,
  kWatcher,   // descriptors, signals, files
  kListener,  // a registration on an emitter
  kHandle,    // a socket, server, request, stream: the operation that made it
  kFunction,  // cls::Function and what bind() and bindAll() return
  kCoroutine,
  kWork,  // a job on the thread pool, a native operation
  kUser,  // captured by hand
  kQueued,
};
inline constexpr int kCountedHolders = static_cast<int>(Holder::kQueued);

namespace internal {

struct Frame;
struct ContextCore;
struct ThreadData;

// In a shared library the words are read without a call; elsewhere the compiler finds the shortest
// way by itself.
#if defined(__PIC__) && !defined(__PIE__)
#define WEFT_CLS_TLS __attribute__((tls_model("initial-exec")))
#else
#define WEFT_CLS_TLS
#endif

// The current word of this thread, see frame.h, and the word that means "no context".
inline thread_local constinit std::uintptr_t t_word WEFT_CLS_TLS = 0;
inline thread_local constinit std::uintptr_t t_idle WEFT_CLS_TLS = 0;

#if WEFT_CLS

// Null until the thread uses contexts for the first time.
inline thread_local constinit ThreadData* t_data WEFT_CLS_TLS = nullptr;

// How many slots one block of a frame's table has, and how many the smallest table.
inline constexpr std::uint32_t kBlock = 8;
inline constexpr std::uint32_t kFewestSlots = 64;

// The block of slots in which nothing is bound.
extern ContextCore* g_no_contexts[kBlock];

// Immutable but for its counts. It owns `own` and, through `parent`, everything else in its table.
//
// The table is in blocks of eight slots. A frame has a block of its own only for the slot that it
// binds, and borrows the others from its parents or, where nothing is bound, takes g_no_contexts:
// so a run copies the same few words with one namespace or with sixty-four.
struct Frame {
  enum Flags : std::uint16_t {
    kOwnsAll = 1,  // flattened: each entry of the table is owned, there is no parent
    kWeak = 2,     // owns nothing: a listener's cached view, valid while both its sources live
    kTracked = 4,  // made for one capture, to remember `where`
    kSeen = 8,     // `seen` is not 0
  };

  // The first 16 bytes are SlabPool's while the frame is dead.
  std::uint32_t refs;
  std::uint32_t slots;  // of the table; whole blocks; the same for all frames of a pool
  Frame* parent;
  std::uint64_t clean_epoch;  // captured as it is while this equals g_capture_epoch
  std::uint64_t uid;          // never used again on this thread
  ContextCore* own;
  std::uint32_t own_slot;
  std::uint16_t depth;  // links to the end of the chain of parents
  std::uint16_t flags;
  // The same for all frames of a pool.
  std::uint32_t width;  // index of the pool
  std::uint32_t seen;   // how many listeners know it by its address; see rememberFrame()
  SlabPool<Frame>* pool;
  SlabPool<Frame>* run_pool;  // the frames of this width with one block of their own
  ThreadData* home;
  // As the last frame in this place left it: all zero, but for what kTracked says.
  Frame* twin;  // this frame without destroyed namespaces, made once
  Frame* flat;  // this frame, owning all of its table, made once when its chain is long
  // Of a tracked capture: its place, and when it was made, in milliseconds of now(), modulo 2^32.
  const char* file;
  std::int32_t line;
  std::uint32_t made;
  Holder holder;
  std::uint32_t held[kCountedHolders];
  ContextCore** blocks[1];  // slots / kBlock of them, then this frame's own entries

  ContextCore* at(std::uint32_t slot) const noexcept {
    return slot < slots ? blocks[slot / kBlock][slot % kBlock] : nullptr;
  }
  // Calls fn(slot, context) for each slot in which a context is bound, while that gives true.
  template <typename F>
  bool whileBound(F&& fn) const {
    for (std::uint32_t b = 0; b < slots / kBlock; ++b) {
      if (blocks[b] == g_no_contexts) continue;
      for (std::uint32_t i = 0; i < kBlock; ++i) {
        if (blocks[b][i] != nullptr && !fn(b * kBlock + i, blocks[b][i])) return false;
      }
    }
    return true;
  }
  template <typename F>
  void forEachBound(F&& fn) const {
    whileBound([&](std::uint32_t slot, ContextCore* context) {
      fn(slot, context);
      return true;
    });
  }
};

// Changes when a namespace is destroyed; all ones while captures are tracked, which no frame's
// clean_epoch ever is.
inline constinit std::atomic<std::uint64_t> g_capture_epoch{1};

// A namespace was destroyed: captures leave it out from now on.
void noteDestroyedNamespace() noexcept;
// While on, each capture gets a frame of its own that remembers where it was made.
void setTracking(bool on) noexcept;
bool tracking() noexcept;
// In milliseconds of a clock that goes steadily.
std::int64_t trackingTime() noexcept;

Frame* captureSlow(Frame* frame, Holder holder, Location where);
// Makes the first hold of a frame that nobody else knows one of `holder`, made at `where`.
Frame* holdNewFrame(Frame* frame, Holder holder, Location where) noexcept;
void destroyFrame(Frame* frame) noexcept;
// Until forgetFrame() no other frame has the address of this one, though it may be destroyed: so
// whoever compares words knows it again. Holds neither the frame nor a context.
inline void rememberFrame(Frame* frame) noexcept {
  ++frame->seen;
  frame->flags |= Frame::kSeen;
}
void forgetFrame(Frame* frame) noexcept;
[[noreturn]] void foreignFrame() noexcept;

inline void checkHome([[maybe_unused]] const Frame* frame) noexcept;

// Null for a word that means "no context".
inline Frame* frameOf(std::uintptr_t word) noexcept {
  return (word & 1) != 0 ? reinterpret_cast<Frame*>(word - 1) : nullptr;
}
inline std::uintptr_t wordOf(const Frame* frame) noexcept {
  return frame != nullptr ? (reinterpret_cast<std::uintptr_t>(frame) | 1) : t_idle;
}

inline Frame* currentFrame() noexcept { return frameOf(t_word); }

// True if a capture of `frame` is `frame` itself.
inline bool isClean(const Frame* frame) noexcept {
  return frame->clean_epoch == g_capture_epoch.load(std::memory_order_relaxed);
}

// Adds a hold to the frame of `word` if a capture would take just that.
inline bool holdIfClean(std::uintptr_t word, Holder holder) noexcept {
  Frame* frame = reinterpret_cast<Frame*>(word - 1);
  if (!isClean(frame)) return false;
  ++frame->refs;
  if (holder != Holder::kQueued) ++frame->held[static_cast<int>(holder)];
  return true;
}

// The frame that a capture made here and now takes, with a hold: the current one, that without
// destroyed namespaces, or none.
inline Frame* captureCurrent(Holder holder, Location where) {
  if ((t_word & 1) == 0) return nullptr;
  if (holdIfClean(t_word, holder)) [[likely]]
    return currentFrame();
  return captureSlow(currentFrame(), holder, where);
}

// The same; `place()` is called only while captures are tracked.
template <typename Place>
inline Frame* captureCurrentAt(Holder holder, Place place) {
  if ((t_word & 1) == 0) return nullptr;
  if (holdIfClean(t_word, holder)) [[likely]]
    return currentFrame();
  return captureSlow(currentFrame(), holder, tracking() ? place() : Location{});
}

inline Frame* shareFrame(Frame* frame, Holder holder) noexcept {
  if (frame != nullptr) {
    checkHome(frame);
    ++frame->refs;
    if (holder != Holder::kQueued) ++frame->held[static_cast<int>(holder)];
  }
  return frame;
}

inline void releaseFrame(Frame* frame, Holder holder) noexcept {
  checkHome(frame);
  if (holder != Holder::kQueued) --frame->held[static_cast<int>(holder)];
  if (--frame->refs == 0) destroyFrame(frame);
}

// releaseFrame() by the word, which saves an instruction where each counts.
void destroyWord(std::uintptr_t word) noexcept;
inline void releaseWord(std::uintptr_t word, Holder holder) noexcept {
  Frame* frame = reinterpret_cast<Frame*>(word - 1);
  checkHome(frame);
  if (holder != Holder::kQueued) --frame->held[static_cast<int>(holder)];
  if (--frame->refs == 0) destroyWord(word);
}

// Releases on whatever thread this is: away from home the frame goes back through its inbox.
void releaseFrameAnywhere(Frame* frame, Holder holder) noexcept;
// True if `frame` belongs to this thread.
bool isHome(const Frame* frame) noexcept;

// `word`: a frame's.
inline void setCurrent(std::uintptr_t word) noexcept {
  checkHome(reinterpret_cast<const Frame*>(word - 1));
  t_word = word;
}
inline void setCurrent(Frame* frame) noexcept {
  setCurrent(reinterpret_cast<std::uintptr_t>(frame) | 1);
}

inline void checkHome([[maybe_unused]] const Frame* frame) noexcept {
#ifndef NDEBUG
  if (!isHome(frame)) foreignFrame();
#endif
}

#else  // the no-op twin

inline Frame* currentFrame() noexcept { return nullptr; }
inline bool isClean(const Frame*) noexcept { return true; }
inline Frame* captureCurrent(Holder, Location) noexcept { return nullptr; }
template <typename Place>
inline Frame* captureCurrentAt(Holder, Place) noexcept {
  return nullptr;
}
inline Frame* holdNewFrame(Frame*, Holder, Location) noexcept { return nullptr; }
inline Frame* shareFrame(Frame*, Holder) noexcept { return nullptr; }
inline void releaseFrame(Frame*, Holder) noexcept {}
inline void releaseWord(std::uintptr_t, Holder) noexcept {}
inline void releaseFrameAnywhere(Frame*, Holder) noexcept {}
inline bool isHome(const Frame*) noexcept { return true; }
inline void setCurrent(std::uintptr_t) noexcept {}

#endif

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_INTERNAL_FRAME_CORE_H_
