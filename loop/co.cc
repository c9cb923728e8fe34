#include "weft/loop/co.h"

namespace weft::loop::internal {

void refuseEmptyCo() {
  throw UsageError("an empty Co was used: it was moved from, or awaited or started before");
}

}  // namespace weft::loop::internal
