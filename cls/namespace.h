// Namespace: one dimension of continuation-local storage, and the way in for users.
//
// A namespace has at most one active context at any moment. run() makes one and calls a function
// in it; whatever that function schedules (ticks, timers, sockets, coroutines, ...) runs in it too.
//
//   auto request = cls::createNamespace("request");
//   request.run([&] {
//     request.set("id", 17);
//     loop.setTimeout([&] { log(*request.get<int>("id")); }, 10ms);  // 17, in 10 ms
//   });
//
// Outside of any context reading finds nothing and writing throws NoContextError.
//
// A Namespace is a handle; copies mean the same namespace. It may be used on every thread, and has
// contexts of its own on each. A handle that names none (getNamespace() of an unknown name) is
// false, and using it throws UsageError.

#ifndef WEFT_CLS_NAMESPACE_H_
#define WEFT_CLS_NAMESPACE_H_

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "weft/cls/bound.h"
#include "weft/cls/config.h"
#include "weft/cls/context.h"
#include "weft/cls/errors.h"
#include "weft/cls/key.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {

struct ContextOptions {
  bool root = false;  // no parent: the new context sees nothing of the active one
};

// Keeps a context entered for a stretch of code; see Namespace::scope().
class [[nodiscard]] ContextScope {
 public:
  ~ContextScope();
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

 private:
  friend class Namespace;
  ContextScope(const internal::NamespaceCore& ns, const Context& context);

  const internal::NamespaceCore* ns_;  // kept alive by the context
  Context context_;
  Context before_;
};

