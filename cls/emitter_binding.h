// Emitters and contexts: what an emitter keeps so that its listeners run in the contexts in which
// they were added. For whoever writes an emitter; users call Namespace::bindEmitter().
//
// An emitter holds an EmitterBinding, empty until something binds. Each registration on a bound
// emitter keeps a ListenerContext: for each bound namespace the context that was active when the
// listener was added. Emitting calls each listener through its own:
//
//   for (auto& entry : entries) entry.context.call([&] { entry.listener(args...); });
//
// For a namespace with nothing captured the listener sees the context of whoever emits; if there
// is none either, a listener of an explicitly bound namespace gets a new root for that call. I/O
// objects are bound to every namespace (bindEvery()), without that last part. What leaves a bound
// listener by exception is noted for fromException().
//
// Cost: a bound listener that is called from the same frame as the last time costs 16 instructions
// more than an unbound one. Threads: the emitter's.

#ifndef WEFT_CLS_EMITTER_BINDING_H_
#define WEFT_CLS_EMITTER_BINDING_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/internal/context_core.h"
#include "weft/cls/internal/frame_core.h"
#include "weft/cls/internal/scope.h"
#include "weft/cls/location.h"
#include "weft/cls/namespace.h"

namespace weft::cls::inline WEFT_CLS_ABI {

class EmitterBinding {
 public:
  EmitterBinding() = default;
  EmitterBinding(EmitterBinding&&) noexcept = default;
  EmitterBinding& operator=(EmitterBinding&&) noexcept = default;

  // True if a listener that is added now has something to capture.
  explicit operator bool() const noexcept { return kEnabled && state_ != nullptr; }
  // Idempotent.
  void bind(const Namespace& ns);
  void unbind(const Namespace& ns);
  void bindEvery();
  // All but what bindEvery() said, for which it keeps the memory.
  void unbindAll() noexcept {
    if (state_ == nullptr) return;
    state_->every ? state_->bound.clear() : state_.reset();
  }

 private:
  friend class ListenerContext;
  struct State {
    bool every = false;
    std::vector<Namespace> bound;
  };
  std::unique_ptr<State> state_;
};

namespace internal {

#if WEFT_CLS
// It remembers the frame that its last call came from and the frame that the listener saw then. A
// call takes that memory for itself until it returns: calls in between do without.
struct ListenerCore {
  static constexpr std::uintptr_t kNever = 1;  // a word that no thread has, of no frame

  // Of a call. Its word_before is that of the frame which is remembered.
  Scope scope{kNever, nullptr, Scope::kChanged};
  std::uintptr_t seen = kNever;  // scope.word_before, but kNever while the scope is open
  std::uintptr_t target = 0;     // the word of what the listener saw then: `captured` or `weak`
  Frame* captured = nullptr;     // held; null if no bound namespace had a context
  Frame* weak = nullptr;         // owned: captured laid over the remembered frame
  std::vector<Namespace> fresh;  // bound, with nothing captured: a new root where nobody has one

  ~ListenerCore();
};

// Remembers what the listener is to see when it is called from here. False if that is made for one
// call only.
bool remember(ListenerCore& listener);
// In a handler of what a listener threw for which it was remembered.
void noteListenerException(const ListenerCore& listener) noexcept;

// A call in a frame that is not remembered.
class ListenerTurn {
 public:
  explicit ListenerTurn(ListenerCore& listener);
  ~ListenerTurn();
  ListenerTurn(const ListenerTurn&) = delete;
  ListenerTurn& operator=(const ListenerTurn&) = delete;
  // In a handler of what the listener threw.
  void noteException() const noexcept;

 private:
  ListenerCore& listener_;
  Frame* frame_;  // held
  Scope scope_;
};
#else
struct ListenerCore {};
#endif

}  // namespace internal

// What a registration keeps. It must live until its calls are over, also when the listener is
// removed meanwhile.
class ListenerContext {
 public:
  ListenerContext() = default;
  // What a listener that is added now keeps; empty if the emitter is not bound.
  static ListenerContext capture(const EmitterBinding& binding, Location where = Location::here());
  explicit operator bool() const noexcept { return kEnabled && core_ != nullptr; }

  // Calls `fn` in the listener's contexts; in those of the caller, if it is empty.
  template <typename F>
  void call(F&& fn) const {
    *this ? callBound(fn) : static_cast<void>(fn());
  }

  // The parts of call(), for who knows that this is not empty and inlines the usual one:
  // callAgain() if atHand(), which is true if the last call came from the frame that is current
  // now.
  bool atHand() const noexcept;
  template <typename F>
  [[gnu::always_inline]] void callAgain(F&& fn) const;
  template <typename F>
  void callBound(F&& fn) const;

 private:
  std::unique_ptr<internal::ListenerCore> core_;
};

#if WEFT_CLS
inline bool ListenerContext::atHand() const noexcept { return core_->seen == internal::t_word; }

template <typename F>
inline void ListenerContext::callAgain(F&& fn) const {
  internal::ListenerCore& core = *core_;
  const std::uintptr_t word = internal::t_word;
  core.seen = internal::ListenerCore::kNever;
  core.scope.outer = internal::t_scope;
  internal::t_scope = &core.scope;
  internal::setCurrent(core.target);
  const auto close = [&core, word] {
    core.seen = word;
    internal::t_word = word;
    internal::t_scope = core.scope.outer;
    if (core.scope.hasEnters()) [[unlikely]]
      internal::discardEnters(&core.scope);
  };
  try {
    fn();
  } catch (...) {
    internal::noteListenerException(core);
    close();
    throw;
  }
  close();
}

template <typename F>
void ListenerContext::callBound(F&& fn) const {
  if (atHand() || internal::remember(*core_)) return callAgain(fn);
  internal::ListenerTurn turn(*core_);
  try {
    fn();
  } catch (...) {
    turn.noteException();
    throw;
  }
}
#else
inline bool ListenerContext::atHand() const noexcept { return true; }
template <typename F>
inline void ListenerContext::callAgain(F&& fn) const {
  fn();
}
template <typename F>
void ListenerContext::callBound(F&& fn) const {
  fn();
}
#endif

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_EMITTER_BINDING_H_
