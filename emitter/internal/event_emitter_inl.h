// The templates of weft/emitter/event_emitter.h, included from there.

#ifndef WEFT_EMITTER_INTERNAL_EVENT_EMITTER_INL_H_
#define WEFT_EMITTER_INTERNAL_EVENT_EMITTER_INL_H_

#include "weft/emitter/event_emitter.h"

namespace weft::emitter {

inline EventEmitter::~EventEmitter() {
  if (hasState()) state_->abandon();
#ifndef NDEBUG
  *const_cast<internal::EmitterState* volatile*>(&state_) = internal::destroyedMark();
#endif
}

// A best effort in debug builds: the memory may have been used again.
inline void EventEmitter::checkAlive() const {
#ifndef NDEBUG
  if (state_ == internal::destroyedMark()) internal::failDestroyed();
#endif
}

template <typename... P, typename F>
internal::CallableRef EventEmitter::makeNode(internal::EventKey key, F&& listener,
                                             const Manner& manner) {
  using Function = std::decay_t<F>;
  if (internal::isNull<Function>(listener)) failNull(*key.name, manner.name);
  const void* identity = nullptr;
  if constexpr (internal::kIsListenerFn<Function>) {
    identity = listener.identity();
  } else if constexpr (std::is_pointer_v<Function>) {
    identity = reinterpret_cast<const void*>(static_cast<Function>(listener));
  }
  auto node = internal::CallableNode<Function, P...>::make(std::forward<F>(listener), manner.once);
  node->identity = identity;
  return node;
}

template <typename... Args, typename F>
ListenerHandle EventEmitter::addTyped(const Event<Args...>& event, F&& listener,
                                      const Manner& manner, Location where) {
  using Function = std::decay_t<F>;
  static_assert(
      std::is_invocable_v<Function&, internal::Passed<Args>...> || std::is_invocable_v<Function&>,
      "the listener cannot be called with the arguments of this Event");
  const internal::EventKey key = internal::keyOf(event);
  return add(key, makeNode<internal::Passed<Args>...>(key, std::forward<F>(listener), manner),
             manner, where);
}

template <typename F>
ListenerHandle EventEmitter::addNamed(std::string_view event, F&& listener, const Manner& manner,
                                      Location where) {
  using Function = std::decay_t<F>;
  static_assert(internal::HasKnownParameters<Function>,
                "a listener of an event named by a string says what the event carries: spell out "
                "the types of its parameters, or use an Event constant");
  auto addAs = [&]<typename... P>(internal::PassedList<P...>) {
    const EventName name(event);
    const internal::EventKey key{&name, &internal::kSignature<P...>};
    return add(key, makeNode<P...>(key, std::forward<F>(listener), manner), manner, where);
  };
  return addAs(internal::PassedTypesOf<Function>());
}

// The usual case in line: the listeners were found before, and there is nothing to do but to call
// them. One call for all others, so that this stays small and keeps its registers.
template <typename... P>
[[gnu::always_inline]] inline bool EventEmitter::emitKey(internal::EventKey key, P... args) {
  checkAlive();
  if (!key.name->isError()) [[likely]] {
    if (!hasState()) return false;
    const internal::EventTable::Cached& cached = state_->events().cached(*key.name);
    if (cached.isOf(key)) [[likely]] {
      internal::ListenerList& list = *cached.list;
      if (!list.idle()) [[unlikely]] {
        return internal::deliver<P...>(list, static_cast<P>(args)...);
      }
      internal::deliverIdle<P...>(list, static_cast<P>(args)...);  // may destroy `*this`
      return true;
    }
  }
  return emitAnyhow<P...>(key, static_cast<P>(args)...);
}

template <typename... P>
[[gnu::noinline]] bool EventEmitter::emitAnyhow(internal::EventKey key, P... args) {
  if (key.name->isError()) return emitError<P...>(key, static_cast<P>(args)...);
  if (state_->events().empty()) return false;
  const internal::EventTable::Cached& cached = state_->events().cached(*key.name);
  internal::ListenerList* list =
      cached.isOf(key) ? cached.list : state_->events().find(key, "emit");
  return list != nullptr && internal::deliver<P...>(*list, static_cast<P>(args)...);
}

template <typename... P>
[[gnu::noinline]] bool EventEmitter::emitError(internal::EventKey key, P... args) {
  if (hasState()) {
    internal::EmitterState& state = *state_;
    internal::EmitterState::Hold hold(state);
    const internal::EventKey monitor{&kErrorMonitor<>, key.signature};
    if (internal::ListenerList* list = state.events().find(monitor, "emit")) {
      internal::deliver<P...>(*list, static_cast<P>(args)...);
      if (state.abandoned()) return true;
    }
    if (internal::ListenerList* list = state.events().find(key, "emit")) {
      return internal::deliver<P...>(*list, static_cast<P>(args)...);
    }
  }
  internal::throwUnhandled(args...);
}

template <typename... Args>
std::vector<ListenerFn<Args...>> EventEmitter::listeners(const Event<Args...>& event) const {
  std::vector<ListenerFn<Args...>> functions;
  if (!hasState()) return functions;
  if (const auto* list = state_->events().find(internal::keyOf(event), "listeners")) {
    for (std::uint32_t i = 0; i < list->size(); ++i) {
      functions.push_back(ListenerFn<Args...>(internal::CallableRef(list->at(i))));
    }
  }
  return functions;
}

template <typename... Args>
std::vector<ListenerFn<Args...>> EventEmitter::rawListeners(const Event<Args...>& event) const {
  std::vector<ListenerFn<Args...>> functions = listeners(event);
  for (ListenerFn<Args...>& function : functions) {
    internal::ListenerNode* node = function.callable_.get();
    if (!node->once()) continue;
    function = [raw = function](internal::Passed<Args>... args) {
      raw.callable_->template fire<internal::Passed<Args>...>(args...);
    };
    function.callable_->identity = node;
  }
  return functions;
}

}  // namespace weft::emitter

#endif  // WEFT_EMITTER_INTERNAL_EVENT_EMITTER_INL_H_
