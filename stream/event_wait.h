// Events and coroutines: wait for one event, go through many, or let a coroutine listen.
//
//   std::string bytes = co_await stream::once(*socket, kData);
//   co_await stream::once(*socket, kConnect, kError);         // throws what `error` carries
//
//   stream::Events events(*socket, kData, kEnd);              // keeps what comes from now on
//   while (std::optional<std::string> bytes = co_await events.next()) use(*bytes);
//
//   stream::onAsync(loop, *server, kConnection, serve, kError);  // serve() is a coroutine
//
// What is awaited owns its arguments (Event::OwnedArgs): the one, a tuple of several, or
// std::monostate for none. Whoever waits goes on as a microtask, in its own contexts; that wait
// ends with loop::Cancelled when the emitter is destroyed or its listeners are removed.
//
// The emitter must not be moved meanwhile. Threads: the loop's only.

#ifndef WEFT_STREAM_EVENT_WAIT_H_
#define WEFT_STREAM_EVENT_WAIT_H_

#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "weft/cls/held_error.h"
#include "weft/emitter/event.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"
#include "weft/stream/internal/async_listener.h"
#include "weft/stream/internal/event_wait_core.h"

namespace weft::stream {

// What an event of these types is as one value.
template <typename... Args>
using EventValue = typename internal::ValueOf<Args...>::Type;

// The next emission. With `error`, an emission of that is thrown, as the emitter itself would if
// nobody listened.
template <typename... Args>
auto once(EventEmitter& emitter, const Event<Args...>& event) {
  return internal::Once<internal::OnceWait<Args...>, Event<Args...>>{emitter, {event}};
}
template <typename... Args, typename... E>
auto once(EventEmitter& emitter, const Event<Args...>& event, const Event<E...>& error) {
  return internal::Once<internal::OnceWait<Args...>, Event<Args...>, Event<E...>>{emitter,
                                                                                  {event, error}};
}

// The emissions of an event, in order, each kept until it is asked for: whoever reads slower than
// the emitter emits pays with memory. For bytes with back-pressure take a Readable.
template <typename... Args>
class Events {
 public:
  using Value = EventValue<Args...>;

  // Without an end they end with the emitter.
  Events(EventEmitter& emitter, const Event<Args...>& event) {
    data_.listen(
        emitter, event, [this](const auto&... args) { push(internal::valueOf<Args...>(args...)); },
        [this] { end(); });
  }
  // They end when `last` is emitted.
  template <typename... L>
  Events(EventEmitter& emitter, const Event<Args...>& event, const Event<L...>& last)
      : Events(emitter, event) {
    last_.listen(
        emitter, last, [this](const auto&...) { end(); }, [] {});
  }
  // And when `error` is; the next() after all that came before it throws what it carries.
  template <typename... L, typename... E>
  Events(EventEmitter& emitter, const Event<Args...>& event, const Event<L...>& last,
         const Event<E...>& error)
      : Events(emitter, event, last) {
    error_.listen(
        emitter, error,
        [this, error](const auto&... args) {
          failure_ = internal::errorOf(error, args...);
          end();
        },
        [] {});
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // To be awaited, by one coroutine at a time (else UsageError): the next emission, or none after
  // the last.
  auto next() { return internal::NextEvent<Events>{*this}; }

 private:
  friend class internal::NextEventWait<Events>;

  void push(Value value) {
    if (ended_) return;
    values_.push_back(std::move(value));
    wait_.wake();
  }
  void end() noexcept {
    ended_ = true;
    wait_.wake();
  }
  bool ready() const noexcept { return ended_ || !values_.empty(); }
  std::optional<Value> take() {
    if (values_.empty()) {
      if (failure_) std::exchange(failure_, {}).rethrow();
      return std::nullopt;
    }
    std::optional<Value> value(std::move(values_.front()));
    values_.pop_front();
    return value;
  }

  std::deque<Value> values_;
  bool ended_ = false;
  cls::HeldError failure_;
  internal::EventWaiter wait_;
  internal::Tied data_, last_, error_;
};

// Calls `fn`, which returns a Co<>, for each emission, with the arguments in their owned form;
// they live as long as the coroutine. What it throws is emitted as `error` (an event of one
// std::exception_ptr or absl::Status), or reported as uncaught once the listener is off. Several
// may run at a time. What Node calls captureRejections.
template <typename... Args, typename F, typename E>
ListenerHandle onAsync(EventLoop& loop, EventEmitter& emitter, const Event<Args...>& event, F fn,
                       const Event<E>& error, Location where = Location::here()) {
  return emitter.on(
      event,
      [&loop, &emitter, shared = std::make_shared<F>(std::move(fn)), on = std::make_shared<char>(),
       error](const std::remove_cvref_t<Args>&... args) {
        loop::spawn(loop,
                    internal::runListener<F, E, Args...>(
                        on, shared, internal::OwnedTuple<Args...>(internal::own<Args>(args)...),
                        emitter, error));
      },
      where);
}

}  // namespace weft::stream

#endif  // WEFT_STREAM_EVENT_WAIT_H_
