// EventEmitter: Node's, with typed events.
//
//   inline constexpr weft::Event<std::string_view> kData{"data"};
//
//   weft::EventEmitter source;
//   source.on(kData, [](std::string_view bytes) { std::cout << bytes; });
//   source.once(kData, [] { std::cout << "first: "; });   // a listener may ignore the arguments
//   source.emit(kData, "hello");                          // true: there were listeners
//
// A class is an emitter by deriving from it or by holding one. Emitting is synchronous: listeners
// are called in order before emit() returns, in the emitter's caller's contexts; it is no queue.
//
// What holds, as in Node:
// - An emission works on the listeners as they were when it began: one added meanwhile waits for
//   the next emission, one removed meanwhile is still called by this one. Emitting may nest.
// - A `once` listener is removed before it is called.
// - The same listener may be added many times; removal by function takes the latest.
// - An exception of a listener ends the emission and leaves emit().
// - `error` without a listener throws: see weft/emitter/unhandled_error.h.
// - newListener, removeListener and error monitors: see weft/emitter/meta_events.h.
// - Too many listeners of one event: a warning, see weft/emitter/max_listeners.h.
// Not as in Node: a listener may destroy the emitter; the emission then ends with it, and what
// that listener captured lives until it returns.
//
// Names as strings work everywhere (`emitter.on("data", ...)`, `emitter.emit("data", ...)`). While
// an event has listeners, its argument types are theirs, and UsageError is thrown for others.
// Text literals are given as std::string_view, `std::ref(x)` as T&.
//
// Contexts: `some_namespace.bindEmitter(emitter)`. From then on each listener keeps the context
// that is active in that namespace when it is added. Nothing else about the emitter changes. To a
// listener without such a context emitting is a plain call: what it enters, it leaves itself.
//
// Cost: 8 bytes without listeners; 16 instructions for a listener's contexts, where they are the
// same as at its last call. Emitting allocates nothing, but where the event's listeners
// change in the middle of it (a `once` among others does): then their list is copied.
//
// Threads: an emitter, its listeners and handles belong to one thread, the loop's.

#ifndef WEFT_EMITTER_EVENT_EMITTER_H_
#define WEFT_EMITTER_EVENT_EMITTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/emitter_binding.h"
#include "weft/cls/location.h"
#include "weft/emitter/event.h"
#include "weft/emitter/internal/callable_traits.h"
#include "weft/emitter/internal/emitter_state.h"
#include "weft/emitter/internal/listener_node.h"
#include "weft/emitter/internal/signature.h"
#include "weft/emitter/listener.h"
#include "weft/emitter/meta_events.h"
#include "weft/emitter/unhandled_error.h"

