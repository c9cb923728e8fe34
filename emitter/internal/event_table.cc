#include "weft/emitter/internal/event_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "weft/cls/errors.h"

namespace weft::emitter::internal {

void EventTable::checkSignature(Slot& slot, const EventKey& key, const char* giver) {
  if (!(*slot.signature == *key.signature)) {
    throw UsageError("the listeners of event '" + slot.list->name() + "' take " +
                     slot.signature->describe() + ", but " + giver + "() was given " +
                     key.signature->describe() +
                     ": use the Event constant, or exactly its argument types");
  }
  if (key.alias != nullptr) {
    slot.alias = key.alias;
    slot.signature = key.signature;
  }
}

ListenerList* EventTable::find(const EventName& name) const noexcept {
  for (std::uint32_t i = name.hash() & mask_;; i = (i + 1) & mask_) {
    const Slot& slot = slots_[i];
    if (slot.list == nullptr) return nullptr;
    if (slot.hash == name.hash() && slot.list->name() == name.view()) return slot.list;
  }
}

EventTable::Slot& EventTable::freeSlot(std::uint32_t hash) noexcept {
  std::uint32_t i = hash & mask_;
  while (slots_[i].list != nullptr) i = (i + 1) & mask_;
  return slots_[i];
}

void EventTable::reserveOne() {
  if ((count_ + 1) * 4 <= (mask_ + 1) * 3) return;
  const std::uint32_t size = mask_ + 1;
  auto bigger = std::make_unique<Slot[]>(2 * size);
  const Slot* const from = std::exchange(slots_, bigger.get());
  mask_ = 2 * size - 1;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (from[i].list != nullptr) freeSlot(from[i].hash) = from[i];
  }
  grown_ = std::move(bigger);
}

void EventTable::insert(const EventKey& key, ListenerList& list) noexcept {
  freeSlot(key.name.hash()) = {key.alias != nullptr ? key.alias : &kNoAlias, key.signature, &list,
                               key.name.hash()};
  ++count_;
}

std::uint32_t EventTable::indexOf(const ListenerList& list) const noexcept {
  std::uint32_t i = EventName(list.name()).hash() & mask_;
  while (slots_[i].list != &list) i = (i + 1) & mask_;
  return i;
}

void EventTable::replace(const ListenerList& before, ListenerList& now) noexcept {
  slots_[indexOf(before)].list = &now;
}

void EventTable::erase(const ListenerList& list) noexcept {
  // Whatever follows without a gap moves up, unless it would then stand before its own place.
  std::uint32_t gap = indexOf(list);
  for (std::uint32_t i = (gap + 1) & mask_; slots_[i].list != nullptr; i = (i + 1) & mask_) {
    const std::uint32_t home = slots_[i].hash & mask_;
    if (((i - home) & mask_) >= ((i - gap) & mask_)) {
      slots_[gap] = slots_[i];
      gap = i;
    }
  }
  slots_[gap] = Slot();
  --count_;
}

ListenerList* EventTable::takeAll() noexcept {
  ListenerList* first = nullptr;
  for (std::uint32_t i = 0; count_ != 0 && i <= mask_; ++i) {
    if (slots_[i].list == nullptr) continue;
    slots_[i].list->next = first;
    first = slots_[i].list;
    slots_[i] = Slot();
  }
  count_ = 0;
  return first;
}

std::vector<ListenerList*> EventTable::inOrder() const {
  std::vector<ListenerList*> lists;
  lists.reserve(count_);
  for (std::uint32_t i = 0; i <= mask_; ++i) {
    if (slots_[i].list != nullptr) lists.push_back(slots_[i].list);
  }
  std::sort(lists.begin(), lists.end(),
            [](const auto* a, const auto* b) { return a->sequence() < b->sequence(); });
  return lists;
}

}  // namespace weft::emitter::internal
