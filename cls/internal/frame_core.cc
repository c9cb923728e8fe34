#include "weft/cls/internal/frame_core.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "weft/cls/internal/frame_tables.h"
#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {

constinit ContextCore* g_no_contexts[kBlock] = {};

namespace {

constinit std::atomic<bool> g_tracking{false};

void publishEpoch() noexcept {
  g_capture_epoch.store(g_tracking.load() ? ~std::uint64_t{0} : g_destroy_epoch.load());
}

// The fields of a frame without parent that binds nothing yet.
void clear(Frame* frame) noexcept {
  frame->depth = 0;
  frame->flags = 0;
  frame->parent = nullptr;
  frame->clean_epoch = 0;
  frame->uid = ++frame->home->last_uid;
  frame->own = nullptr;
  frame->own_slot = 0;
}

}  // namespace

Frame* newFullFrame(ThreadData& data, std::uint32_t width) {
  Frame* frame = data.full_frames[width].take();
  frame->refs = 1;
  clear(frame);
  emptyBlocks(frame, 0);
  return frame;
}

void setAt(Frame* frame, std::uint32_t slot, ContextCore* context) noexcept {
  ContextCore**& block = frame->blocks[slot / kBlock];
  if (block == g_no_contexts) {
    block = entriesOf(frame) + slot / kBlock * kBlock;
    std::memset(block, 0, kBlock * sizeof(ContextCore*));
  }
  block[slot % kBlock] = context;
}

Frame* ownEverything(Frame* frame) noexcept {
  frame->flags |= Frame::kOwnsAll;
  bool any = false;
  frame->forEachBound([&](std::uint32_t, ContextCore* context) {
    retainContext(context);
    any = true;
  });
  if (any) return frame;
  destroyFrame(frame);
  return nullptr;
}

Frame* flatCopy(const Frame* frame, bool pruned) {
  Frame* copy = newFullFrame(*frame->home, frame->width);
  frame->forEachBound([&](std::uint32_t slot, ContextCore* context) {
    if (!pruned || !isDestroyed(namespaceIn(slot, context))) setAt(copy, slot, context);
  });
  return ownEverything(copy);
}

namespace {

// How many of the frame's contexts belong to namespaces that were destroyed, and to others.
struct Census {
  int destroyed = 0;
  int alive = 0;
};
Census census(const Frame* frame) noexcept {
  Census result;
  frame->forEachBound([&](std::uint32_t slot, const ContextCore* context) {
    ++(isDestroyed(namespaceIn(slot, context)) ? result.destroyed : result.alive);
  });
  return result;
}

// What a capture of `frame` takes while namespaces are destroyed: the frame itself, its pruned
// twin, or nothing.
Frame* pruned(Frame* frame, std::uint64_t epoch) {
  if (frame->clean_epoch == epoch) return frame;
  const Census bound = census(frame);
  if (bound.alive == 0) return nullptr;
  if (bound.destroyed == 0) {
    frame->clean_epoch = epoch;
    return frame;
  }
  if (frame->twin != nullptr && census(frame->twin).destroyed != 0) {
    releaseFrame(std::exchange(frame->twin, nullptr), Holder::kQueued);
  }
  if (frame->twin == nullptr) frame->twin = flatCopy(frame, /*pruned=*/true);
  frame->twin->clean_epoch = epoch;
  return frame->twin;
}

}  // namespace

void noteDestroyedNamespace() noexcept {
  g_destroy_epoch.fetch_add(1);
  publishEpoch();
}

void setTracking(bool on) noexcept {
  g_tracking.store(on);
  publishEpoch();
}

