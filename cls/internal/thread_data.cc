#include "weft/cls/internal/thread_data.h"

#include <new>

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// Under the address sanitizer each piece goes back to the allocator, so that a use after free is
// seen.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooling = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPooling = false;
#else
constexpr bool kPooling = true;
#endif
#else
constexpr bool kPooling = true;
#endif

// Ends the thread's data with the thread, or leaves it to whoever drops its last frame.
struct Owner {
  ThreadData* data = nullptr;
  ~Owner() {
    if (data == nullptr) return;
    emptyInbox(*data);
    data->notes.clear();
    bool orphaned;
    {
      absl::MutexLock lock(&data->inbox_mutex);
      data->thread_ended = true;
      orphaned = data->live_frames != 0 || data->live_contexts != 0;
    }
    if (orphaned) return;
    t_data = nullptr;
    delete data;
  }
};

}  // namespace

Pool::~Pool() {
  for (List& list : lists_) {
    while (list.head != nullptr) ::operator delete(std::exchange(list.head, list.head->next));
  }
}

void* Pool::allocate(std::size_t size) {
  if (!kPooling || size > kLargest) return ::operator new(size);
  List& list = lists_[(size + kStep - 1) / kStep];
  if (list.head == nullptr) return ::operator new((size + kStep - 1) / kStep * kStep);
  --list.kept;
  return std::exchange(list.head, list.head->next);
}

void Pool::deallocate(void* memory, std::size_t size) noexcept {
  if (!kPooling || size > kLargest) return ::operator delete(memory);
  List& list = lists_[(size + kStep - 1) / kStep];
  if (list.kept == kKept) return ::operator delete(memory);
  ++list.kept;
  list.head = ::new (memory) Piece{list.head};
}

ThreadData& makeThreadData() {
  static thread_local Owner owner;
  if (owner.data == nullptr) owner.data = new ThreadData;
  t_data = owner.data;
  return *t_data;
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
