#include "weft/emitter/internal/listener_list.h"

#include <algorithm>
#include <new>
#include <utility>

namespace weft::emitter::internal {
namespace {

// Most events have one or two listeners.
constexpr std::uint32_t kFirstCapacity = 2;

}  // namespace

ListenerList::ListenerList(EmitterState& state, EventFacts event, std::uint32_t capacity)
    : end_(begin()), capacity_(capacity), state_(state), event_(std::move(event)) {}

ListenerList* ListenerList::make(EmitterState& state, EventFacts event, std::uint32_t capacity) {
  static_assert(alignof(ListenerList) >= alignof(ListenerNode*));
  void* memory = ::operator new(sizeof(ListenerList) + capacity * sizeof(ListenerNode*));
  return new (memory) ListenerList(state, std::move(event), capacity);
}

ListenerList* ListenerList::make(EmitterState& state, EventKey key, std::uint64_t sequence) {
  return make(state, {std::string(key.name->view()), key.name->hash(), key.signature, sequence},
              kFirstCapacity);
}

ListenerList* ListenerList::copy() {
  const std::uint32_t capacity = full() ? 2 * size_ : capacity_;
  ListenerList* twin = make(state_, EventFacts(event_), capacity);
  twin->warned = warned;
  for (std::uint32_t i = 0; i < size_; ++i) twin->insert(i, *at(i));
  return twin;
}

void ListenerList::destroy() noexcept {
  for (std::uint32_t i = 0; i < size_; ++i) at(i)->dropList();
  this->~ListenerList();
  ::operator delete(this);
}

std::uint32_t ListenerList::indexOf(const ListenerNode& node) const noexcept {
  return static_cast<std::uint32_t>(std::find(begin(), begin() + size_, &node) - begin());
}

void ListenerList::insert(std::uint32_t index, ListenerNode& node) noexcept {
  node.addList();
  node.list = this;
  std::move_backward(nodes() + index, nodes() + size_, nodes() + size_ + 1);
  nodes()[index] = &node;
  resize(size_ + 1);
}

void ListenerList::remove(std::uint32_t index) noexcept {
  nodes()[index]->list = nullptr;
  std::move(nodes() + index + 1, nodes() + size_, nodes() + index);
  resize(size_ - 1);
}

void ListenerList::disown() noexcept {
  for (std::uint32_t i = 0; i < size_; ++i) at(i)->list = nullptr;
}

}  // namespace weft::emitter::internal
