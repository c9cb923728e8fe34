#include "weft/loop/co.h"

#include "weft/loop/generator.h"

namespace weft::loop::internal {

void refuseEmptyCo() {
  throw UsageError("an empty Co was used: it was moved from, or awaited or started before");
}

void refuseNext(bool empty) {
  throw UsageError(empty ? "next() of an empty AsyncGenerator: it was moved from, or dropped while "
                           "somebody waited for it"
                         : "next() while somebody waits for next() of the same AsyncGenerator: "
                           "give each reader a generator of its own");
}

}  // namespace weft::loop::internal
