#include "weft/inspect/lost.h"

#include <utility>

#include "weft/inspect/internal/chain.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect {

namespace {

std::string nameOf(const loop::Scheduled& callback) {
  return internal::cat({"the ", loop::nameOf(callback.kind), internal::placed(callback.where)});
}

}  // namespace

LostContexts::LostContexts(EventLoop& loop, cls::Namespace ns)
    : loop_(loop), namespace_(std::move(ns)), with_(kRemembered) {
  loop_.addObserver(*this);
  before_ = cls::setLossExplainer([this](const cls::Namespace& asked) {
    if (asked == namespace_) return explain();
    return before_ ? before_(asked) : std::string();
  });
}

LostContexts::~LostContexts() {
  cls::setLossExplainer(std::move(before_));
  loop_.removeObserver(*this);
}

void LostContexts::init(loop::AsyncId id, loop::AsyncKind, loop::AsyncId, cls::Location,
                        loop::FrameId) {
  if (namespace_.active()) with_[id % kRemembered] = id;
}

bool LostContexts::had(const loop::Scheduled& callback) const noexcept {
  return with_[callback.id % kRemembered] == callback.id;
}

std::string LostContexts::explain() const {
  if (namespace_.active()) return "";
  const std::string whose = "the context of '" + namespace_.name() + "'";
  const loop::Scheduled* callback = loop_.currentCallback();
  if (callback == nullptr) return "nothing is known of what runs here";
  if (had(*callback)) return whose + " was left inside " + nameOf(*callback);
  for (; callback->parent != nullptr; callback = callback->parent) {
    if (!had(*callback->parent)) continue;
    return whose + " was lost by " + nameOf(*callback) + " in " + nameOf(*callback->parent) +
           ", which had it";
  }
  return "none was active on the way here: " + internal::describeChain(loop_.currentCallback());
}

}  // namespace weft::inspect
