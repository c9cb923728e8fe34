#include "weft/emitter/listener.h"

#include "weft/emitter/internal/emitter_state.h"

namespace weft::emitter {

bool ListenerHandle::remove() const {
  if (!active()) return false;
  node_->list->state().remove(*node_);
  return true;
}

}  // namespace weft::emitter
