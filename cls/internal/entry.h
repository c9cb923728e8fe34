// One value of a context: its key, its type, and the object itself. Not for users.
//
// An entry never moves while it lives, so a reader's `const T*` stays good until that key of that
// context changes, whatever else happens to the context.

#ifndef WEFT_CLS_INTERNAL_ENTRY_H_
#define WEFT_CLS_INTERNAL_ENTRY_H_

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "weft/cls/key.h"

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

// What is known of a value's type at run time.
struct TypeOps {
  const std::type_info* type;
  std::size_t size;
  void (*destroy)(void* object) noexcept;    // null: nothing to do
  void (*copy)(void* to, const void* from);  // null: cannot be copied
};

template <typename T>
void destroyObject(void* object) noexcept {
  static_cast<T*>(object)->~T();
}

template <typename T>
void copyObject(void* to, const void* from) {
  ::new (to) T(*static_cast<const T*>(from));
}

template <typename T>
constexpr auto copyOf() -> void (*)(void*, const void*) {
  if constexpr (std::is_copy_constructible_v<T>) {
    return &copyObject<T>;
  } else {
    return nullptr;
  }
}

template <typename T>
inline constexpr TypeOps kOps{&typeid(T), sizeof(T),
                              std::is_trivially_destructible_v<T> ? nullptr : &destroyObject<T>,
                              copyOf<T>()};

// Types that are shared between threads, or too strictly aligned for the pool, live in a box.
using Box = std::shared_ptr<const void>;

struct Entry {
  Entry* next;
  const TypeOps* ops;  // of the value, also when it is boxed
  const void* value;   // in the storage behind this, or in a box
  KeyId key;
  bool counted;  // holds the key's id
  bool boxed;    // the storage is a Box
  bool pooled;   // allocated from the thread's pool, else by operator new

  void* storage() noexcept { return this + 1; }
  const Box& box() noexcept { return *static_cast<Box*>(storage()); }
};
static_assert(sizeof(Entry) % alignof(std::max_align_t) == 0 || sizeof(Entry) % 16 == 0);

// Room for an entry with `size` bytes behind it: from the pool of this thread, or (`pooled` false)
// for any thread.
Entry* allocateEntry(std::size_t size, bool pooled);
void deallocateEntry(Entry* entry, std::size_t size) noexcept;
void destroyEntry(Entry* entry) noexcept;
// An entry of the same value that other threads may read, or null if its flow drops it.
Entry* crossingCopy(const Entry& entry);

// String literals and pointers to characters are stored as strings.
template <typename V>
using StoredType = std::conditional_t<std::is_same_v<std::decay_t<V>, const char*> ||
                                          std::is_same_v<std::decay_t<V>, char*>,
                                      std::string, std::decay_t<V>>;

// An entry for `key` that holds a T made from `value`. If T's constructor throws, so does this.
template <typename T, typename V>
Entry* makeEntry(KeyId key, bool counted, Flow flow, V&& value) {
  if (flow == Flow::kShare || alignof(T) > 16) {
    Box box = std::make_shared<const T>(std::forward<V>(value));
    Entry* entry = allocateEntry(sizeof(Box), /*pooled=*/true);
    entry->value = box.get();
    ::new (entry->storage()) Box(std::move(box));
    entry->ops = &kOps<T>;
    entry->key = key;
    entry->counted = counted;
    entry->boxed = true;
    return entry;
  }
  Entry* entry = allocateEntry(sizeof(T), /*pooled=*/true);
  try {
    entry->value = ::new (entry->storage()) T(std::forward<V>(value));
  } catch (...) {
    deallocateEntry(entry, sizeof(T));
    throw;
  }
  entry->ops = &kOps<T>;
  entry->key = key;
  entry->counted = counted;
  entry->boxed = false;
  return entry;
}

// For an entry whose TypeOps are not those asked for: throws UsageError unless they are of the same
// type, as those of another library may be.
void checkType(const Entry& entry, const TypeOps* asked);

// The value as a T, or null if there is no entry. Throws UsageError if it is of another type.
template <typename T>
const T* valueOf([[maybe_unused]] const Entry* entry) {
  if constexpr (kEnabled) {
    if (entry == nullptr) return nullptr;
    if (entry->ops != &kOps<T>) [[unlikely]]
      checkType(*entry, &kOps<T>);
    return static_cast<const T*>(entry->value);
  } else {
    return nullptr;
  }
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_INTERNAL_ENTRY_H_
