#include "weft/tests/emitter/other_unit.h"

#include <utility>

namespace weft {
namespace {

constexpr char kName[] = {'d', 'a', 't', 'a', 0};  // not the literal of any other unit
constexpr Event<std::string_view> kOtherData{kName};

}  // namespace

bool emitOtherData(EventEmitter& emitter, std::string_view data) {
  return emitter.emit(kOtherData, data);
}

void addOtherData(EventEmitter& emitter, std::function<void(std::string_view)> listener) {
  emitter.on(kOtherData, std::move(listener));
}

}  // namespace weft
