// The mechanism under weft/stream/event_wait.h. Not for users.

#ifndef WEFT_STREAM_INTERNAL_EVENT_WAIT_CORE_H_
#define WEFT_STREAM_INTERNAL_EVENT_WAIT_CORE_H_

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "weft/cls/errors.h"
#include "weft/cls/held_error.h"
#include "weft/emitter/event.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"

namespace weft::stream::internal {

template <typename... Args>
using OwnedTuple = typename Event<Args...>::OwnedArgs;

template <typename... Args>
struct ValueOf {
  using Type = OwnedTuple<Args...>;
};
template <typename T>
struct ValueOf<T> {
  using Type = emitter::Owned<T>;
};
template <>
struct ValueOf<> {
  using Type = std::monostate;
};

// The owned form of an argument that was declared as T.
template <typename T, typename V>
emitter::Owned<T> own(const V& value) {
  if constexpr (std::is_constructible_v<emitter::Owned<T>, const V&>) {
    return emitter::Owned<T>(value);
  } else {
    return emitter::Owned<T>(value.begin(), value.end());
  }
}
template <typename... Args, typename... V>
typename ValueOf<Args...>::Type valueOf(const V&... values) {
  return typename ValueOf<Args...>::Type(own<Args>(values)...);
}

// What an `error` event with these arguments throws when nobody listens.
template <typename... E, typename... V>
cls::HeldError errorOf(const Event<E...>& error, const V&... values) noexcept {
  try {
    EventEmitter nobody;
    nobody.emit(error, values...);
    throw emitter::UnhandledError(std::string(error.view()));  // an event of another name
  } catch (...) {
    return cls::HeldError::current();
  }
}

// A listener and its owner, of which either may go first.
class Tied {
 public:
  Tied() = default;
  Tied(const Tied&) = delete;
  Tied& operator=(const Tied&) = delete;
  ~Tied() { end(); }

  // Once. `fn` is called for emissions, `gone` when the emitter has let the listener go.
  template <typename... Args, typename F>
  void listen(EventEmitter& emitter, const Event<Args...>& event, F fn,
              std::function<void()> gone) {
    auto link = std::make_shared<Link>();
    link->owner = this;
    gone_ = std::move(gone);
    link_ = link.get();
    handle_ = emitter.on(event, [link = std::move(link),
                                 fn = std::move(fn)](const std::remove_cvref_t<Args>&... args) {
      if (link->owner != nullptr) fn(args...);
    });
  }
  // Takes the listener off, and hears no more of it.
  void end() noexcept {
    if (link_ == nullptr) return;
    std::exchange(link_, nullptr)->owner = nullptr;
    handle_.remove();
  }

 private:
  struct Link {
    Tied* owner = nullptr;
    ~Link() {
      if (owner == nullptr) return;
      owner->link_ = nullptr;
      owner->gone_();
    }
  };
  Link* link_ = nullptr;
  std::function<void()> gone_;
  ListenerHandle handle_;
};

// The coroutine that waits, if one does.
class EventWaiter {
 public:
  void suspend(loop::internal::CoPromise& promise) {
    promise.suspend();
    promise_ = &promise;
  }
  bool waiting() const noexcept { return promise_ != nullptr; }
  void forget() noexcept { promise_ = nullptr; }
  void wake() noexcept {
    if (promise_ != nullptr) std::exchange(promise_, nullptr)->queueMicrotask();
  }

 private:
  loop::internal::CoPromise* promise_ = nullptr;
};

template <typename... Args>
class OnceWait final : public loop::internal::AtHome {
 public:
  using Value = typename ValueOf<Args...>::Type;

  OnceWait(EventEmitter& emitter, const Event<Args...>& event) {
    event_.listen(
        emitter, event,
        [this](const auto&... args) {
          if (!value_) value_.emplace(valueOf<Args...>(args...));
          wait_.wake();
        },
        [this] { wait_.wake(); });
  }
  template <typename... E>
  OnceWait(EventEmitter& emitter, const Event<Args...>& event, const Event<E...>& error)
      : OnceWait(emitter, event) {
    error_.listen(
        emitter, error,
        [this, error](const auto&... args) {
          if (!failure_) failure_ = errorOf(error, args...);
          wait_.wake();
        },
        [] {});
  }
  OnceWait(const OnceWait&) = delete;
  OnceWait& operator=(const OnceWait&) = delete;

  bool await_ready() const noexcept { return false; }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    wait_.suspend(handle.promise());
  }
  Value await_resume() {
    event_.end();
    error_.end();
    if (value_) return std::move(*value_);
    if (failure_) failure_.rethrow();
    throw loop::Cancelled();
  }

 private:
  std::optional<Value> value_;
  cls::HeldError failure_;
  EventWaiter wait_;
  Tied event_, error_;
};

template <typename W, typename... E>
struct [[nodiscard]] Once {
  EventEmitter& emitter;
  std::tuple<E...> events;
  W operator co_await() const {
    return std::apply([this](const E&... each) { return W(emitter, each...); }, events);
  }
};

template <typename Stream>
class NextEventWait final : public loop::internal::AtHome {
 public:
  explicit NextEventWait(Stream& events) : events_(events) {
    if (events.wait_.waiting()) {
      throw UsageError(
          "next() while somebody waits for next() of the same Events: give each reader Events of "
          "its own");
    }
  }
  NextEventWait(const NextEventWait&) = delete;
  NextEventWait& operator=(const NextEventWait&) = delete;
  ~NextEventWait() {
    if (waiting_) events_.wait_.forget();
  }
  bool await_ready() const noexcept { return events_.ready(); }
  template <typename P>
  void await_suspend(std::coroutine_handle<P> handle) {
    events_.wait_.suspend(handle.promise());
    waiting_ = true;
  }
  std::optional<typename Stream::Value> await_resume() {
    waiting_ = false;
    return events_.take();
  }

 private:
  Stream& events_;
  bool waiting_ = false;
};
template <typename Stream>
struct [[nodiscard]] NextEvent {
  Stream& events;
  NextEventWait<Stream> operator co_await() const { return NextEventWait<Stream>(events); }
};

}  // namespace weft::stream::internal

#endif  // WEFT_STREAM_INTERNAL_EVENT_WAIT_CORE_H_
