#include "weft/cls/internal/frame_core.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// A chain of parents is flattened at this length, so that a frame never pins more than this many
// contexts that nobody can reach any more.
constexpr int kLongestChain = 16;

constinit std::atomic<std::uint64_t> g_destroy_epoch{1};
constinit std::atomic<bool> g_tracking{false};

void publishEpoch() noexcept {
  g_capture_epoch.store(g_tracking.load() ? ~std::uint64_t{0} : g_destroy_epoch.load());
}

// The block of slots in which nothing is bound.
constinit ContextCore* g_no_contexts[kBlock] = {};

ContextCore** entriesOf(Frame* frame) noexcept {
  return reinterpret_cast<ContextCore**>(frame->blocks + frame->slots / kBlock);
}

// The smallest width with room for `slot`.
[[gnu::noinline]] std::uint32_t widthFor(std::uint32_t slot) {
  std::uint32_t width = 0;
  while (slot >= slotsOfWidth(width)) ++width;
  if (width < kWidths) return width;
  std::fputs("weft: more than 262,144 namespaces are alive; use keys for what grows\n", stderr);
  std::abort();
}

// A frame with a block for `slot` of its own, over `base` (may be null); the caller fills the rest.
inline Frame* newFrame(ThreadData& data, const Frame* base, std::uint32_t slot) {
  std::uint32_t width = base != nullptr ? base->width : 0;
  if (slot >= slotsOfWidth(width)) [[unlikely]]
    width = widthFor(slot);
  Frame* frame = data.frames[width].take();
  frame->refs = 1;
  return frame;
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

bool isDestroyed(const NamespaceCore& ns) noexcept {
  return ns.destroyed.load(std::memory_order_relaxed);
}

// A frame of the given width that has all blocks of its own, with nothing bound.
Frame* newFullFrame(ThreadData& data, std::uint32_t width) {
  Frame* frame = data.full_frames[width].take();
  frame->refs = 1;
  clear(frame);
  ContextCore** entries = entriesOf(frame);
  for (std::uint32_t b = 0; b < frame->slots / kBlock; ++b) frame->blocks[b] = entries + b * kBlock;
  std::memset(entries, 0, frame->slots * sizeof(ContextCore*));
  return frame;
}

// For frames of newFullFrame().
void setAt(Frame* frame, std::uint32_t slot, ContextCore* context) noexcept {
  frame->blocks[slot / kBlock][slot % kBlock] = context;
}

// The blocks of `from`, and for further ones the empty block.
[[gnu::always_inline]] inline void borrowBlocks(Frame* to, const Frame* from) noexcept {
  if (to->width == 0) return;  // its only block is its own
  if (to->width == 1 && from->width == 1) {
    std::memcpy(to->blocks, from->blocks, 8 * sizeof(ContextCore**));
    return;
  }
  const std::uint32_t known = from->slots / kBlock;
  std::memcpy(to->blocks, from->blocks, known * sizeof(ContextCore**));
  for (std::uint32_t b = known; b < to->slots / kBlock; ++b) to->blocks[b] = g_no_contexts;
}

// Makes a full frame own what it binds; null, and the frame is gone, if that is nothing.
Frame* ownEverything(Frame* frame) noexcept {
  frame->flags |= Frame::kOwnsAll;
  bool any = false;
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    if (frame->at(s) == nullptr) continue;
    retainContext(frame->at(s));
    any = true;
  }
  if (any) return frame;
  destroyFrame(frame);
  return nullptr;
}

// `frame` with the same table, owning all of it; without destroyed namespaces if `pruned`. Null if
// nothing is bound then.
Frame* flatCopy(const Frame* frame, bool pruned) {
  Frame* copy = newFullFrame(*frame->home, frame->width);
  for (std::uint32_t s = 0; s < copy->slots; ++s) {
    ContextCore* context = frame->at(s);
    if (context == nullptr) continue;
    if (pruned && isDestroyed(namespaceIn(s, context))) continue;
    setAt(copy, s, context);
  }
  return ownEverything(copy);
}

// How many of the frame's contexts belong to namespaces that were destroyed, and to others.
struct Census {
  int destroyed = 0;
  int alive = 0;
};
Census census(const Frame* frame) noexcept {
  Census result;
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    const ContextCore* context = frame->at(s);
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
    Frame* parent = frame->parent;
    Frame* twin = std::exchange(frame->twin, nullptr);
    Frame* flat = std::exchange(frame->flat, nullptr);
    ContextCore* own = frame->own;
    if ((frame->flags & Frame::kOwnsAll) != 0) [[unlikely]] {
      for (std::uint32_t s = 0; s < frame->slots; ++s) {
        if (frame->at(s) != nullptr) releaseContext(frame->at(s));
      }
    }
    frame->refs = 0;
    frame->pool->give(frame);
    if (own != nullptr) releaseContext(own);
    if (twin != nullptr) releaseFrame(twin, Holder::kQueued);
    if (flat != nullptr) releaseFrame(flat, Holder::kQueued);
    frame = parent != nullptr && --parent->refs == 0 ? parent : nullptr;
  }
}

void destroyWord(std::uintptr_t word) noexcept { destroyFrame(reinterpret_cast<Frame*>(word - 1)); }

