// Emitters and contexts: what an emitter keeps so that its listeners run in the contexts in which
// they were added. For whoever writes an emitter; users call Namespace::bindEmitter().
//
// An emitter holds an EmitterBinding, empty until something binds. Each registration on a bound
// emitter keeps a ListenerContext: for each bound namespace the context that was active when the
// listener was added. Emitting opens an Emission and calls each listener through it:
//
//   cls::Emission emission;
//   for (auto& entry : entries) emission.call(entry.context, [&] { entry.listener(args...); });
//
// For a namespace with nothing captured the listener sees the context of whoever emits; if there
// is none either, a listener of an explicitly bound namespace gets a new root for that call. I/O
// objects are bound to every namespace (bindEvery()), without that last part. What leaves a bound
// listener by exception is noted for fromException().
//
// Cost: a bound listener that is called from the same frame as the last time costs about ten
// instructions more than an unbound one. Threads: the emitter's.

#ifndef WEFT_CLS_EMITTER_BINDING_H_
#define WEFT_CLS_EMITTER_BINDING_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/internal/context_core.h"
#include "weft/cls/internal/frame_core.h"
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
  // All but what bindEvery() said; keeps memory.
  void unbindAll() noexcept {
    if (state_ != nullptr) state_->bound.clear();
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
struct ListenerCore {
  Frame* captured = nullptr;                   // held; null if no bound namespace had a context
  std::uint64_t base_uid = ~std::uint64_t{0};  // of the frame of the last emission; 0: null frame
  Frame* target = nullptr;                     // what the listener saw then: `captured` or `weak`
  Frame* weak = nullptr;         // owned: captured laid over the frame of that emission
  std::uint32_t running = 0;     // calls in progress
  std::vector<Namespace> fresh;  // bound, with nothing captured: a new root where nobody has one

  ~ListenerCore();
};

// The frame in which the listener runs when it is emitted from `base`; remembers it.
Frame* resolveTarget(ListenerCore& listener, Frame* base);
// The same with new roots for the namespaces in `fresh` that have none; the caller owns a hold, as
// a listener.
Frame* freshTarget(ListenerCore& listener, Frame* base);
// In a handler of what the listener threw.
void noteListenerException(const ListenerCore& listener, const Frame* target) noexcept;
#else
struct ListenerCore {};
#endif

}  // namespace internal

class ListenerContext {
 public:
  ListenerContext() = default;
  // What a listener that is added now keeps; empty if the emitter is not bound.
  static ListenerContext capture(const EmitterBinding& binding, Location where = Location::here());
  explicit operator bool() const noexcept { return kEnabled && core_ != nullptr; }

 private:
  friend class Emission;
  std::unique_ptr<internal::ListenerCore> core_;
};

// One emission that has bound listeners. On the stack; the ListenerContexts that it is given must
// live until their call is over, also when the listener is removed meanwhile.
class Emission {
 public:
#if WEFT_CLS
  Emission() noexcept {
    internal::openScope(&scope_, internal::Scope::Kind::kChanged, internal::t_word);
    const internal::Frame* base = internal::currentFrame();
    base_uid_ = base != nullptr ? base->uid : 0;
  }
  ~Emission() { internal::closeScope(&scope_); }
  Emission(const Emission&) = delete;
  Emission& operator=(const Emission&) = delete;

  // Calls `fn` in the contexts of `listener` (of the emission, if it is empty).
  template <typename F>
  [[gnu::always_inline]] void call(const ListenerContext& context, F&& fn) {
    internal::ListenerCore* listener = context.core_.get();
    if (listener != nullptr && listener->base_uid == base_uid_) [[likely]] {
      callIn(*listener, fn);
    } else {
      callAnew(listener, fn);
    }
  }

 private:
  // In the frame that the listener remembers.
  template <typename F>
  [[gnu::always_inline]] void callIn(internal::ListenerCore& listener, F& fn) {
    internal::setCurrent(listener.target);
    ++listener.running;
    try {
      fn();
    } catch (...) {
      --listener.running;
      internal::noteListenerException(listener, nullptr);
      throw;
    }
    --listener.running;
    forgetEnters();
  }

  // In another frame than last time, or in one that is made for each call.
  template <typename F>
  [[gnu::noinline]] void callAnew(internal::ListenerCore* listener, F& fn) {
    if (listener == nullptr) {
      internal::t_word = scope_.word_before;
      fn();
      forgetEnters();
    } else if (!listener->fresh.empty()) {
      callFresh(*listener, fn);
    } else {
      internal::resolveTarget(*listener, base());
      callIn(*listener, fn);
    }
  }

  template <typename F>
  void callFresh(internal::ListenerCore& listener, F& fn) {
    internal::Frame* target = internal::freshTarget(listener, base());
    struct Release {
      internal::Frame* frame;
      std::uintptr_t word;
      ~Release() {
        internal::t_word = word;
        internal::releaseFrame(frame, Holder::kListener);
      }
    } release{target, scope_.word_before};
    internal::setCurrent(target);
    try {
      fn();
    } catch (...) {
      internal::noteListenerException(listener, target);
      throw;
    }
    forgetEnters();
  }

  internal::Frame* base() const noexcept {
    return (scope_.word_before & 1) != 0
               ? reinterpret_cast<internal::Frame*>(scope_.word_before - 1)
               : nullptr;
  }
  void forgetEnters() noexcept {
    if (scope_.enters != nullptr) [[unlikely]] {
      internal::t_word = scope_.word_before;
      internal::discardEnters(&scope_);
    }
  }

  internal::Scope scope_;
  std::uint64_t base_uid_;
#else
  template <typename F>
  void call(const ListenerContext&, F&& fn) {
    fn();
  }
#endif
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_EMITTER_BINDING_H_
