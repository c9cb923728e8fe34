// The event `data` as another translation unit spells it.

#ifndef WEFT_TESTS_EMITTER_OTHER_UNIT_H_
#define WEFT_TESTS_EMITTER_OTHER_UNIT_H_

#include <functional>
#include <string_view>

#include "weft/emitter/event_emitter.h"

namespace weft {

bool emitOtherData(EventEmitter& emitter, std::string_view data);
void addOtherData(EventEmitter& emitter, std::function<void(std::string_view)> listener);

}  // namespace weft

#endif  // WEFT_TESTS_EMITTER_OTHER_UNIT_H_
