// The mechanism under weft/cls/context.h and namespace.h. Not for users.

#ifndef WEFT_CLS_INTERNAL_CONTEXT_CORE_H_
#define WEFT_CLS_INTERNAL_CONTEXT_CORE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "weft/cls/internal/entry.h"
#include "weft/cls/internal/frame_core.h"
#include "weft/cls/internal/scope.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

// A namespace: an index into every frame's table. Shared by all threads; `refs` counts handles,
// the registry, and threads in which one of its contexts lives.
struct NamespaceCore {
  std::string name;  // empty: anonymous
  std::uint32_t slot;
  std::atomic<std::uint32_t> refs;
  std::atomic<bool> destroyed;
};

void retainNamespace(NamespaceCore* core) noexcept;
void releaseNamespace(NamespaceCore* core) noexcept;
// Anonymous if `name` is empty. The caller owns one reference.
NamespaceCore* newNamespace(std::string_view name);
void destroyNamespaceCore(NamespaceCore& core) noexcept;

// Values that crossed from another thread: never changed, counted atomically.
struct FrozenBag {
  std::atomic<std::uint32_t> refs{1};
  Entry* entries = nullptr;
};
void releaseBag(FrozenBag* bag) noexcept;

// What few contexts have.
struct ContextExtras {
  std::vector<absl::AnyInvocable<void()>> end_listeners;
  std::size_t next_listener = 0;
  absl::flat_hash_map<KeyId, Entry*> index;  // used once there are many keys
  FrozenBag* frozen = nullptr;               // owned; under the bag of a root
  FrozenBag* snapshot = nullptr;             // owned; what was last made of this context
  std::uint64_t snapshot_stores = 0;         // ThreadData::stores when it was made
  std::vector<NamespaceCore*> guest_of;      // owned; see admitContext()
};

// A context. It has ended when `refs` falls to nothing: each frame that binds it, each child, each
// handle of a user is one reference.
struct ContextCore {
  // The first 16 bytes are SlabPool's while the context is dead.
  std::uint32_t refs;
  std::uint32_t handles;  // of `refs`: a user's; such a context is never compacted away
  ContextCore* parent;    // owned
  std::uint64_t uid;
  NamespaceCore* ns;  // where it was made; kept alive by the root of the chain
  ThreadData* home;   // the same for all contexts of a thread
  Location where;
  // From here on as the last context in this place left it: all zero.
  std::uint64_t mask;  // bit (key & 63) for each key in `entries`
  Entry* entries;
  ContextExtras* extras;
  ContextCore* queued;  // the next one that has ended, or that waits to be destroyed
  std::uint32_t keys;
  bool has_end;  // an `onEnd` listener is or was registered
  bool ended;
  bool counted;  // in ThreadData::roots: a root, or of another namespace than its parent
};

#if WEFT_CLS

// A new context with one reference; a child of `parent`, or a root.
ContextCore* newContext(NamespaceCore& ns, ContextCore* parent, Location where = {});
inline void retainContext(ContextCore* context) noexcept { ++context->refs; }
void endContext(ContextCore* context) noexcept;
inline void releaseContext(ContextCore* context) noexcept {
  if (--context->refs == 0) endContext(context);
}

// Before `context` is made active in `ns`, which may be another namespace than its own: `ns`, and
// so its slot, is kept for as long as the context lives.
void admitContext(NamespaceCore& ns, ContextCore* context);
// The namespace in which `context` is active when a frame binds it in `slot`.
NamespaceCore& namespaceIn(std::uint32_t slot, const ContextCore* context) noexcept;

// The context that is active in `slot`, or null; borrowed.
inline ContextCore* activeIn(const Frame* frame, std::uint32_t slot) noexcept {
  return frame != nullptr ? frame->at(slot) : nullptr;
}
inline ContextCore* activeContext(std::uint32_t slot) noexcept {
  return activeIn(currentFrame(), slot);
}

// What was found lately: a line says what context `uid` sees under `key`, and is good while nothing
// was added or taken away under a key of the same row, whose epoch is in it.
struct LookupCache {
  static constexpr std::size_t kSize = 256;
  struct Line {
    std::uint64_t uid = 0;
    std::uint64_t epoch = 0;
    const Entry* entry = nullptr;
    KeyId key = kNoKey;
  };
  Line lines[kSize];
  std::uint64_t epochs[kSize] = {};
};

const Entry* findAndCache(const ContextCore* context, KeyId key, LookupCache::Line& line) noexcept;

// What `context` sees under `key`, through its parents; null if nothing.
inline const Entry* findEntry(const ContextCore* context, KeyId key) noexcept {
  auto& cache = *reinterpret_cast<LookupCache*>(context->home);
  const std::uint64_t uid = context->uid;
  LookupCache::Line& line = cache.lines[(uid + key * 5u) % LookupCache::kSize];
  if (line.uid == uid && line.key == key && line.epoch == cache.epochs[key % LookupCache::kSize])
      [[likely]] {
    return line.entry;
  }
  return findAndCache(context, key, line);
}
const Entry* findOwnEntry(const ContextCore* context, KeyId key) noexcept;
// Puts `entry` into the context's own bag, in place of one with the same key.
void storeEntry(ContextCore* context, Entry* entry);
bool eraseEntry(ContextCore* context, KeyId key) noexcept;
// Copies the values that `from` sees into the bag of `to`; false if one cannot be copied.
bool copyValues(const ContextCore* from, ContextCore* to, std::string* refused);
void addEndListener(ContextCore* context, absl::AnyInvocable<void()> listener);