std::int64_t trackingTime() noexcept {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

bool tracking() noexcept { return g_tracking.load(std::memory_order_relaxed); }

Frame* captureSlow(Frame* frame, Holder holder, Location where) {
  checkHome(frame);
  const std::uint64_t epoch = g_destroy_epoch.load(std::memory_order_relaxed);
  if ((frame->flags & Frame::kWeak) == 0) {
    frame = pruned(frame, epoch);
    if (frame == nullptr) return nullptr;
    if (!tracking()) return shareFrame(frame, holder);
  }
  // A listener's view must own what it sees before it outlives the call, and a tracked capture has
  // a frame of its own.
  Frame* copy = flatCopy(frame, /*pruned=*/true);
  if (copy == nullptr) return nullptr;
  if (!tracking()) copy->clean_epoch = epoch;
  return holdNewFrame(copy, holder, where);
}

Frame* holdNewFrame(Frame* frame, Holder holder, Location where) noexcept {
  if (tracking()) {
    frame->flags |= Frame::kTracked;
    frame->file = where.file;
    frame->line = where.line;
    frame->made = static_cast<std::uint32_t>(trackingTime());
    frame->holder = holder;
  }
  if (holder != Holder::kQueued) ++frame->held[static_cast<int>(holder)];
  return frame;
}

void destroyFrame(Frame* frame) noexcept {
  while (frame != nullptr) {
    Frame* parent = frame->parent;
    Frame* twin = std::exchange(frame->twin, nullptr);
    Frame* flat = std::exchange(frame->flat, nullptr);
    ContextCore* own = frame->own;
    bool remembered = false;
    if ((frame->flags & (Frame::kOwnsAll | Frame::kSeen)) != 0) [[unlikely]] {
      ++frame->seen;  // whoever forgets it meanwhile leaves it to this loop
      if ((frame->flags & Frame::kOwnsAll) != 0) {
        frame->forEachBound([](std::uint32_t, ContextCore* context) { releaseContext(context); });
      }
      remembered = --frame->seen != 0;
    }
    frame->refs = 0;
    if (!remembered) frame->pool->give(frame);
    if (own != nullptr) releaseContext(own);
    if (twin != nullptr) releaseFrame(twin, Holder::kQueued);
    if (flat != nullptr) releaseFrame(flat, Holder::kQueued);
    frame = parent != nullptr && --parent->refs == 0 ? parent : nullptr;
  }
}

void forgetFrame(Frame* frame) noexcept {
  if (--frame->seen != 0) return;
  frame->flags &= static_cast<std::uint16_t>(~Frame::kSeen);
  if (frame->refs == 0) frame->pool->give(frame);
}

void destroyWord(std::uintptr_t word) noexcept { destroyFrame(reinterpret_cast<Frame*>(word - 1)); }

bool isHome(const Frame* frame) noexcept { return frame->home == t_data; }

void foreignFrame() noexcept {
  std::fputs(
      "weft: a context was used on a thread that it does not belong to. Take a cls::Snapshot "
      "across, or post the work back to the loop of its thread.\n",
      stderr);
  std::abort();
}

void releaseFrameAnywhere(Frame* frame, Holder holder) noexcept {
  ThreadData& data = *frame->home;
  if (&data == t_data) return releaseFrame(frame, holder);
  bool last = false;
  {
    std::lock_guard lock(data.inbox_mutex);
    if (!data.thread_ended) {
      data.inbox.emplace_back(frame, holder);
      data.inbox_filled.store(true, std::memory_order_release);
      if (data.attention.wake != nullptr) data.attention.wake(data.attention.arg);
      return;
    }
    // Nobody is at home: the lock makes this thread the only one in there.
    ThreadData* own = std::exchange(t_data, &data);
    releaseFrame(frame, holder);
    dropEnded(data);
    t_data = own;
    last = !anythingAlive(data);
  }
  if (last) delete &data;
}

void emptyInbox(ThreadData& data) noexcept {
  if (!data.inbox_filled.load(std::memory_order_acquire)) return;
  std::vector<std::pair<Frame*, Holder>> arrived;
  {
    std::lock_guard lock(data.inbox_mutex);
    arrived.swap(data.inbox);
    data.inbox_filled.store(false, std::memory_order_relaxed);
  }
  for (auto& [frame, holder] : arrived) releaseFrame(frame, holder);
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
