// What cls keeps for one thread: pools, the lookup cache, the lists behind `end`, holders() and
// fromException(). Made when the thread's first context is. Not for users.
//
// It outlives its thread while somebody still holds a frame or a context of it: a callable may
// have been moved away and be destroyed later, and then its frame comes home through `inbox`.

#ifndef WEFT_CLS_INTERNAL_THREAD_DATA_H_
#define WEFT_CLS_INTERNAL_THREAD_DATA_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "weft/cls/frame.h"
#include "weft/cls/internal/context_core.h"
#include "weft/cls/internal/scope.h"
#include "weft/cls/internal/slab_pool.h"
#include "weft/cls/key.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

// Free lists by size, in steps of 16 bytes up to 512. A list keeps at most kKept pieces.
class Pool {
 public:
  Pool() = default;
  ~Pool();
  void* allocate(std::size_t size);
  void deallocate(void* memory, std::size_t size) noexcept;

 private:
  struct Piece {
    Piece* next;
  };
  struct List {
    Piece* head = nullptr;
    std::uint32_t kept = 0;
  };
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kLargest = 512;
  static constexpr std::uint32_t kKept = 4096;
  std::array<List, kLargest / kStep + 1> lists_{};
};

// An exception that left a context, and which context of each namespace it left first.
struct ErrorNote {
  struct Left {
    const NamespaceCore* ns;  // kept alive by the context
    ContextCore* context;     // owned
  };
  std::exception_ptr error;
  std::vector<Left> contexts;
};
void releaseNote(const ErrorNote& note) noexcept;
// What this thread notes of `error` now; null if nothing.
const ErrorNote* noteOf(const std::exception_ptr& error) noexcept;
// Notes it here, too; keeps contexts of its own.
void addNote(const ErrorNote& note) noexcept;

// Frames come in widths of 64, 512, 4096, ... slots.
inline constexpr std::uint32_t kWidths = 5;
constexpr std::uint32_t slotsOfWidth(std::uint32_t width) noexcept {
  return kFewestSlots << (3 * width);
}

struct ThreadData {
  static constexpr std::size_t kMostNotes = 16;

  ThreadData();

  LookupCache lookup;          // stays the first: context_core.h finds it without this definition
  std::uint64_t last_uid = 0;  // of contexts and frames
  std::uint64_t stores = 0;    // writes to any context, for cached snapshots
  Pool pool;                   // of values
  SlabPool<ContextCore> contexts;
  std::array<SlabPool<Frame>, kWidths> frames;       // with one block of their own
  std::array<SlabPool<Frame>, kWidths> full_frames;  // with all of them

  Scope base{};                      // the bottom of the stack, when no dispatcher has opened one
  std::vector<std::uint32_t> roots;  // contexts that keep their namespace, by slot

  ContextCore* dying = nullptr;  // linked by `queued`; see releaseContext()
  bool burying = false;
  ContextCore* ended_first = nullptr;  // linked by `queued`
  ContextCore* ended_last = nullptr;
  Frame* end_frame = nullptr;  // owned; current while an end listener runs
  std::vector<ErrorNote> notes;
  Attention attention;

  // Guarded by inbox_mutex, with `attention.wake`: frames dropped by other threads; after the
  // thread's end they are released by who drops them.
  std::atomic<bool> inbox_filled{false};  // so that nobody locks an inbox that is empty
  std::mutex inbox_mutex;  // locked in each run of a loop: half the cost of absl::Mutex
  std::vector<std::pair<Frame*, Holder>> inbox;
  bool thread_ended = false;

  void notify() noexcept {
    if (attention.notify != nullptr) attention.notify(attention.arg);
  }
};

ThreadData& makeThreadData();
// Calls fn(Frame&) for each living frame of the thread.
template <typename F>
void forEachFrame(const ThreadData& data, F fn) {
  for (const auto& pool : data.frames) pool.forEach(fn);
  for (const auto& pool : data.full_frames) pool.forEach(fn);
}

// What the running code holds, each as often as it is held: for holders().
struct RunningHolds {
  std::vector<const Frame*> of_runs;  // run(), bound calls, a running end listener
  std::vector<const Frame*> of_enters;
  std::vector<const ContextCore*> entered;
};
RunningHolds runningHolds(const ThreadData& data);

inline ThreadData& threadData() { return t_data != nullptr ? *t_data : makeThreadData(); }

// While nobody but `context` holds its parent, and nobody but the parent its grandparent, these two
// can only be seen as one, and are made one. So runs that reschedule themselves from inside
// themselves for ever need constant memory, and what is `context`'s own stays apart. Does the same
// for that many `further` contexts up the chain.
void compact(ThreadData& data, ContextCore* context, int further = 0);

inline void countRoot(ThreadData& data, NamespaceCore& ns) {
  if (ns.slot >= data.roots.size()) [[unlikely]]
    data.roots.resize(ns.slot + 1);
  if (data.roots[ns.slot]++ == 0) [[unlikely]]
    retainNamespace(&ns);
}
inline void uncountRoot(ThreadData& data, NamespaceCore* ns) noexcept {
  if (--data.roots[ns->slot] == 0) [[unlikely]]
    releaseNamespace(ns);
}

// newContext(); here because run() has it inlined.
inline ContextCore* makeContext(ThreadData& data, NamespaceCore& ns, ContextCore* parent,
                                Location where) {
  ContextCore* context = data.contexts.take();
  context->refs = 1;
  context->handles = 0;
  context->parent = parent;
  context->uid = ++data.last_uid;
  context->ns = &ns;
  context->where.file = where.file;
  context->where.line = where.line;
  context->counted = parent == nullptr || parent->ns != &ns;
  if (context->counted) countRoot(data, ns);
  if (parent != nullptr) {
    retainContext(parent);
    if (parent->parent != nullptr && parent->parent->refs == 1) [[unlikely]]
      compact(data, parent);
  }
  return context;
}

// True while a context or a frame of the thread lives.
bool anythingAlive(const ThreadData& data) noexcept;

// Releases what other threads sent home.
void emptyInbox(ThreadData& data) noexcept;
// Drops the listeners of contexts that have ended, when nobody is left who could run them.
void dropEnded(ThreadData& data) noexcept;

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS

#endif  // WEFT_CLS_INTERNAL_THREAD_DATA_H_
