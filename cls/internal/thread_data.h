// What cls keeps for one thread: pools, the lookup cache, the lists behind `end`, holders() and
// fromException(). Made when the thread's first context is. Not for users.
//
// It outlives its thread while somebody still holds a frame or a context of it: a callable may
// have been moved away and be destroyed later, and then its frame comes home through `inbox`.

#ifndef WEFT_CLS_INTERNAL_THREAD_DATA_H_
#define WEFT_CLS_INTERNAL_THREAD_DATA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "weft/cls/frame.h"
#include "weft/cls/internal/context_core.h"
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

// One line of the lookup cache: what context `uid` sees under `key`, good while nothing was added
// or taken away under a key of the same row.
struct CacheLine {
  std::uint64_t uid = 0;
  std::uint64_t epoch = 0;
  const Entry* entry = nullptr;
  KeyId key = kNoKey;
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

struct ThreadData {
  static constexpr std::size_t kCacheLines = 256;
  static constexpr std::size_t kKeyRows = 256;
  static constexpr std::size_t kMostNotes = 16;

  Pool pool;
  std::uint64_t last_uid = 0;  // of contexts and frames
  std::array<std::uint64_t, kKeyRows> key_epochs{};
  std::array<CacheLine, kCacheLines> cache{};
  std::uint64_t stores = 0;  // writes to any context, for cached snapshots

  Scope base{};                     // the bottom of the stack, when no dispatcher has opened one
  Frame* frames = nullptr;          // all
  ContextCore* contexts = nullptr;  // all
  std::size_t live_contexts = 0;    // the length of `contexts`
  std::size_t ended_contexts = 0;   // of these: have ended, and wait for their listeners
  std::vector<std::uint32_t> live_by_slot;
  std::size_t live_frames = 0;

  ContextCore* dying = nullptr;  // linked by `queued`; see releaseContext()
  bool burying = false;
  ContextCore* ended_first = nullptr;  // linked by `queued`
  ContextCore* ended_last = nullptr;
  Frame* end_frame = nullptr;  // owned; current while an end listener runs
  std::vector<ErrorNote> notes;
  Attention attention;

  // Frames dropped by other threads; after the thread's end they are released by who drops them.
  absl::Mutex inbox_mutex;
  std::vector<std::pair<Frame*, Holder>> inbox ABSL_GUARDED_BY(inbox_mutex);
  bool thread_ended ABSL_GUARDED_BY(inbox_mutex) = false;

  void notify() noexcept {
    if (attention.notify != nullptr) attention.notify(attention.arg);
  }
};

inline thread_local constinit ThreadData* t_data __attribute__((tls_model("initial-exec"))) =
    nullptr;

ThreadData& makeThreadData();
inline ThreadData& threadData() { return t_data != nullptr ? *t_data : makeThreadData(); }

// What the running code holds, each as often as it is held: for holders().
struct RunningHolds {
  std::vector<const Frame*> of_runs;  // run(), bound calls, a running end listener
  std::vector<const Frame*> of_enters;
  std::vector<const ContextCore*> entered;
};
RunningHolds runningHolds(const ThreadData& data);
// Releases what other threads sent home.
void emptyInbox(ThreadData& data) noexcept;
// Drops the listeners of contexts that have ended, when nobody is left who could run them.
void dropEnded(ThreadData& data) noexcept;

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS

#endif  // WEFT_CLS_INTERNAL_THREAD_DATA_H_
