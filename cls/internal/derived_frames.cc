// Frames that are made of others: what run(), enter() and listeners make current.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "weft/cls/internal/frame_tables.h"
#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI {
namespace internal {
namespace {

// A chain of parents is flattened at this length, so that a frame never pins more than this many
// contexts that nobody can reach any more.
constexpr int kLongestChain = 16;

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
  if (base->own_slot == slot && (base->flags & ~Frame::kSeen) == 0) parent = base->parent;
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

}  // namespace internal
}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS
