// node-cls: contexts by key, for programs that come from that package.
//
// A context belongs to a key, a string or a Symbol. It has no parent: one that is made inside
// another one of the same key starts empty. get() finds the innermost one of the key.
//
//   namespace node_cls = weft::dialect::node_cls;
//   node_cls::Context context = node_cls::create("request");
//   context.set("id", 17);
//   context.run([&] {
//     loop.setTimeout([] { log(*node_cls::get("request").get<int>("id")); }, 300ms);  // 17
//   });
//
// Each key is an anonymous namespace of weft/cls, with all that this promises. What is other than
// in the package:
// - Strings and symbols are never confused, and no name (`toString`) is there before it is made.
// - A continuation runs in the context in which it was registered, not in that of the promise.
// - exit() leaves in this continuation only, and after a hop there is nothing below to show.
// - Nothing is kept for an asynchronous operation that uses no context.
// New code is better off with weft/cls/namespace.h, whose contexts inherit.
//
// Threads: keys and symbols all; contexts the one that made them. The table of string keys lasts as
// long as the process: use Symbols for what comes and goes.

#ifndef WEFT_DIALECT_NODE_CLS_H_
#define WEFT_DIALECT_NODE_CLS_H_

#include <concepts>
#include <coroutine>
#include <functional>
#include <string_view>
#include <utility>

#include "weft/cls/cls.h"

namespace weft::dialect::node_cls {

// A key that is equal to its copies only.
class Symbol {
 public:
  Symbol() : space_(weft::cls::createAnonymousNamespace()) {}
  friend bool operator==(const Symbol&, const Symbol&) = default;

 private:
  friend class Key;
  Namespace space_;
};

// What contexts are found by. Two of the same string are the same key; the empty string is the key
// of who gives none.
class Key {
 public:
  Key() : Key(std::string_view()) {}
  Key(const char* name) : Key(std::string_view(name)) {}  // NOLINT: implicit, as its uses
  Key(std::string_view name);                             // NOLINT
  Key(const Symbol& symbol) : space_(symbol.space_) {}    // NOLINT
  const Namespace& space() const { return space_; }

 private:
  Namespace space_;
};

// What start() and exit() return: they have acted, and a coroutine may await that.
struct Done {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

// A handle on a context; copies mean the same one. One that names none is false.
class Context {
 public:
  Context() = default;

  explicit operator bool() const noexcept { return static_cast<bool>(values_); }
  friend bool operator==(const Context& a, const Context& b) { return a.values_ == b.values_; }

  // Its values; see weft::cls::Context.
  template <typename T, typename K>
  const T* get(const K& key) const {
    return values_.get<T>(key);
  }
  template <weft::cls::TypedKey K>
  const typename K::Type* get(const K& key) const {
    return values_.get(key);
  }
  template <typename K, typename V>
  void set(const K& key, V&& value) {
    values_.set(key, std::forward<V>(value));
  }

  // Calls `fn` with this context as the innermost of its key, for it and all that it starts;
  // returns what `fn` returns. May be called many times. What `fn` throws comes out untouched.
  // UsageError if this names no context or `fn` is null.
  template <typename F>
  decltype(auto) run(F&& fn) const {
    check();
    weft::cls::refuseNullCallable(fn, "run()");
    return key_.space().bind(std::ref(fn), values_)();
  }
  void run() const { check(); }

  // Makes it the innermost of its key for the rest of the coroutine, callback or run around this
  // call, and what that starts; whoever called the coroutine does not see it.
  Done start() const;

  // The same context for the interface of weft/cls.
  const weft::cls::Context& values() const noexcept { return values_; }

 private:
  friend Context create(const Key& key);
  friend Context get(const Key& key);
  Context(const Key& key, weft::cls::Context values) : key_(key), values_(std::move(values)) {}
  void check() const;

  Key key_;
  weft::cls::Context values_;
};

// A new, empty context of the key; not entered.
Context create(const Key& key = {});
// The innermost context of the key here, or false.
Context get(const Key& key = {});
inline Context getContext(const Key& key = {}) { return get(key); }
// get() without a key.
inline Context active() { return get(); }
// Leaves the innermost context of the key, for the rest of what runs here and what it starts from
// now on; the one around it, if this callback entered one, shows. Nothing happens where there is
// none.
Done exit(const Key& key = {});

// `cls(key).run(fn)`: runs in a new context each time.
class Fresh {
 public:
  explicit Fresh(const Key& key) : key_(key) {}
  // `fn` may take the new context.
  template <typename F>
  decltype(auto) run(F&& fn) const {
    const Context context = create(key_);
    if constexpr (std::invocable<F, const Context&>) {
      return context.run([&]() -> decltype(auto) { return std::forward<F>(fn)(context); });
    } else {
      return context.run(std::forward<F>(fn));
    }
  }

 private:
  Key key_;
};
inline Fresh cls(const Key& key = {}) { return Fresh(key); }

}  // namespace weft::dialect::node_cls

#endif  // WEFT_DIALECT_NODE_CLS_H_