class Namespace {
 public:
  Namespace() = default;
  Namespace(const Namespace& other) noexcept;
  Namespace(Namespace&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  Namespace& operator=(Namespace other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~Namespace();

  explicit operator bool() const noexcept { return core_ != nullptr; }
  friend bool operator==(const Namespace& a, const Namespace& b) noexcept {
    return a.core_ == b.core_;
  }
  // Empty for an anonymous namespace.
  const std::string& name() const { return core().name; }

  // The active context; false outside of any.
  Context active() const { return internal::handleOf(current()); }

  // What the active context sees under `key`, as Context::get(); null if there is no context or no
  // value.
  template <TypedKey K>
  const typename K::Type* get(const K& key) const {
    return internal::valueOf<typename K::Type>(find(key.id()));
  }
  template <typename T>
  const T* get(std::string_view key) const {
    return internal::valueOf<T>(find(internal::findKey(key)));
  }
  template <TypedKey K>
  bool has(const K& key) const {
    return find(key.id()) != nullptr;
  }
  bool has(std::string_view key) const { return find(internal::findKey(key)) != nullptr; }

  // As get() for a value that must be there: throws NoContextError if there is no context, which
  // says where it was lost if that is known (see loss.h), and UsageError if it has no such value.
  // In a build without contexts it always throws.
  template <TypedKey K>
  const typename K::Type& require(const K& key) const {
    const typename K::Type* const value = get(key);
    if (value == nullptr) [[unlikely]]
      throwMissing(internal::describeKey(key.id()));
    return *value;
  }
  template <typename T>
  const T& require(std::string_view key) const {
    const T* const value = get<T>(key);
    if (value == nullptr) [[unlikely]]
      throwMissing("key '" + std::string(key) + "'");
    return *value;
  }

  // Sets the value in the active context. Throws NoContextError if there is none.
  template <TypedKey K, std::convertible_to<typename K::Type> V>
  void set(const K& key, V&& value) const {
    if constexpr (kEnabled) internal::storeTyped(writable(), key, std::forward<V>(value));
  }
  template <typename V>
  void set(std::string_view key, V&& value) const {
    if constexpr (kEnabled) internal::storeNamed(writable(), key, std::forward<V>(value));
  }
  // The same with a FailedPrecondition status in place of the exception.
  template <typename K, typename V>
  absl::Status trySet(const K& key, V&& value) const {
    if (kEnabled && current() == nullptr) {
      return absl::FailedPreconditionError(NoContextError(name()).what());
    }
    set(key, std::forward<V>(value));
    return absl::OkStatus();
  }
  // Takes the value out of the active context's own bag; false if there was none.
  template <TypedKey K>
  bool erase(const K& key) const {
    return current() != nullptr && internal::eraseEntry(current(), key.id());
  }
  bool erase(std::string_view key) const {
    return current() != nullptr && internal::eraseEntry(current(), internal::findKey(key));
  }

  // Makes a context, a child of the active one or a root, without entering it.
  Context createContext(ContextOptions options = {}, Location where = Location::here()) const;

  // Calls `fn`, with the new context if it takes one, in a new context; everything that was current
  // before is so again afterwards, also when `fn` throws. Returns the context.
  template <typename F>
  Context run(F&& fn, ContextOptions options = {}, Location where = Location::here()) const {
    refuseNullCallable(fn, "run()");
    internal::RunScope scope(core(), options.root, where);
    Context context = internal::adoptContext(scope.context());
    internal::callRun(scope, std::forward<F>(fn), context);
    return context;
  }
  // The same, and returns what `fn` returns.
  template <typename F>
  decltype(auto) runAndReturn(F&& fn, ContextOptions options = {},
                              Location where = Location::here()) const {
    refuseNullCallable(fn, "runAndReturn()");
    internal::RunScope scope(core(), options.root, where);
    Context context = internal::adoptContext(scope.context());
    return internal::callRun(scope, std::forward<F>(fn), context);
  }

  // A callable that runs `fn` in `context` each time it is called; without one in the context that
  // is active now, or in a new root that all calls share. Other namespaces are whatever the caller
  // has. Throws UsageError for a null function. A context of another namespace may be given, here
  // and to enter(); it is then active in both.
  template <typename F>
  Bound<std::decay_t<F>> bind(F&& fn, Context context = {},
                              Location where = Location::here()) const {
    refuseNullCallable(fn, "bind()");
    return {std::forward<F>(fn), contextToBind(std::move(context), where), core(), where};
  }

  // Low-level: `context` is active from now on, until exit(context) or until what encloses this
  // call ends (run(), a bound call, a listener, a callback, a coroutine), which restores all that
  // it found. Contexts may be left in any order. Both throw UsageError for no context, exit() also
  // for one that was not entered.
  void enter(const Context& context) const;
  void exit(const Context& context) const;
  // enter(), and exit() at the end of the scope, which may span a co_await.
  ContextScope scope(const Context& context) const;
  // How many contexts are entered, counted from the start of the running callback, in which it is 1
  // or 0.
  std::size_t depth() const;

  // Listeners that are added to `emitter` from now on run in the context that is active when they
  // are added or, if there is none, in the one of whoever emits, or else in a new one. Idempotent.
  template <typename E>
  void bindEmitter(E& emitter) const {
    core();
    emitter.bindNamespace(*this);
  }
  // Listeners that are added from now on are not bound to this namespace; earlier ones stay so.
  template <typename E>
  void unbindEmitter(E& emitter) const {
    core();
    emitter.unbindNamespace(*this);
  }

  // The innermost context of this namespace that the exception left on its way here: through run(),
  // a bound function, or a listener of a bound emitter. False if it left none, and when the
  // callback in which it was thrown is over.
  Context fromException(const std::exception_ptr& error) const {
    return internal::handleOf(internal::contextOfException(error, core()));
  }

  internal::NamespaceCore& core() const {
    if (core_ == nullptr) [[unlikely]]
      throwEmpty();
    return *core_;
  }

 private:
  friend Namespace adoptNamespace(internal::NamespaceCore* core) noexcept;
  [[noreturn]] static void throwEmpty();
  [[noreturn]] void throwMissing(const std::string& key) const;
  internal::ContextCore* current() const { return internal::activeContext(core().slot); }
  internal::ContextCore* writable() const;
  const internal::Entry* find(internal::KeyId key) const {
    internal::ContextCore* context = current();
    return context != nullptr ? internal::findEntry(context, key) : nullptr;
  }
  Context contextToBind(Context context, Location where) const;
  void needContext(const Context& context, const char* what) const;

  internal::NamespaceCore* core_ = nullptr;
};

// Takes over one reference. For internal use.
Namespace adoptNamespace(internal::NamespaceCore* core) noexcept;

}  // namespace weft::cls::inline WEFT_CLS_ABI

namespace weft {
using cls::Namespace;
}  // namespace weft

#endif  // WEFT_CLS_NAMESPACE_H_
