#include "weft/emitter/internal/listener_list.h"

#include <algorithm>
#include <new>
#include <utility>

namespace weft::emitter::internal {
namespace {

// Most events have one or two listeners.
constexpr std::uint32_t kFirstCapacity = 2;

}  // namespace

ListenerList::ListenerList(EmitterState& state, std::string name, const Signature& signature,
                           std::uint64_t sequence, std::uint32_t capacity)
    : capacity_(capacity),
      state_(&state),
      signature_(&signature),
      sequence_(sequence),
      name_(std::move(name)) {}

void* ListenerList::allocate(std::uint32_t capacity) {
  static_assert(alignof(ListenerList) >= alignof(ListenerNode*));
  return ::operator new(sizeof(ListenerList) + capacity * sizeof(ListenerNode*));
}

ListenerList* ListenerList::make(EmitterState& state, const EventKey& key, std::uint64_t sequence) {
  std::string name(key.name.view());
  return new (allocate(kFirstCapacity))
      ListenerList(state, std::move(name), *key.signature, sequence, kFirstCapacity);
}

ListenerList* ListenerList::copy() {
  const std::uint32_t capacity = std::max(kFirstCapacity, full() ? 2 * size_ : size_ + 1);
  std::string name = name_;
  auto* twin = new (allocate(capacity))
      ListenerList(*state_, std::move(name), *signature_, sequence_, capacity);
  twin->warned = warned;
  for (std::uint32_t i = 0; i < size_; ++i) twin->insert(i, *at(i));
  return twin;
}

void ListenerList::destroy() noexcept {
  for (std::uint32_t i = 0; i < held_; ++i) nodes()[i]->dropList();
  this->~ListenerList();
  ::operator delete(this);
}

std::uint32_t ListenerList::indexOf(const ListenerNode& node) const noexcept {
  return static_cast<std::uint32_t>(std::find(nodes(), nodes() + size_, &node) - nodes());
}

void ListenerList::insert(std::uint32_t index, ListenerNode& node) noexcept {
  node.addList();
  node.list = this;
  if (node.context) bound_ = true;
  std::move_backward(nodes() + index, nodes() + size_, nodes() + size_ + 1);
  nodes()[index] = &node;
  held_ = ++size_;
}

void ListenerList::remove(std::uint32_t index) noexcept {
  nodes()[index]->list = nullptr;
  std::move(nodes() + index + 1, nodes() + size_, nodes() + index);
  held_ = --size_;
}

void ListenerList::disown() noexcept {
  for (std::uint32_t i = 0; i < size_; ++i) at(i)->list = nullptr;
}

}  // namespace weft::emitter::internal
