#include "weft/cls/internal/thread_data.h"

#include <new>
#include <utility>

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// Under the address sanitizer each piece goes back to the allocator, so that a use after free is
// seen.
#ifdef WEFT_CLS_POISONING
constexpr bool kPooling = false;
#else
constexpr bool kPooling = true;
#endif

// Objects that are destroyed after the thread's Owner may still use contexts.
constinit thread_local bool t_owner_gone = false;

// Lets go of what only a dispatcher would have come for.
void releasePending(ThreadData& data) noexcept {
  if (data.base.hasEnters()) discardEnters(&data.base);
  t_word = t_idle;
  if (data.end_frame != nullptr) {
    releaseFrame(std::exchange(data.end_frame, nullptr), Holder::kQueued);
  }
  for (const ErrorNote& note : std::exchange(data.notes, {})) releaseNote(note);
  emptyInbox(data);
  dropEnded(data);
}

// Ends the thread's data with the thread, or leaves it to whoever drops its last frame.
struct Owner {
  ThreadData* data = nullptr;
  ~Owner() {
    t_owner_gone = true;
    if (data == nullptr) return;
    releasePending(*data);
    bool orphaned;
    {
      std::lock_guard lock(data->inbox_mutex);
      data->thread_ended = true;
      orphaned = anythingAlive(*data);
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

namespace {

SlabPool<Frame> poolOf(ThreadData* data, std::uint32_t width, bool full) {
  const std::size_t blocks = slotsOfWidth(width) / kBlock;
  const std::size_t entries = full ? slotsOfWidth(width) : kBlock;
  const std::size_t size =
      sizeof(Frame) + (blocks - 1) * sizeof(ContextCore**) + entries * sizeof(ContextCore*);
  Frame model{};
  model.slots = slotsOfWidth(width);
  model.width = width;
  model.pool = &(full ? data->full_frames : data->frames)[width];
  model.run_pool = &data->frames[width];
  model.home = data;
  return {size, width != 0 ? std::size_t{1} : full ? 16 : 64, model};
}

ContextCore modelContext(ThreadData* data) {
  ContextCore model{};
  model.home = data;
  return model;
}

}  // namespace

ThreadData::ThreadData()
    : contexts(sizeof(ContextCore), 64, modelContext(this)),
      frames{poolOf(this, 0, false), poolOf(this, 1, false), poolOf(this, 2, false),
             poolOf(this, 3, false), poolOf(this, 4, false)},
      full_frames{poolOf(this, 0, true), poolOf(this, 1, true), poolOf(this, 2, true),
                  poolOf(this, 3, true), poolOf(this, 4, true)} {}

bool anythingAlive(const ThreadData& data) noexcept {
  bool alive = false;
  data.contexts.forEach([&](const ContextCore&) { alive = true; });
  forEachFrame(data, [&](const Frame&) { alive = true; });
  return alive;
}

void dropEnded(ThreadData& data) noexcept {
  while (ContextCore* ended = data.ended_first) {
    data.ended_first = ended->queued;
    if (data.ended_first == nullptr) data.ended_last = nullptr;
    std::exchange(ended->extras->end_listeners, {}).clear();
    releaseContext(ended);
  }
}

ThreadData& makeThreadData() {
  if (t_owner_gone) {
    // Nobody comes after these last destructors of the thread: what they make is kept for good.
    static std::mutex& mutex = *new std::mutex;
    static std::vector<ThreadData*>& late = *new std::vector<ThreadData*>;
    t_data = new ThreadData;
    std::lock_guard lock(mutex);
    late.push_back(t_data);
    return *t_data;
  }
  static thread_local Owner owner;
  owner.data = new ThreadData;
  owner.data->attention = t_first_attention;
  t_data = owner.data;
  return *t_data;
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
