// The places of coroutines: where one waits is told by its name and those of the coroutines that
// wait for it, innermost first. They are found in the program's symbol table, so that the wait
// itself writes nothing down.

#ifndef WEFT_LOOP_INTERNAL_CO_PLACE_H_
#define WEFT_LOOP_INTERNAL_CO_PLACE_H_

#include <array>
#include <cstddef>

#include "weft/cls/location.h"

namespace weft::loop::internal {

// The code of a coroutine and of those that called it; null behind the last.
using CoCallers = std::array<const void*, 4>;

// "readLine(int), called by serve(Socket)". Each is looked up once and its text kept for ever. On
// any thread.
cls::Location placeOf(const CoCallers& callers);

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_PLACE_H_
