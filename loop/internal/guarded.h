// Around every callback that a loop runs: what happens when one throws. For the loop's own sources.

#ifndef WEFT_LOOP_INTERNAL_GUARDED_H_
#define WEFT_LOOP_INTERNAL_GUARDED_H_

#include "weft/loop/internal/loop_core.h"

namespace weft::loop::internal {

// Runs `body` until it returns. When a callback throws, its frame is still current: the handler of
// uncaught exceptions is called right here, then `cleanup` destroys what threw, and `body` goes on
// where it was. The frame of a `try` costs nothing until something is thrown; inlined always, so
// that `body` keeps in registers what it has captured.
template <typename Body, typename Cleanup>
[[gnu::always_inline]] inline void LoopCore::guarded(Body body, Cleanup cleanup) {
  for (;;) {
    try {
      body();
      return;
    } catch (...) {
      offerUncaught();
      if (instrument_ != nullptr) instrument_->threw();
      cleanup();
      noteAttention(this);
      cls::leave();
    }
  }
}

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_GUARDED_H_
