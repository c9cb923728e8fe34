#include "weft/cls/internal/frame_core.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// A chain of parents is flattened at this length, so that a frame never pins more than this many
// contexts that nobody can reach any more.
constexpr int kLongestChain = 16;
// The bit of Frame::mask that stands for all further slots.
constexpr std::uint32_t kLastBit = 63;

constinit std::atomic<std::uint64_t> g_destroy_epoch{1};
constinit std::atomic<bool> g_tracking{false};

void publishEpoch() noexcept {
  g_capture_epoch.store(g_tracking.load() ? ~std::uint64_t{0} : g_destroy_epoch.load());
}

std::size_t frameSize(std::size_t slots) noexcept {
  return sizeof(Frame) + (slots > 1 ? slots - 1 : 0) * sizeof(ContextCore*);
}

// A frame with one hold that binds nothing yet.
Frame* newFrame(ThreadData& data, std::uint32_t slots) {
  Frame* frame = static_cast<Frame*>(data.pool.allocate(frameSize(slots)));
  std::memset(static_cast<void*>(frame), 0, offsetof(Frame, table));
  frame->refs = 1;
  frame->slots = slots;
  frame->clean_epoch = 0;
  frame->uid = ++data.last_uid;
  frame->home = &data;
  frame->next = data.frames;
  if (data.frames != nullptr) data.frames->previous = frame;
  data.frames = frame;
  ++data.live_frames;
  return frame;
}

std::uint64_t bitOf(std::uint32_t slot) noexcept {
  return std::uint64_t{1} << (slot < kLastBit ? slot : kLastBit);
}

bool isDestroyed(const NamespaceCore& ns) noexcept {
  return ns.destroyed.load(std::memory_order_relaxed);
}

std::uint64_t maskOf(const Frame* frame) noexcept {
  std::uint64_t mask = 0;
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    if (frame->table[s] != nullptr) mask |= bitOf(s);
  }
  return mask;
}

void ownEverything(Frame* frame) noexcept {
  frame->flags |= Frame::kOwnsAll;
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    if (frame->table[s] != nullptr) retainContext(frame->table[s]);
  }
}

// `frame` with the same table, owning all of it; without destroyed namespaces if `pruned`. Null if
// nothing is bound then.
Frame* flatCopy(const Frame* frame, bool pruned) {
  Frame* copy = newFrame(*frame->home, frame->slots);
  std::memcpy(copy->table, frame->table, frame->slots * sizeof(ContextCore*));
  for (std::uint32_t s = 0; pruned && s < copy->slots; ++s) {
    ContextCore* context = copy->table[s];
    if (context != nullptr && isDestroyed(namespaceIn(s, context))) {
      copy->table[s] = nullptr;
    }
  }
  ownEverything(copy);
  copy->mask = maskOf(copy);
  if (copy->mask == 0) {
    destroyFrame(copy);
    return nullptr;
  }
  return copy;
}

// How many of the frame's contexts belong to namespaces that were destroyed, and to others.
struct Census {
  int destroyed = 0;
  int alive = 0;
};
Census census(const Frame* frame) noexcept {
  Census result;
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    const ContextCore* context = frame->table[s];
    if (context == nullptr) continue;
    ++(isDestroyed(namespaceIn(s, context)) ? result.destroyed : result.alive);
  }
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
    frame->where = where;
    frame->holder = holder;
  }
  if (holder != Holder::kQueued) ++frame->held[static_cast<int>(holder)];
  return frame;
}

void destroyFrame(Frame* frame) noexcept {
  while (frame != nullptr) {
    ThreadData& data = *frame->home;
    (frame->previous != nullptr ? frame->previous->next : data.frames) = frame->next;
    if (frame->next != nullptr) frame->next->previous = frame->previous;
    --data.live_frames;
    Frame* parent = frame->parent;
    Frame* twin = frame->twin;
    if ((frame->flags & Frame::kOwnsAll) != 0) {
      for (std::uint32_t s = 0; s < frame->slots; ++s) {
        if (frame->table[s] != nullptr) releaseContext(frame->table[s]);
      }
    } else if (frame->own != nullptr) {
      releaseContext(frame->own);
    }
    data.pool.deallocate(frame, frameSize(frame->slots));
    if (twin != nullptr && --twin->refs == 0) destroyFrame(twin);
    frame = parent != nullptr && --parent->refs == 0 ? parent : nullptr;
  }
}

