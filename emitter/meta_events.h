// The events that an emitter emits about itself, and how to watch errors without handling them.
//
//   emitter.on(kNewListener, [](std::string_view event, const ListenerHandle& listener) {...});
//   emitter.on(kErrorMonitor<absl::Status>, [](const absl::Status& s) { LogError(s); });
//
// As in Node: `newListener` is emitted before the listener is added, `removeListener` after it
// was removed, a `once` listener that was called included; neither tells of itself before it is
// there. Removing all listeners tells only if somebody listens to `removeListener`.
//
// Threads: the emitter's.

#ifndef WEFT_EMITTER_META_EVENTS_H_
#define WEFT_EMITTER_META_EVENTS_H_

#include <string_view>

#include "weft/emitter/event.h"
#include "weft/emitter/listener.h"

namespace weft::emitter {

// The name of the event, good for the time of the call, and the listener.
inline constexpr Event<std::string_view, const ListenerHandle&> kNewListener{"newListener"};
inline constexpr Event<std::string_view, const ListenerHandle&> kRemoveListener{"removeListener"};

// Emitted before each `error` event, with its arguments, whose types are Args. Listening to it
// does not count as handling the error.
template <typename... Args>
inline constexpr Event<Args...> kErrorMonitor{"errorMonitor"};

}  // namespace weft::emitter

namespace weft {
using emitter::kErrorMonitor;
using emitter::kNewListener;
using emitter::kRemoveListener;
}  // namespace weft

#endif  // WEFT_EMITTER_META_EVENTS_H_
