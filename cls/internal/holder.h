// What can hold a frame; users are told of it by weft/cls/holders.h.
//
// Threads: a value; any.

#ifndef WEFT_CLS_INTERNAL_HOLDER_H_
#define WEFT_CLS_INTERNAL_HOLDER_H_

#include <cstdint>

#include "weft/cls/config.h"

namespace weft::cls::inline WEFT_CLS_ABI {

// kQueued (ticks, microtasks, immediates, posts) is what is left when the others are counted, so
// that the shortest hop counts nothing more.
enum class Holder : std::uint8_t {
  kTimer,
  kWatcher,   // descriptors, signals, files
  kListener,  // a registration on an emitter
  kHandle,    // a socket, server, request, stream: the operation that made it
  kFunction,  // cls::Function and what bind() and bindAll() return
  kCoroutine,
  kWork,  // a job on the thread pool, a native operation
  kUser,  // captured by hand
  kQueued,
};
inline constexpr int kCountedHolders = static_cast<int>(Holder::kQueued);

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_INTERNAL_HOLDER_H_