// The frame that differs from `base` (or the null frame) by binding `ns` to `context` or, if that
// is null, to nothing. The caller owns the result; null if nothing is bound.
Frame* deriveFrame(Frame* base, const NamespaceCore& ns, ContextCore* context);

// A view of `base` with what `top` binds laid over it, with one hold. It owns nothing: it is good
// while both live, and a capture of it makes a frame that owns.
Frame* overlayFrame(const Frame* base, const Frame* top);

// A new context, a child of the active one or a root, with a reference for the caller's handle and
// one of the frame that binds it, which the caller owns too.
struct Run {
  ContextCore* context;
  Frame* frame;
};
Run beginRun(NamespaceCore& ns, bool root, Location where);

// Gives back the frame of a run.
void endRun(Frame* frame) noexcept;

// Keeps the frame with a context active in its namespace current; pushes on the enter-stack.
class RunScope {
 public:
  // A new context, whose first reference the caller takes over.
  [[gnu::always_inline]] RunScope(NamespaceCore& ns, bool root, Location where)
      : run_(beginRun(ns, root, where)), space_(&ns) {
    open();
  }
  RunScope(const NamespaceCore& ns, ContextCore* context)
      : run_{context, deriveFrame(currentFrame(), ns, context)}, space_(&ns) {
    open();
  }
  [[gnu::always_inline]] ~RunScope() {
    closeScope(&scope_);
    endRun(run_.frame);
  }
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

  ContextCore* context() const noexcept { return run_.context; }
  const NamespaceCore& space() const noexcept { return *space_; }

 private:
  [[gnu::always_inline]] void open() noexcept {
    openScope(&scope_, Scope::kOne, reinterpret_cast<std::uintptr_t>(run_.frame) | 1);
  }

  Scope scope_;
  Run run_;
  const NamespaceCore* space_;
};

void enterContext(const NamespaceCore& ns, ContextCore* context);
// False if the context was not entered.
bool exitContext(const NamespaceCore& ns, ContextCore* context);
std::size_t enterDepth(std::uint32_t slot);
// The end of a scope guard: `context` is left if it still is entered, and what was active before
// (may be null) is active again.
void leaveGuard(const NamespaceCore& ns, ContextCore* context, ContextCore* before) noexcept;

// To be called in a handler of the exception that is leaving `context`, which was active in `ns`.
void noteException(const NamespaceCore& ns, ContextCore* context) noexcept;
// The innermost context of the namespace that the exception left, or null; borrowed.
ContextCore* contextOfException(const std::exception_ptr& error, const NamespaceCore& ns) noexcept;

#else  // the no-op twin: there is never a context

inline ContextCore* newContext(NamespaceCore&, ContextCore*, Location = {}) { return nullptr; }
inline void retainContext(ContextCore*) noexcept {}
inline void releaseContext(ContextCore*) noexcept {}
inline ContextCore* activeIn(const Frame*, std::uint32_t) noexcept { return nullptr; }
inline ContextCore* activeContext(std::uint32_t) noexcept { return nullptr; }
inline const Entry* findEntry(const ContextCore*, KeyId) noexcept { return nullptr; }
inline const Entry* findOwnEntry(const ContextCore*, KeyId) noexcept { return nullptr; }
inline void storeEntry(ContextCore*, Entry*) noexcept {}
inline bool eraseEntry(ContextCore*, KeyId) noexcept { return false; }
inline bool copyValues(const ContextCore*, ContextCore*, std::string*) { return true; }
inline Frame* deriveFrame(Frame*, const NamespaceCore&, ContextCore*) noexcept { return nullptr; }
inline void addEndListener(ContextCore*, absl::AnyInvocable<void()>) {}
inline void admitContext(NamespaceCore&, ContextCore*) noexcept {}

class RunScope {
 public:
  RunScope(NamespaceCore& ns, bool, Location) noexcept : space_(ns) {}
  RunScope(const NamespaceCore& ns, ContextCore*) noexcept : space_(ns) {}
  ~RunScope() {}
  ContextCore* context() const noexcept { return nullptr; }
  const NamespaceCore& space() const noexcept { return space_; }

 private:
  const NamespaceCore& space_;
};

inline void enterContext(const NamespaceCore&, ContextCore*) noexcept {}
inline bool exitContext(const NamespaceCore&, ContextCore*) noexcept { return true; }
inline std::size_t enterDepth(std::uint32_t) noexcept { return 0; }
inline void leaveGuard(const NamespaceCore&, ContextCore*, ContextCore*) noexcept {}
inline void noteException(const NamespaceCore&, ContextCore*) noexcept {}
inline ContextCore* contextOfException(const std::exception_ptr&, const NamespaceCore&) noexcept {
  return nullptr;
}

#endif

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_INTERNAL_CONTEXT_CORE_H_
