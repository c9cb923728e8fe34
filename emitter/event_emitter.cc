#include "weft/emitter/event_emitter.h"

#include "weft/cls/errors.h"
#include "weft/emitter/io_emitter.h"
#include "weft/emitter/max_listeners.h"

namespace weft::emitter {

void internal::failDestroyed() {
  throw UsageError("an EventEmitter was used after its end: keep it alive, or hold a Subscription");
}

EventEmitter& EventEmitter::operator=(EventEmitter&& other) noexcept {
  if (this != &other) {
    if (hasState()) state_->abandon();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

internal::EmitterState& EventEmitter::state() {
  checkAlive();
  if (!hasState()) [[unlikely]] {
    const bool is_io = state_ == ioMark();
    state_ = new internal::EmitterState;
    if (is_io) {
      state_->binding().bindEvery();
      state_->setObserver(static_cast<IoEmitter*>(this));
    }
  }
  return *state_;
}

ListenerHandle EventEmitter::add(internal::EventKey key, const internal::CallableRef& node,
                                 const Manner& manner, Location where) {
  ListenerHandle handle(node.get());
  state().add(key, *node, manner.place, where);
  return handle;
}

void EventEmitter::failNull(const EventName& event, const char* call) {
  throw UsageError(std::string(call) + "('" + std::string(event.view()) +
                   "'): the listener is null; give something that can be called");
}

bool EventEmitter::removeFunction(const EventName& event, const void* function) {
  checkAlive();
  return hasState() && function != nullptr && state_->removeLatest(event, function);
}

void EventEmitter::removeAllListeners(const EventName& event) {
  checkAlive();
  if (hasState()) state_->removeAll(event);
}

void EventEmitter::removeAllListeners() {
  checkAlive();
  if (hasState()) state_->removeAll();
}

std::size_t EventEmitter::listenerCount(const EventName& event) const noexcept {
  if (!hasState()) return 0;
  const internal::ListenerList* list = state_->events().find(event);
  return list != nullptr ? list->size() : 0;
}

std::vector<std::string> EventEmitter::eventNames() const {
  std::vector<std::string> names;
  if (!hasState()) return names;
  for (const internal::ListenerList* list : state_->events().inOrder()) {
    names.push_back(list->name());
  }
  return names;
}

void EventEmitter::setMaxListeners(int limit) {
  if (limit < 0) {
    throw UsageError("setMaxListeners(" + std::to_string(limit) +
                     "): give a positive number, or 0 for no limit");
  }
  state().setMaxListeners(limit);
}

int EventEmitter::getMaxListeners() const noexcept {
  return hasState() ? state_->maxListeners() : defaultMaxListeners();
}

void EventEmitter::unbindNamespace(const cls::Namespace& ns) {
  checkAlive();
  if (hasState()) state_->binding().unbind(ns);
}

void IoEmitter::recycle() noexcept {
  if (hasState()) state_->recycle();
}

}  // namespace weft::emitter
