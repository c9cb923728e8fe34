#include "weft/cls/internal/entry.h"

#include "absl/strings/str_cat.h"
#include "weft/cls/errors.h"
#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

Entry* allocateEntry(std::size_t size, bool pooled) {
  const std::size_t bytes = sizeof(Entry) + size;
  void* memory = pooled ? threadData().pool.allocate(bytes) : ::operator new(bytes);
  Entry* entry = static_cast<Entry*>(memory);
  entry->next = nullptr;
  entry->pooled = pooled;
  return entry;
}

void deallocateEntry(Entry* entry, std::size_t size) noexcept {
  const std::size_t bytes = sizeof(Entry) + size;
  if (entry->pooled) {
    t_data->pool.deallocate(entry, bytes);
  } else {
    ::operator delete(entry);
  }
}

void destroyEntry(Entry* entry) noexcept {
  const KeyId counted_key = entry->counted ? entry->key : kNoKey;
  if (entry->boxed) {
    static_cast<Box*>(entry->storage())->~Box();
    deallocateEntry(entry, sizeof(Box));
  } else {
    const std::size_t size = entry->ops->size;
    if (entry->ops->destroy != nullptr) entry->ops->destroy(entry->storage());
    deallocateEntry(entry, size);
  }
  if (counted_key != kNoKey) releaseKey(counted_key);
}

Entry* crossingCopy(const Entry& entry) {
  const Flow flow = flowOf(entry.key);
  if (flow == Flow::kDrop) return nullptr;
  Entry& source = const_cast<Entry&>(entry);
  Entry* copy;
  if (entry.boxed && flow == Flow::kShare) {
    copy = allocateEntry(sizeof(Box), /*pooled=*/false);
    ::new (copy->storage()) Box(source.box());
    copy->value = entry.value;
    copy->boxed = true;
  } else if (entry.ops->copy != nullptr && !entry.boxed) {
    copy = allocateEntry(entry.ops->size, /*pooled=*/false);
    try {
      entry.ops->copy(copy->storage(), entry.value);
    } catch (...) {
      deallocateEntry(copy, entry.ops->size);
      throw;
    }
    copy->value = copy->storage();
    copy->boxed = false;
  } else {
    return nullptr;
  }
  copy->ops = entry.ops;
  copy->key = entry.key;
  copy->counted = entry.counted;
  if (copy->counted) retainKey(copy->key);
  return copy;
}

void checkType(const Entry& entry, const TypeOps* asked) {
  const std::type_info& stored = *entry.ops->type;
  if (stored == *asked->type) return;
  throw UsageError(absl::StrCat(describeKey(entry.key), " holds a value of type ", stored.name(),
                                ", not of the type that was asked for, ", asked->type->name(),
                                ": read it with the type that it was set with"));
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
