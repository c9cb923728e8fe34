// Memory of coroutines: free lists by size, one set per thread.
//
// A coroutine's frame is allocated for each call and freed when the call is over, mostly on the
// same thread and in a handful of sizes; so a frame that was freed is the next one's. Both calls
// are functions of their own on purpose: nothing here may be inlined into a coroutine, where
// clang 14 would keep the address of a thread-local across a suspension.

#ifndef WEFT_LOOP_INTERNAL_CO_FRAME_POOL_H_
#define WEFT_LOOP_INTERNAL_CO_FRAME_POOL_H_

#include <cstddef>

namespace weft::loop::internal {

void* allocateCoFrame(std::size_t size);
// On any thread; the memory then belongs to that one.
void freeCoFrame(void* frame, std::size_t size) noexcept;

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_FRAME_POOL_H_
