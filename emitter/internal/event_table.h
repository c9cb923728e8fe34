// Which events of an emitter have listeners: from name to ListenerList.
//
// Open addressing by the name's hash, at most three quarters full; the first places are in the
// object, so an emitter with up to three events allocates nothing here. In front of it stands a
// little cache by Event constant, a fixed place for each hash: where the constant is known to the
// compiler, finding the listeners is two compares of pointers.

#ifndef WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_
#define WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "weft/emitter/internal/listener_list.h"
#include "weft/emitter/internal/signature.h"

namespace weft::emitter::internal {

class EventTable {
 public:
  // A list that was found by an Event constant. Empty, or true of the table.
  struct Cached {
    // True if it is what find() would return.
    bool isOf(EventKey key) const noexcept {
      return literal == key.name->data() && signature == key.signature && key.name->literal();
    }

    const char* literal = nullptr;
    const Signature* signature = nullptr;
    ListenerList* list = nullptr;
  };

  EventTable() = default;
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  const Cached& cached(const EventName& name) const noexcept {
    return cache_[name.hash() % kCached];
  }

  bool empty() const noexcept { return count_ == 0; }

  // The listeners of the event, or null. Throws UsageError if there are some that take other
  // arguments; `giver` is what names the caller in that error: "emit" or "on".
  ListenerList* find(EventKey key, const char* giver);
  // The same by name alone, whatever the arguments.
  ListenerList* find(const EventName& name) const noexcept {
    return slots_[indexOf(name.hash(), name.view())];
  }

  // Makes room for one more list, so that insert() cannot fail.
  void reserveOne();
  // Adds a list whose event is not there yet, after reserveOne().
  void insert(ListenerList& list) noexcept;
  // Puts `now` in the place of the list of the same event.
  void replace(ListenerList& now) noexcept;
  // Takes the list out.
  void erase(const ListenerList& list) noexcept;

  // Takes all lists out, chained by ListenerList::next.
  ListenerList* takeAll() noexcept;
  // All lists, in the order in which their events got their first listener.
  std::vector<ListenerList*> inOrder() const;

 private:
  static constexpr std::uint32_t kInPlace = 4;
  static constexpr std::uint32_t kCached = 4;

  // Where the event's list is, or else the free place where it would be.
  std::uint32_t indexOf(std::uint32_t hash, std::string_view name) const noexcept;
  std::uint32_t indexOf(const ListenerList& list) const noexcept {
    return indexOf(list.hash(), list.name());
  }
  void forget(std::uint32_t hash) noexcept { cache_[hash % kCached] = Cached(); }

  Cached cache_[kCached];
  ListenerList** slots_ = in_place_;  // null: free
  std::uint32_t mask_ = kInPlace - 1;
  std::uint32_t count_ = 0;
  std::unique_ptr<ListenerList*[]> grown_;
  ListenerList* in_place_[kInPlace] = {};
};

}  // namespace weft::emitter::internal

#endif  // WEFT_EMITTER_INTERNAL_EVENT_TABLE_H_