namespace {

// What a chain of frames held besides what it shows, parents of contexts, could not be merged. The
// chains of frames that are gone by now are at most twice the longest.
[[gnu::noinline]] void compactChains(const Frame* flat) {
  for (std::uint32_t s = 0; s < flat->slots; ++s) {
    if (flat->at(s) != nullptr) compact(*flat->home, flat->at(s), 3 * kLongestChain);
  }
}

// A frame like `base` that owns all of what it shows at once, with a hold. `base` keeps it, so that
// further runs from there do not copy again, unless it is a listener's view, which owns nothing.
[[gnu::noinline]] Frame* flattened(Frame* base) {
  if (base->flat != nullptr) return shareFrame(base->flat, Holder::kQueued);
  Frame* flat = flatCopy(base, /*pruned=*/false);
  flat->clean_epoch = base->clean_epoch;
  compactChains(flat);
  if ((base->flags & Frame::kWeak) == 0) base->flat = shareFrame(flat, Holder::kQueued);
  return flat;
}

// The frame that binds `ns` to `context` over `base` (may be null), in the room of `frame`.
[[gnu::always_inline]] inline void bindOver(Frame* frame, Frame* base, const NamespaceCore& ns,
                                            ContextCore* context) {
  const std::uint32_t slot = ns.slot;
  frame->own = context;
  frame->own_slot = slot;
  retainContext(context);
  const bool dead = isDestroyed(ns);
  const std::uint32_t block = slot / kBlock;
  ContextCore** entries = entriesOf(frame);
  if (base == nullptr) {
    for (std::uint32_t b = 0; b < frame->slots / kBlock; ++b) frame->blocks[b] = g_no_contexts;
    frame->blocks[block] = entries;
    std::memset(entries, 0, kBlock * sizeof(ContextCore*));
    entries[slot % kBlock] = context;
    frame->depth = 0;
    frame->flags = 0;
    frame->parent = nullptr;
    frame->clean_epoch = dead ? 0 : g_destroy_epoch.load(std::memory_order_relaxed);
    return;
  }
  // A parent that binds the same slot is linked past: what it binds is shadowed here.
  Frame* parent = base;
  if (base->own_slot == slot && base->flags == 0) parent = base->parent;
  frame->depth = 0;
  frame->flags = 0;
  frame->parent = parent;
  if (parent != nullptr) {
    if ((base->flags & Frame::kWeak) != 0 || parent->depth >= kLongestChain) [[unlikely]] {
      base = frame->parent = parent = flattened(base);
    } else {
      ++parent->refs;
    }
    frame->depth = static_cast<std::uint16_t>(parent->depth + 1);
  }
  borrowBlocks(frame, base);
  std::memcpy(entries, block < base->slots / kBlock ? base->blocks[block] : g_no_contexts,
              kBlock * sizeof(ContextCore*));
  entries[slot % kBlock] = context;
  frame->blocks[block] = entries;
  frame->clean_epoch = dead ? 0 : base->clean_epoch;
}

// `base` with another context, or none, in place of what it binds in the slot of `ns`, owning all
// of it; null if nothing is bound.
[[gnu::noinline]] Frame* bindAnew(const Frame* base, const NamespaceCore& ns,
                                  ContextCore* context) {
  Frame* frame = newFullFrame(*base->home, base->width);
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    setAt(frame, s, s == ns.slot ? context : base->at(s));
  }
  frame->own_slot = ns.slot;
  frame->clean_epoch = context != nullptr && isDestroyed(ns) ? 0 : base->clean_epoch;
  return ownEverything(frame);
}

// The chain of a frame may hold what the frame does not show only if that lives as long in any
// case: the parents of the context that it shows. Another context, or none, begins anew.
bool mustBindAnew(const Frame* base, std::uint32_t slot, const ContextCore* context) noexcept {
  ContextCore* shadowed = activeIn(base, slot);
  return shadowed != nullptr && (context == nullptr || context->parent != shadowed);
}

}  // namespace

Frame* deriveFrame(Frame* base, const NamespaceCore& ns, ContextCore* context) {
  if (mustBindAnew(base, ns.slot, context)) return bindAnew(base, ns, context);
  if (context == nullptr) return base != nullptr ? flatCopy(base, /*pruned=*/false) : nullptr;
  ThreadData& data = threadData();
  Frame* frame = newFrame(data, base, ns.slot);
  frame->uid = ++data.last_uid;
  bindOver(frame, base, ns, context);
  return frame;
}

ContextCore* beginRun(NamespaceCore& ns, bool root, Location where, Frame** made) {
  ThreadData& data = threadData();
  const std::uint32_t slot = ns.slot;
  Frame* base = currentFrame();
  ContextCore* active = activeIn(base, slot);
  ContextCore* context = makeContext(data, ns, root ? nullptr : active, where);
  if (root && active != nullptr) [[unlikely]] {
    *made = bindAnew(base, ns, context);
    return context;
  }
  Frame* frame = newFrame(data, base, slot);
  frame->uid = context->uid;  // frames and contexts are told apart among themselves only
  bindOver(frame, base, ns, context);
  *made = frame;
  return context;
}

void endRun(Frame* frame) noexcept {
  if (frame->refs != 1 || frame->flags != 0 || frame->twin != nullptr || frame->flat != nullptr ||
      (frame->parent != nullptr && frame->parent->refs == 1)) {
    return releaseFrame(frame, Holder::kQueued);
  }
  // The short way of a frame that nobody captured.
  if (frame->parent != nullptr) --frame->parent->refs;
  ContextCore* own = frame->own;
  frame->refs = 0;
  frame->pool->give(frame);
  releaseContext(own);
}

Frame* overlayFrame(const Frame* base, const Frame* top) {
  Frame* frame = newFullFrame(*base->home, std::max(base->width, top->width));
  for (std::uint32_t s = 0; s < frame->slots; ++s) {
    ContextCore* over = top->at(s);
    setAt(frame, s, over != nullptr ? over : base->at(s));
  }
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
