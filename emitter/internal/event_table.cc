#include "weft/emitter/internal/event_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "weft/cls/errors.h"

namespace weft::emitter::internal {

std::uint32_t EventTable::indexOf(std::uint32_t hash, std::string_view name) const noexcept {
  for (std::uint32_t i = hash & mask_;; i = (i + 1) & mask_) {
    const ListenerList* list = slots_[i];
    if (list == nullptr) return i;
    if (list->hash() == hash && list->name() == name) return i;
  }
}

ListenerList* EventTable::find(EventKey key, const char* giver) {
  ListenerList* list = find(*key.name);
  if (list == nullptr) return nullptr;
  if (!(list->signature() == *key.signature)) {
    throw UsageError("the listeners of event '" + list->name() + "' take " +
                     list->signature().describe() + ", but " + giver + "() was given " +
                     key.signature->describe() +
                     ": use the Event constant, or exactly its argument types");
  }
  if (key.name->literal()) {
    cache_[list->hash() % kCached] = {key.name->data(), key.signature, list};
  }
  return list;
}

void EventTable::reserveOne() {
  if ((count_ + 1) * 4 <= (mask_ + 1) * 3) return;
  const std::uint32_t size = mask_ + 1;
  auto bigger = std::make_unique<ListenerList*[]>(2 * size);
  ListenerList* const* from = std::exchange(slots_, bigger.get());
  mask_ = 2 * size - 1;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (from[i] != nullptr) slots_[indexOf(*from[i])] = from[i];
  }
  grown_ = std::move(bigger);
}

void EventTable::insert(ListenerList& list) noexcept {
  slots_[indexOf(list)] = &list;
  ++count_;
}

void EventTable::replace(ListenerList& now) noexcept {
  slots_[indexOf(now)] = &now;
  forget(now.hash());
}

void EventTable::erase(const ListenerList& list) noexcept {
  forget(list.hash());
  // Whatever follows without a gap moves up, unless it would then stand before its own place.
  std::uint32_t gap = indexOf(list);
  for (std::uint32_t i = (gap + 1) & mask_; slots_[i] != nullptr; i = (i + 1) & mask_) {
    const std::uint32_t home = slots_[i]->hash() & mask_;
    if (((i - home) & mask_) >= ((i - gap) & mask_)) {
      slots_[gap] = slots_[i];
      gap = i;
    }
  }
  slots_[gap] = nullptr;
  --count_;
}

ListenerList* EventTable::takeAll() noexcept {
  ListenerList* first = nullptr;
  for (std::uint32_t i = 0; count_ != 0 && i <= mask_; ++i) {
    if (slots_[i] == nullptr) continue;
    slots_[i]->next = first;
    first = std::exchange(slots_[i], nullptr);
    forget(first->hash());
  }
  count_ = 0;
  return first;
}

std::vector<ListenerList*> EventTable::inOrder() const {
  std::vector<ListenerList*> lists;
  lists.reserve(count_);
  for (std::uint32_t i = 0; i <= mask_; ++i) {
    if (slots_[i] != nullptr) lists.push_back(slots_[i]);
  }
  std::sort(lists.begin(), lists.end(),
            [](const auto* a, const auto* b) { return a->sequence() < b->sequence(); });
  return lists;
}

}  // namespace weft::emitter::internal
