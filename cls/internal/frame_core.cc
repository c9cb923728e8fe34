#include "weft/cls/internal/frame_core.h"

#include <algorithm>
#include <chrono>
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

constinit ContextCore* g_no_contexts[kBlock] = {};

namespace {

// A chain of parents is flattened at this length, so that a frame never pins more than this many
// contexts that nobody can reach any more.
constexpr int kLongestChain = 16;

constinit std::atomic<std::uint64_t> g_destroy_epoch{1};
constinit std::atomic<bool> g_tracking{false};

void publishEpoch() noexcept {
  g_capture_epoch.store(g_tracking.load() ? ~std::uint64_t{0} : g_destroy_epoch.load());
}

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

// A frame with a block of its own for `slot`, over `base`, which has `slots` of them, or over
// nothing; the caller fills the rest.
[[gnu::always_inline]] inline Frame* newFrame(ThreadData& data, const Frame* base,
                                              std::uint32_t slots, std::uint32_t slot) {
  SlabPool<Frame>* pool = base != nullptr ? base->run_pool : &data.frames[0];
  if (slot >= slots) [[unlikely]]
    pool = &data.frames[widthFor(slot)];
  Frame* frame = pool->take();
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

// Binds nothing in the blocks from `first` on.
void emptyBlocks(Frame* frame, std::uint32_t first) noexcept {
  for (std::uint32_t b = first; b < frame->slots / kBlock; ++b) frame->blocks[b] = g_no_contexts;
}

// A frame of the given width that has room for all blocks of its own, with nothing bound.
Frame* newFullFrame(ThreadData& data, std::uint32_t width) {
  Frame* frame = data.full_frames[width].take();
  frame->refs = 1;
  clear(frame);
  emptyBlocks(frame, 0);
  return frame;
}

// For frames of newFullFrame().
void setAt(Frame* frame, std::uint32_t slot, ContextCore* context) noexcept {
  ContextCore**& block = frame->blocks[slot / kBlock];
  if (block == g_no_contexts) {
    block = entriesOf(frame) + slot / kBlock * kBlock;
    std::memset(block, 0, kBlock * sizeof(ContextCore*));
  }
  block[slot % kBlock] = context;
}

// Makes a full frame own what it binds; null, and the frame is gone, if that is nothing.
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

// `frame` with the same table, owning all of it; without destroyed namespaces if `pruned`. Null if
// nothing is bound then.
Frame* flatCopy(const Frame* frame, bool pruned) {
  Frame* copy = newFullFrame(*frame->home, frame->width);
  frame->forEachBound([&](std::uint32_t slot, ContextCore* context) {
    if (!pruned || !isDestroyed(namespaceIn(slot, context))) setAt(copy, slot, context);
  });
  return ownEverything(copy);
}

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
    if ((frame->flags & Frame::kOwnsAll) != 0) [[unlikely]] {
      frame->forEachBound([](std::uint32_t, ContextCore* context) { releaseContext(context); });
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
  flat->forEachBound([&](std::uint32_t, ContextCore* context) {
    compact(*flat->home, context, 3 * kLongestChain);
  });
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

// What a frame has in its first blocks that binds nothing.
constinit ContextCore** g_no_blocks[kFewestSlots / kBlock] = {
    g_no_contexts, g_no_contexts, g_no_contexts, g_no_contexts,
    g_no_contexts, g_no_contexts, g_no_contexts, g_no_contexts};

// The frame that binds `ns` to `context` and nothing else, in the room of `frame`.
[[gnu::always_inline]] inline void bindAlone(Frame* frame, const NamespaceCore& ns,
                                             ContextCore* context) {
  ContextCore** entries = reinterpret_cast<ContextCore**>(frame->blocks + kFewestSlots / kBlock);
  std::memcpy(frame->blocks, g_no_blocks, sizeof(g_no_blocks));
  if (frame->slots != kFewestSlots) [[unlikely]] {
    emptyBlocks(frame, kFewestSlots / kBlock);
    entries = entriesOf(frame);
  }
  std::memset(entries, 0, kBlock * sizeof(ContextCore*));
  entries[ns.slot % kBlock] = context;
  frame->blocks[ns.slot / kBlock] = entries;
  frame->depth = 0;
  frame->flags = 0;
  frame->parent = nullptr;
  frame->clean_epoch = isDestroyed(ns) ? 0 : g_destroy_epoch.load(std::memory_order_relaxed);
}

std::uint32_t slotsOf(const Frame* base) noexcept {
  return base != nullptr ? base->slots : kFewestSlots;
}

// A frame, numbered `uid`, that binds `ns` to `context` over `base`, which may be null. `slots` and
// `slot` are slotsOf(base) and the namespace's: what is known of them when compiling is not copied
// in loops.
[[gnu::always_inline]] inline Frame* bindOver(ThreadData& data, Frame* base, std::uint32_t slots,
                                              const NamespaceCore& ns, std::uint32_t slot,
                                              ContextCore* context, std::uint64_t uid) {
  Frame* frame = newFrame(data, base, slots, slot);
  frame->uid = uid;
  frame->own = context;
  frame->own_slot = slot;
  retainContext(context);
  if (base == nullptr) {
    bindAlone(frame, ns, context);
    return frame;
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
  const std::uint32_t known = slots / kBlock;
  std::memcpy(frame->blocks, base->blocks, known * sizeof(ContextCore**));
  ContextCore** entries = reinterpret_cast<ContextCore**>(frame->blocks + known);
  if (slot >= slots) [[unlikely]] {
    emptyBlocks(frame, known);
    entries = entriesOf(frame);
  }
  ContextCore**& block = frame->blocks[slot / kBlock];
  std::memcpy(entries, block, kBlock * sizeof(ContextCore*));
  entries[slot % kBlock] = context;
  block = entries;
  frame->clean_epoch = isDestroyed(ns) ? 0 : base->clean_epoch;
  return frame;
}

// `base` with another context, or none, in place of what it binds in the slot of `ns`, owning all
// of it; null if nothing is bound.
[[gnu::noinline]] Frame* bindAnew(const Frame* base, const NamespaceCore& ns,
                                  ContextCore* context) {
  Frame* frame = newFullFrame(*base->home, base->width);
  base->forEachBound([&](std::uint32_t slot, ContextCore* bound) { setAt(frame, slot, bound); });
  setAt(frame, ns.slot, context);
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
  return bindOver(data, base, slotsOf(base), ns, ns.slot, context, ++data.last_uid);
}

namespace {

// A run from the null frame.
[[gnu::noinline]] Run beginFirstRun(NamespaceCore& ns, Location where) {
  ThreadData& data = threadData();
  ContextCore* context = makeContext(data, ns, nullptr, where);
  return {context, bindOver(data, nullptr, kFewestSlots, ns, ns.slot, context, context->uid)};
}

// A run from a frame of the smallest width that stays so: what is copied is known when compiling.
[[gnu::noinline]] Run beginUsualRun(Frame* base, NamespaceCore& ns, Location where) {
  ThreadData& data = *base->home;
  const std::uint32_t slot = ns.slot;
  if (slot >= kFewestSlots) __builtin_unreachable();
  ContextCore* context = makeContext(data, ns, base->blocks[slot / kBlock][slot % kBlock], where);
  // Frames and contexts are told apart among themselves only, so they may share their numbers.
  return {context, bindOver(data, base, kFewestSlots, ns, slot, context, context->uid)};
}

[[gnu::noinline]] Run beginOtherRun(Frame* base, NamespaceCore& ns, bool root, Location where) {
  ThreadData& data = *base->home;
  ContextCore* active = base->at(ns.slot);
  ContextCore* context = makeContext(data, ns, root ? nullptr : active, where);
  if (root && active != nullptr) return {context, bindAnew(base, ns, context)};
  return {context, bindOver(data, base, base->slots, ns, ns.slot, context, context->uid)};
}

}  // namespace

Run beginRun(NamespaceCore& ns, bool root, Location where) {
  Frame* base = currentFrame();
  if (base == nullptr) return beginFirstRun(ns, where);
  if (!root && base->slots == kFewestSlots && ns.slot < kFewestSlots) [[likely]] {
    return beginUsualRun(base, ns, where);
  }
  return beginOtherRun(base, ns, root, where);
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
  const auto lay = [&](std::uint32_t slot, ContextCore* context) { setAt(frame, slot, context); };
  base->forEachBound(lay);
  top->forEachBound(lay);
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
