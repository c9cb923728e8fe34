// The limit of listeners per event, above which an emitter warns of what is probably a leak:
// something that adds a listener per request and removes none.
//
// The warning comes once per event and says where the last listener was added. It is no error;
// the listener is there. EventEmitter::setMaxListeners() sets the limit of one emitter.
//
// Threads: all of this may be called on any thread; a warning comes on the emitter's.

#ifndef WEFT_EMITTER_MAX_LISTENERS_H_
#define WEFT_EMITTER_MAX_LISTENERS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "weft/cls/location.h"

namespace weft::emitter {

// The limit of emitters that have none of their own: 10 unless set. 0: no limit. Throws UsageError
// if negative.
int defaultMaxListeners() noexcept;
void setDefaultMaxListeners(int limit);

struct TooManyListeners {
  std::string_view event;  // good for the time of the call
  std::size_t count;
  int limit;
  Location last_added;

  // A sentence for people.
  std::string toString() const;
};

// Where warnings go, for the whole process: standard error unless set. Empty: standard error
// again. Returns the one before, for whoever sets it for a time.
using TooManyListenersHandler = std::function<void(const TooManyListeners&)>;
TooManyListenersHandler onTooManyListeners(TooManyListenersHandler handler);

// How many warnings there were in this process.
std::uint64_t listenerWarnings() noexcept;

namespace internal {
void reportTooManyListeners(const TooManyListeners& warning);
}  // namespace internal

}  // namespace weft::emitter

#endif  // WEFT_EMITTER_MAX_LISTENERS_H_