Frame* deriveFrame(Frame* base, const NamespaceCore& ns, ContextCore* context) {
  const std::uint32_t slot = ns.slot;
  ThreadData& data = threadData();
  const std::uint32_t base_slots = base != nullptr ? base->slots : 0;
  const std::uint32_t slots = context != nullptr && slot >= base_slots ? slot + 1 : base_slots;
  Frame* frame = newFrame(data, slots);
  if (base_slots != 0) std::memcpy(frame->table, base->table, base_slots * sizeof(ContextCore*));
  for (std::uint32_t s = base_slots; s < slots; ++s) frame->table[s] = nullptr;
  if (slot < slots) frame->table[slot] = context;
  if (context != nullptr) {
    frame->mask = (base != nullptr ? base->mask : 0) | bitOf(slot);
  } else {
    frame->mask = maskOf(frame);
    if (frame->mask == 0) {
      frame->refs = 0;
      destroyFrame(frame);
      return nullptr;
    }
  }
  frame->own_slot = slot;
  if (context == nullptr || !isDestroyed(ns)) {
    frame->clean_epoch =
        base != nullptr ? base->clean_epoch : g_destroy_epoch.load(std::memory_order_relaxed);
  }
  // A parent that binds the same slot is linked past: what it binds is shadowed here.
  Frame* parent = base;
  if (parent != nullptr && parent->own_slot == slot &&
      (parent->flags & (Frame::kOwnsAll | Frame::kWeak)) == 0) {
    parent = parent->parent;
  }
  // What the chain holds besides what is shown are ancestors of what is shown, which live as long
  // in any case. A context that is not a child of the one that it shadows begins anew.
  const bool child = context != nullptr && context->parent == activeIn(base, slot);
  if (parent != nullptr && ((base->flags & Frame::kWeak) != 0 || parent->depth >= kLongestChain ||
                            (!child && activeIn(parent, slot) != nullptr))) {
    ownEverything(frame);
    return frame;
  }
  if (context != nullptr) {
    retainContext(context);
    frame->own = context;
  }
  if (parent != nullptr) {
    ++parent->refs;
    frame->parent = parent;
    frame->depth = static_cast<std::uint8_t>(parent->depth + 1);
  }
  return frame;
}

Frame* overlayFrame(const Frame* base, const Frame* top) {
  Frame* frame = newFrame(*base->home, std::max(base->slots, top->slots));
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    ContextCore* over = activeIn(top, s);
    frame->table[s] = over != nullptr ? over : activeIn(base, s);
  }
  frame->mask = base->mask | top->mask;
  frame->flags = Frame::kWeak;
  return frame;
}

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
    absl::MutexLock lock(&data.inbox_mutex);
    if (!data.thread_ended) {
      data.inbox.emplace_back(frame, holder);
      if (data.attention.wake != nullptr) data.attention.wake(data.attention.arg);
      return;
    }
    // Nobody is at home: the lock makes this thread the only one in there.
    ThreadData* own = std::exchange(t_data, &data);
    releaseFrame(frame, holder);
    dropEnded(data);
    t_data = own;
    last = data.live_frames == 0 && data.live_contexts == 0;
  }
  if (last) delete &data;
}

void emptyInbox(ThreadData& data) noexcept {
  std::vector<std::pair<Frame*, Holder>> arrived;
  {
    absl::MutexLock lock(&data.inbox_mutex);
    arrived.swap(data.inbox);
  }
  for (auto& [frame, holder] : arrived) releaseFrame(frame, holder);
}

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
