// Which events of an emitter have listeners: from name and argument types to ListenerList.
//
// Open addressing by the name's hash, at most three quarters full; the first slots are in place,
// so an emitter with up to three events allocates nothing here. A slot remembers the literal by
// which its event was last emitted, so that the usual hit is two compares of pointers.

#ifndef WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_
#define WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "weft/emitter/internal/listener_list.h"
#include "weft/emitter/internal/signature.h"

namespace weft::emitter::internal {

class EventTable {
 public:
  EventTable() = default;
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  // The listeners of the event, or null. Throws UsageError if there are some that take other
  // arguments; `giver` is what names the caller in that error: "emit" or "on".
  ListenerList* find(const EventKey& key, const char* giver) {
    for (std::uint32_t i = key.name.hash() & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.alias == key.alias && slot.signature == key.signature) [[likely]]
        return slot.list;
      if (slot.list == nullptr) return nullptr;
      if (slot.hash == key.name.hash() && slot.list->name() == key.name.view()) {
        checkSignature(slot, key, giver);
        return slot.list;
      }
    }
  }

  // The same by name alone, whatever the arguments.
  ListenerList* find(const EventName& name) const noexcept;

  // Makes room for one more list, so that insert() cannot fail.
  void reserveOne();
  // Adds a list whose event is not there yet, after reserveOne().
  void insert(const EventKey& key, ListenerList& list) noexcept;
  // Puts `now` in the place of `before`, which is of the same event.
  void replace(const ListenerList& before, ListenerList& now) noexcept;
  // Takes the list out.
  void erase(const ListenerList& list) noexcept;

  // Takes all lists out, chained by ListenerList::next.
  ListenerList* takeAll() noexcept;
  // All lists, in the order in which their events got their first listener.
  std::vector<ListenerList*> inOrder() const;

 private:
  struct Slot {
    const char* alias = &kNoAlias;  // see EventKey
    const Signature* signature = nullptr;
    ListenerList* list = nullptr;  // null: free
    std::uint32_t hash = 0;
  };

  static constexpr char kNoAlias = 0;  // its address: no event's name
  static constexpr std::uint32_t kInPlace = 4;

  void checkSignature(Slot& slot, const EventKey& key, const char* giver);
  std::uint32_t indexOf(const ListenerList& list) const noexcept;
  Slot& freeSlot(std::uint32_t hash) noexcept;

  Slot* slots_ = in_place_;
  std::uint32_t mask_ = kInPlace - 1;
  std::uint32_t count_ = 0;
  std::unique_ptr<Slot[]> grown_;
  Slot in_place_[kInPlace];
};

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_
