// LoopRef: a loop as somebody knows it who may outlive it.

#ifndef WEFT_LOOP_INTERNAL_LOOP_REF_H_
#define WEFT_LOOP_INTERNAL_LOOP_REF_H_

#include <cstdint>

#include "weft/loop/handles.h"

namespace weft::loop::internal {

class LoopRef {
 public:
  LoopRef() = default;
  explicit LoopRef(LoopCell* cell) noexcept
      : cell_(cell), generation_(cell->generation.load(std::memory_order_relaxed)) {}

  // Null once the loop has ended.
  EventLoop* get() const noexcept { return findLoop(cell_, generation_); }

 private:
  LoopCell* cell_ = nullptr;
  std::uint32_t generation_ = 0;
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_LOOP_REF_H_