namespace weft::emitter {

class EventEmitter {
 public:
  EventEmitter() = default;
  // The listeners, bindings and limit go along; the source is as new.
  EventEmitter(EventEmitter&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  EventEmitter& operator=(EventEmitter&& other) noexcept;
  // Drops all listeners without a `removeListener` event.
  ~EventEmitter();

  // Adds a listener: anything that can be called with the event's arguments, or with none. Throws
  // UsageError for a null one, or if the event's listeners take other arguments. The handle may
  // be dropped, or kept as a Subscription.
  template <typename... Args, typename F>
  ListenerHandle on(const Event<Args...>& event, F&& listener, Location where = Location::here()) {
    return addTyped(event, std::forward<F>(listener), kOn, where);
  }
  template <typename... Args, typename F>
  ListenerHandle once(const Event<Args...>& event, F&& listener,
                      Location where = Location::here()) {
    return addTyped(event, std::forward<F>(listener), kOnce, where);
  }
  // The same, before the listeners that are there.
  template <typename... Args, typename F>
  ListenerHandle prependListener(const Event<Args...>& event, F&& listener,
                                 Location where = Location::here()) {
    return addTyped(event, std::forward<F>(listener), kPrepend, where);
  }
  template <typename... Args, typename F>
  ListenerHandle prependOnceListener(const Event<Args...>& event, F&& listener,
                                     Location where = Location::here()) {
    return addTyped(event, std::forward<F>(listener), kPrependOnce, where);
  }

  // The same by string. The listener's parameters say what the event carries, so they must be
  // spelled out (no `auto`).
  template <typename F>
  ListenerHandle on(std::string_view event, F&& listener, Location where = Location::here()) {
    return addNamed(event, std::forward<F>(listener), kOn, where);
  }
  template <typename F>
  ListenerHandle once(std::string_view event, F&& listener, Location where = Location::here()) {
    return addNamed(event, std::forward<F>(listener), kOnce, where);
  }
  template <typename F>
  ListenerHandle prependListener(std::string_view event, F&& listener,
                                 Location where = Location::here()) {
    return addNamed(event, std::forward<F>(listener), kPrepend, where);
  }
  template <typename F>
  ListenerHandle prependOnceListener(std::string_view event, F&& listener,
                                     Location where = Location::here()) {
    return addNamed(event, std::forward<F>(listener), kPrependOnce, where);
  }

  // on() and off() by their long names.
  template <typename E, typename F>
  ListenerHandle addListener(const E& event, F&& listener, Location where = Location::here()) {
    return on(event, std::forward<F>(listener), where);
  }
  template <typename... T>
  bool removeListener(const T&... what) {
    return off(what...);
  }

  // Removes a listener by its handle, or the latest one that is this function. True if it was
  // there.
  bool off(const ListenerHandle& listener) { return listener.remove(); }
  template <typename... Args>
  bool off(const EventName& event, const ListenerFn<Args...>& listener) {
    return listener && removeFunction(event, listener.identity());
  }
  template <typename R, typename... T>
  bool off(const EventName& event, R (*listener)(T...)) {
    return removeFunction(event, reinterpret_cast<const void*>(listener));
  }

  // Removes all listeners of the event, or of all events, the last of each first.
  void removeAllListeners(const EventName& event);
  void removeAllListeners();

  // Calls the event's listeners. True if there were any. `error` without any throws.
  template <typename... Args>
  bool emit(const Event<Args...>& event, std::type_identity_t<internal::Passed<Args>>... args) {
    return emitKey<internal::Passed<Args>...>(internal::keyOf(event),
                                              static_cast<internal::Passed<Args>>(args)...);
  }
  // The same by string. Throws UsageError if the event's listeners take other types.
  template <typename... T>
  bool emit(std::string_view event, T&&... args) {
    const EventName name(event);
    return emitKey<internal::Given<T>...>({&name, &internal::kSignature<internal::Given<T>...>},
                                          static_cast<internal::Given<T>>(args)...);
  }

  std::size_t listenerCount(const EventName& event) const noexcept;

  // The functions that were added, in order. They can be called, compared, and given to off().
  template <typename... Args>
  std::vector<ListenerFn<Args...>> listeners(const Event<Args...>& event) const;
  // The same, but calling one that was added by once() removes it first and calls it only once.
  template <typename... Args>
  std::vector<ListenerFn<Args...>> rawListeners(const Event<Args...>& event) const;

  // The events that have listeners, in the order in which they got their first.
  std::vector<std::string> eventNames() const;

  // How many listeners an event may have before there is a warning; 0: any number. Throws
  // UsageError if negative.
  void setMaxListeners(int limit);
  int getMaxListeners() const noexcept;

  // For Namespace::bindEmitter() and unbindEmitter(): listeners added while the namespace is bound
  // keep its context. Binding twice is binding once.
  void bindNamespace(const cls::Namespace& ns) { state().binding().bind(ns); }
  void unbindNamespace(const cls::Namespace& ns);
  // As if bound to every namespace, but that a listener in no context sees that in which the
  // emitter emits, and no new one. I/O objects are so; see IoEmitter.
  void bindEveryNamespace() { state().binding().bindEvery(); }

  // False if there is nobody to hear any event.
  bool hasListeners() const noexcept { return hasState() && !state_->events().empty(); }

 private:
  struct Manner {
    const char* name;
    internal::Place place;
    bool once;
  };
  static constexpr Manner kOn{"on", internal::Place::kLast, false};
  static constexpr Manner kOnce{"once", internal::Place::kLast, true};
  static constexpr Manner kPrepend{"prependListener", internal::Place::kFirst, false};
  static constexpr Manner kPrependOnce{"prependOnceListener", internal::Place::kFirst, true};

  template <typename... Args, typename F>
  ListenerHandle addTyped(const Event<Args...>& event, F&& listener, const Manner& manner,
                          Location where);
  template <typename F>
  ListenerHandle addNamed(std::string_view event, F&& listener, const Manner& manner,
                          Location where);
  template <typename... P, typename F>
  static internal::CallableRef makeNode(internal::EventKey key, F&& listener, const Manner& manner);
  ListenerHandle add(internal::EventKey key, const internal::CallableRef& node,
                     const Manner& manner, Location where);
  bool removeFunction(const EventName& event, const void* function);

  template <typename... P>
  bool emitKey(internal::EventKey key, P... args);
  template <typename... P>
  bool emitAnyhow(internal::EventKey key, P... args);
  template <typename... P>
  bool emitError(internal::EventKey key, P... args);

  friend class IoEmitter;
  // In place of a state: an IoEmitter's that has none yet.
  static internal::EmitterState* ioMark() noexcept {
    return reinterpret_cast<internal::EmitterState*>(2);
  }
  bool hasState() const noexcept { return reinterpret_cast<std::uintptr_t>(state_) > 2; }

  [[noreturn]] static void failNull(const EventName& event, const char* call);
  internal::EmitterState& state();
  void checkAlive() const;

  internal::EmitterState* state_ = nullptr;  // null until there is something to keep
};

// What I/O objects derive from: an emitter that is bound to every namespace (bindEveryNamespace())
// and hears of each listener that is added. Costs 8 bytes more than an emitter, and no memory on
// the heap until somebody listens.
class IoEmitter : public EventEmitter, private ListenerObserver {
 public:
  IoEmitter(const IoEmitter&) = delete;
  IoEmitter& operator=(const IoEmitter&) = delete;

 protected:
  IoEmitter() noexcept { state_ = ioMark(); }
  virtual ~IoEmitter() = default;

  void listenerAdded(const EventName& event) override {}
  // As new, for pools: tells nobody, and keeps memory.
  void recycle() noexcept;

 private:
  friend class EventEmitter;
};

}  // namespace weft::emitter

namespace weft {
using emitter::EventEmitter;
}  // namespace weft

#include "weft/emitter/internal/event_emitter_inl.h"

#endif  // WEFT_EMITTER_EVENT_EMITTER_H_
