#include "weft/emitter/internal/emitter_state.h"

#include <utility>

#include "weft/emitter/listener.h"
#include "weft/emitter/max_listeners.h"
#include "weft/emitter/meta_events.h"

namespace weft::emitter::internal {

void EmitterState::abandon(cls::AbiTag) noexcept {
  abandoned_ = true;
  for (ListenerList* orphan = orphans_; orphan != nullptr; orphan = orphan->next) orphan->cut();
  removeAllSilently(Walks::kEnd);
  release();
}

void EmitterState::recycle() noexcept {
  if (!events_.empty()) removeAllSilently(Walks::kGoOn);
  binding_.unbindAll();
  max_listeners_ = -1;
}

void EmitterState::release() noexcept {
  if (--holds_ == 0) delete this;
}

// Where the event comes in eventNames(): in the order of their first listeners, error monitors,
// whose name is a symbol in Node, after all others.
std::uint64_t EmitterState::sequenceFor(const EventName& event) noexcept {
  constexpr EventName kMonitor = kErrorMonitor<>;
  const bool last = event.hash() == kMonitor.hash() && event.view() == kMonitor.view();
  return last ? ~std::uint64_t{0} : next_sequence_++;
}

void EmitterState::add(EventKey key, ListenerNode& node, Place place, Location where) {
  Hold hold(*this);
  events_.find(key, "on");  // throws if it takes other arguments
  node.setContext(cls::ListenerContext::capture(binding_, where));
  emitNewListener(*key.name, node);
  if (abandoned_) return;

  ListenerList* list = events_.find(key, "on");
  if (list == nullptr) {
    events_.reserveOne();
    list = ListenerList::make(*this, key, sequenceFor(*key.name));
    events_.insert(*list);
  } else if (list->pinned() || list->full()) {
    list = &listToChange(*list);
  }
  list->insert(place == Place::kLast ? list->size() : 0, node);
  warnOfLeak(*list, where);
  if (observer_ != nullptr) observer_->listenerAdded(*key.name);
}

void EmitterState::remove(ListenerNode& node) {
  Hold hold(*this);
  CallableRef callable(&node);
  ListenerList* list = node.list;
  const bool watched = events_.find(kRemoveListener) != nullptr;
  const std::string event = watched ? list->name() : std::string();

  if (list->size() == 1) {
    removeSilently(*list);
  } else {
    if (list->pinned()) list = &listToChange(*list);
    list->remove(list->indexOf(node));
    if (list->size() == 1) list->warned = false;
    node.dropList();
  }
  if (watched) emitRemoveListener(event, node);
}

bool EmitterState::removeLatest(const EventName& event, const void* function) {
  ListenerList* list = events_.find(event);
  if (list == nullptr) return false;
  for (std::uint32_t i = list->size(); i-- > 0;) {
    if (list->at(i)->isFor(function)) {
      remove(*list->at(i));
      return true;
    }
  }
  return false;
}

void EmitterState::removeAll(const EventName& event) {
  Hold hold(*this);
  ListenerList* list = events_.find(event);
  if (list == nullptr) return;
  if (events_.find(kRemoveListener) == nullptr) {
    removeSilently(*list);
  } else {
    removeOneByOne(*list);
  }
}

void EmitterState::removeAll() {
  Hold hold(*this);
  if (events_.find(kRemoveListener) != nullptr) {
    std::vector<std::string> names;
    for (const ListenerList* list : events_.inOrder()) names.push_back(list->name());
    for (const std::string& name : names) {
      if (name != kRemoveListener.view()) removeAll(name);
    }
    removeAll(kRemoveListener);
  }
  // Without anybody to tell, or added by those who were told.
  removeAllSilently(Walks::kGoOn);
}

// All leave the emitter before the first of them is destroyed: their destructors may look at it.
void EmitterState::removeAllSilently(Walks walks) noexcept {
  ListenerList* const first = events_.takeAll();
  for (ListenerList* list = first; list != nullptr; list = list->next) {
    list->disown();
    if (walks == Walks::kEnd && list->pinned()) list->cut();
  }
  for (ListenerList* list = first; list != nullptr;) {
    retire(*std::exchange(list, list->next));
  }
}

// The last listener goes first. What `removeListener` handlers add meanwhile stays.
void EmitterState::removeOneByOne(ListenerList& list) {
  std::vector<CallableRef> nodes;
  for (std::uint32_t i = list.size(); i-- > 0;) nodes.emplace_back(list.at(i));
  for (const CallableRef& node : nodes) {
    if (node->list != nullptr) remove(*node);
  }
}

bool fireOnce(ListenerNode& node) {
  if (node.fired) return false;
  if (node.list != nullptr) {
    EmitterState& state = node.list->state();
    EmitterState::Hold hold(state);
    state.remove(node);
    if (state.abandoned()) return false;
  }
  node.fired = true;
  return true;
}

int EmitterState::maxListeners() const noexcept {
  return max_listeners_ >= 0 ? max_listeners_ : defaultMaxListeners();
}

void EmitterState::emitNewListener(const EventName& event, ListenerNode& node) {
  if (ListenerList* list = events_.find(keyOf(kNewListener), "emit")) {
    deliver<std::string_view, const ListenerHandle&>(*list, event.view(), ListenerHandle(&node));
  }
}

void EmitterState::emitRemoveListener(const std::string& event, ListenerNode& node) {
  if (ListenerList* list = events_.find(keyOf(kRemoveListener), "emit")) {
    deliver<std::string_view, const ListenerHandle&>(*list, event, ListenerHandle(&node));
  }
}

void EmitterState::warnOfLeak(ListenerList& list, Location where) {
  const int limit = maxListeners();
  if (limit == 0 || list.warned || list.size() <= static_cast<std::uint32_t>(limit)) return;
  list.warned = true;
  reportTooManyListeners({list.name(), list.size(), limit, where});
}

// A copy in the list's place.
ListenerList& EmitterState::listToChange(ListenerList& list) {
  ListenerList* twin = list.copy();
  events_.replace(*twin);
  retire(list);
  return *twin;
}

void EmitterState::removeSilently(ListenerList& list) noexcept {
  events_.erase(list);
  list.disown();
  retire(list);
}

// The list is not in the table any more.
void EmitterState::retire(ListenerList& list) noexcept {
  if (!list.pinned()) {
    list.destroy();
    return;
  }
  list.orphan();
  list.next = std::exchange(orphans_, &list);
  ++holds_;
}

void EmitterState::drop(ListenerList& orphan) noexcept {
  EmitterState& state = orphan.state();
  ListenerList** link = &state.orphans_;
  while (*link != &orphan) link = &(*link)->next;
  *link = orphan.next;
  orphan.destroy();
  state.release();
}

}  // namespace weft::emitter::internal
