// The mechanism under onAsync() of weft/stream/event_wait.h: a listener that is a coroutine. Not
// for users.

#ifndef WEFT_STREAM_INTERNAL_ASYNC_LISTENER_H_
#define WEFT_STREAM_INTERNAL_ASYNC_LISTENER_H_

#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>

#include "absl/status/status.h"
#include "weft/cls/held_error.h"
#include "weft/emitter/event.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"

namespace weft::stream::internal {

template <typename E>
void emitFailure(EventEmitter& emitter, const Event<E>& error, const cls::HeldError& failure) {
  using Given = std::remove_cvref_t<E>;
  if constexpr (std::is_same_v<Given, absl::Status>) {
    absl::Status status = absl::UnknownError("a coroutine failed");
    try {
      failure.rethrow();
    } catch (const std::exception& thrown) {
      status = absl::UnknownError(thrown.what());
    } catch (...) {
    }
    emitter.emit(error, status);
  } else {
    static_assert(std::is_same_v<Given, std::exception_ptr>,
                  "the error event of a coroutine carries a std::exception_ptr or absl::Status");
    emitter.emit(error, failure.show());
  }
}

// `fn` and the arguments live in here until its coroutine has ended; `listening` until the listener
// is off.
template <typename F, typename E, typename... Args>
loop::Co<> runListener(std::weak_ptr<char> listening, std::shared_ptr<F> fn,
                       typename Event<Args...>::OwnedArgs args, EventEmitter& emitter,
                       Event<E> error) {
  cls::HeldError failure;
  try {
    co_await std::apply(*fn, args);
  } catch (...) {
    failure = cls::HeldError::current();
  }
  if (!failure) co_return;
  if (listening.expired()) failure.rethrow();  // the emitter may be gone
  emitFailure(emitter, error, failure);
}

}  // namespace weft::stream::internal

#endif  // WEFT_STREAM_INTERNAL_ASYNC_LISTENER_H_
