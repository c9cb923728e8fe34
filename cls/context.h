// Context: a bag of values that belongs to one namespace and follows the work of one request.
//
// A context may have a parent, fixed when it is made: reading looks in its own bag, then in the
// parents', at that moment; writing touches its own bag only. Contexts are made by
// Namespace::run() and Namespace::createContext().
//
//   cls::Context context = request.run([] { request.set("user", "ada"); });
//   context.get<std::string>("user");   // "ada", also after the run
//   context.onEnd([] { log("done"); }); // when nothing that could run in it is left
//
// A Context is a handle: copies mean the same context, and while one exists the context has not
// ended. It belongs to the thread of its loop. A handle that names no context is false; reading
// through it finds nothing, writing throws UsageError.

#ifndef WEFT_CLS_CONTEXT_H_
#define WEFT_CLS_CONTEXT_H_

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "weft/cls/config.h"
#include "weft/cls/internal/context_core.h"
#include "weft/cls/key.h"

namespace weft::cls::inline WEFT_CLS_ABI {

class Context;

namespace internal {

// A user's handle on `context`, which may be null; takes a reference of its own.
Context handleOf(ContextCore* context) noexcept;
// The same, taking over a reference.
Context adoptContext(ContextCore* context) noexcept;
ContextCore* coreOf(const Context& context) noexcept;

// Makes the entry and stores it in `context`, or does nothing in a build without contexts.
template <typename V>
void storeNamed(ContextCore* context, std::string_view name, V&& value) {
  const auto [key, flow] = acquireKey(name);
  Entry* entry;
  try {
    entry = makeEntry<StoredType<V>>(key, /*counted=*/true, flow, std::forward<V>(value));
  } catch (...) {
    releaseKey(key);
    throw;
  }
  storeEntry(context, entry);
}

template <typename T, typename V>
void storeTyped(ContextCore* context, const Key<T>& key, V&& value) {
  storeEntry(context,
             makeEntry<T>(key.id(), /*counted=*/false, key.flow(), std::forward<V>(value)));
}

template <typename T, typename V>
void storeTyped(ContextCore* context, const PrivateKey<T>& key, V&& value) {
  Entry* entry = makeEntry<T>(key.id(), /*counted=*/true, key.flow(), std::forward<V>(value));
  retainKey(key.id());
  storeEntry(context, entry);
}

}  // namespace internal

class Context {
 public:
  Context() = default;
  Context(const Context& other) noexcept : Context(other.core_) {}
  Context(Context&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  Context& operator=(Context other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~Context() { release(); }

  explicit operator bool() const noexcept { return core_ != nullptr; }
  // Identity: the same context, whatever the values.
  friend bool operator==(const Context& a, const Context& b) noexcept { return a.core_ == b.core_; }

  // The value that this context sees under `key`, in its own bag or a parent's, or null. It is good
  // until that key of that context changes. Throws UsageError if the value is of another type.
  template <TypedKey K>
  const typename K::Type* get(const K& key) const {
    return internal::valueOf<typename K::Type>(find(key.id()));
  }
  template <typename T>
  const T* get(std::string_view key) const {
    return internal::valueOf<T>(find(internal::findKey(key)));
  }
  // The same in its own bag only.
  template <TypedKey K>
  const typename K::Type* getOwn(const K& key) const {
    return internal::valueOf<typename K::Type>(findOwn(key.id()));
  }
  template <typename T>
  const T* getOwn(std::string_view key) const {
    return internal::valueOf<T>(findOwn(internal::findKey(key)));
  }
  template <TypedKey K>
  bool has(const K& key) const noexcept {
    return find(key.id()) != nullptr;
  }
  bool has(std::string_view key) const noexcept { return find(internal::findKey(key)) != nullptr; }
  template <TypedKey K>
  bool hasOwn(const K& key) const noexcept {
    return findOwn(key.id()) != nullptr;
  }
  bool hasOwn(std::string_view key) const noexcept {
    return findOwn(internal::findKey(key)) != nullptr;
  }

  // Sets the value in its own bag, over one that was there. Strings given as `const char*` are
  // stored as std::string.
  template <TypedKey K, std::convertible_to<typename K::Type> V>
  void set(const K& key, V&& value) {
    if constexpr (kEnabled) internal::storeTyped(writable(), key, std::forward<V>(value));
  }
  template <typename V>
  void set(std::string_view key, V&& value) {
    if constexpr (kEnabled) internal::storeNamed(writable(), key, std::forward<V>(value));
  }
  // Takes the value out of its own bag, so that a parent's shows again; false if there was none.
  template <TypedKey K>
  bool erase(const K& key) {
    return core_ != nullptr && internal::eraseEntry(core_, key.id());
  }
  bool erase(std::string_view key) {
    return core_ != nullptr && internal::eraseEntry(core_, internal::findKey(key));
  }

  // The context in which this one was made; false for a root. A parent that nobody but this context
  // can reach may have been merged with its own parent, so the chain may be shorter than the runs
  // were deep.
  Context parent() const noexcept;

  // A root context of the same namespace with copies of all the values that this one sees. Throws
  // UsageError if one of them cannot be copied.
  Context fork() const;

  // Calls `listener` once, on this thread and inside this context, when the context has ended: no
  // callback that was scheduled in it is pending, no listener, handle or child context is left.
  // Children end first. What the listener starts does not open the context again. The listener must
  // not hold a handle to this context, which would never end. Throws UsageError when null, or when
  // the context has ended.
  void onEnd(absl::AnyInvocable<void()> listener);

 private:
  friend Context internal::handleOf(internal::ContextCore*) noexcept;
  friend Context internal::adoptContext(internal::ContextCore*) noexcept;
  friend internal::ContextCore* internal::coreOf(const Context&) noexcept;

  explicit Context(internal::ContextCore* core) noexcept;
  void release() noexcept;
  const internal::Entry* find(internal::KeyId key) const noexcept {
    return core_ != nullptr ? internal::findEntry(core_, key) : nullptr;
  }
  const internal::Entry* findOwn(internal::KeyId key) const noexcept {
    return core_ != nullptr ? internal::findOwnEntry(core_, key) : nullptr;
  }
  internal::ContextCore* writable() const;

  internal::ContextCore* core_ = nullptr;
};

// How many contexts of this thread have not ended.
std::size_t liveContexts() noexcept;

namespace internal {
inline Context handleOf(ContextCore* context) noexcept { return Context(context); }
inline ContextCore* coreOf(const Context& context) noexcept { return context.core_; }
inline Context adoptContext([[maybe_unused]] ContextCore* context) noexcept {
  Context handle;
#if WEFT_CLS
  ++context->handles;
  handle.core_ = context;
#endif
  return handle;
}
}  // namespace internal

#if WEFT_CLS
inline Context::Context(internal::ContextCore* core) noexcept : core_(core) {
  if (core_ == nullptr) return;
  internal::retainContext(core_);
  ++core_->handles;
}
inline void Context::release() noexcept {
  if (core_ == nullptr) return;
  --core_->handles;
  internal::releaseContext(core_);
}
#else
inline Context::Context(internal::ContextCore*) noexcept {}
inline void Context::release() noexcept {}
#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI

namespace weft {
using cls::Context;
}  // namespace weft

#endif  // WEFT_CLS_CONTEXT_H_
