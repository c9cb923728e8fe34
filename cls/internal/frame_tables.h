// Frames that own all they show, and what the two makers of frames share: frame_core.cc, where
// captures prune what was destroyed, and derived_frames.cc, where a run binds one context more. Not
// for users.

#ifndef WEFT_CLS_INTERNAL_FRAME_TABLES_H_
#define WEFT_CLS_INTERNAL_FRAME_TABLES_H_

#include <atomic>
#include <cstdint>

#include "weft/cls/internal/thread_data.h"

#if WEFT_CLS

namespace weft::cls::inline WEFT_CLS_ABI::internal {

// How many namespaces were destroyed, and one.
inline constinit std::atomic<std::uint64_t> g_destroy_epoch{1};

inline bool isDestroyed(const NamespaceCore& ns) noexcept {
  return ns.destroyed.load(std::memory_order_relaxed);
}

// Where a frame's own entries are, behind the blocks of its table.
inline ContextCore** entriesOf(Frame* frame) noexcept {
  return reinterpret_cast<ContextCore**>(frame->blocks + frame->slots / kBlock);
}

// Binds nothing in the blocks from `first` on.
inline void emptyBlocks(Frame* frame, std::uint32_t first) noexcept {
  for (std::uint32_t b = first; b < frame->slots / kBlock; ++b) frame->blocks[b] = g_no_contexts;
}

// A frame of the given width that has room for all blocks of its own, with nothing bound.
Frame* newFullFrame(ThreadData& data, std::uint32_t width);
// For frames of newFullFrame().
void setAt(Frame* frame, std::uint32_t slot, ContextCore* context) noexcept;
// Makes a full frame own what it binds; null, and the frame is gone, if that is nothing.
Frame* ownEverything(Frame* frame) noexcept;
// `frame` with the same table, owning all of it; without destroyed namespaces if `pruned`. Null if
// nothing is bound then.
Frame* flatCopy(const Frame* frame, bool pruned);

}  // namespace weft::cls::inline WEFT_CLS_ABI::internal

#endif  // WEFT_CLS

#endif  // WEFT_CLS_INTERNAL_FRAME_TABLES_H_
