#include "weft/emitter/internal/listener_node.h"

namespace weft::emitter::internal {

// What the callable's or the context's destructors do may reach this node again, so it is held
// until they are done.

void ListenerNode::leaveLastList() noexcept {
  addWatcher();
  setContext({});
  if (callers == 0) kind.dispose(this, Part::kCallable);
  dropWatcher();
}

void ListenerNode::leaveLastCaller() noexcept {
  addWatcher();
  kind.dispose(this, Part::kCallable);
  dropWatcher();
}

}  // namespace weft::emitter::internal
