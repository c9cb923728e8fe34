// ListenerHandle, what adding a listener gives back, and ListenerFn, a function with an identity.
//
// In JavaScript a function is known by its identity, so removeListener takes the function. In C++
// a lambda has none. There are three ways to remove a listener here, and all are cheap:
//
//   by its handle        auto h = emitter.on(kData, [](std::string_view) {...});  h.remove();
//   by plain function    emitter.on(kData, onData);     emitter.off(kData, onData);
//   by shared function   ListenerFn<std::string_view> f = [](std::string_view) {...};
//                        emitter.on(kData, f);          emitter.off(kData, f);
//
// A handle names one registration; a function names the latest of its registrations, as in Node.
//
// Threads: like the emitter, both belong to the loop's thread.

#ifndef WEFT_EMITTER_LISTENER_H_
#define WEFT_EMITTER_LISTENER_H_

#include <concepts>
#include <type_traits>
#include <utility>

#include "weft/emitter/event.h"
#include "weft/emitter/internal/listener_node.h"

namespace weft::emitter {

namespace internal {
class EmitterState;
}  // namespace internal

class EventEmitter;
template <typename... Args>
class ListenerFn;

// One registration of a listener. Small, copyable; dropping it does nothing. It may outlive the
// listener and the emitter, and keeps neither the callable nor its context alive.
class ListenerHandle {
 public:
  ListenerHandle() = default;  // names nothing
  ListenerHandle(const ListenerHandle& other) noexcept : ListenerHandle(other.node_) {}
  ListenerHandle(ListenerHandle&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  ListenerHandle& operator=(ListenerHandle other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~ListenerHandle() {
    if (node_ != nullptr) node_->dropWatcher();
  }

  // True while the emitter would call it: not before the end of a `newListener` event, not after
  // removal, not once a `once` listener has been called, not after the emitter's end.
  bool active() const noexcept { return node_ != nullptr && node_->list != nullptr; }

  // Takes the listener off its emitter, also while it emits (an emission that has begun still
  // calls it). False, and nothing happens, if it is not there any more.
  bool remove() const;

  // True if it is a registration of that function.
  template <typename... Args>
  bool isFor(const ListenerFn<Args...>& function) const noexcept {
    return node_ != nullptr && function && node_->isFor(function.identity());
  }

  // The same registration?
  friend bool operator==(const ListenerHandle&, const ListenerHandle&) = default;

 private:
  friend class EventEmitter;
  friend class internal::EmitterState;

  explicit ListenerHandle(internal::ListenerNode* node) noexcept : node_(node) {
    if (node_ != nullptr) node_->addWatcher();
  }

  internal::ListenerNode* node_ = nullptr;
};

// Is told what is added to an emitter. For I/O objects, which begin to read when somebody listens.
class ListenerObserver {
 public:
  // After each add. May do with the emitter what it likes, but not destroy it.
  virtual void listenerAdded(const EventName& event) = 0;

 protected:
  ~ListenerObserver() = default;
};

// A callable that can be copied, added to many emitters and events, and removed by itself: copies
// are the same function. Args as in Event<Args...>.
template <typename... Args>
class ListenerFn {
 public:
  ListenerFn() = default;  // calls nothing; adding it is an error

  template <typename F>
  requires(!std::same_as<std::remove_cvref_t<F>, ListenerFn> &&
           std::invocable<std::decay_t<F>&, internal::Passed<Args>...>) ListenerFn(F&& function)
      : callable_(internal::CallableNode<std::decay_t<F>, internal::Passed<Args>...>::make(
            std::forward<F>(function))) {}

  explicit operator bool() const noexcept { return callable_.get() != nullptr; }

  // Not for an empty one.
  void operator()(internal::Passed<Args>... args) const {
    internal::CallableRef held = callable_;  // the call may drop this very object
    held->template run<internal::Passed<Args>...>(args...);
  }

  // The same function?
  friend bool operator==(const ListenerFn& a, const ListenerFn& b) noexcept {
    return a.identity() == b.identity();
  }

 private:
  friend class EventEmitter;
  friend class ListenerHandle;

  explicit ListenerFn(internal::CallableRef callable) noexcept : callable_(std::move(callable)) {}

  const void* identity() const noexcept {
    return callable_.get() != nullptr ? callable_->sameAs() : nullptr;
  }

  internal::CallableRef callable_;
};

}  // namespace weft::emitter

namespace weft {
using emitter::ListenerFn;
using emitter::ListenerHandle;
}  // namespace weft

#endif  // WEFT_EMITTER_LISTENER_H_
