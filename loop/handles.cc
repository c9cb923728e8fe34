#include "weft/loop/handles.h"

#include <mutex>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::loop {
namespace internal {
namespace {

struct Cells {
  std::mutex mutex;
  std::vector<LoopCell*> spare;
};

Cells& cells() {
  static Cells* const kCells = new Cells;  // handles may be looked at until the very end
  return *kCells;
}

}  // namespace

LoopCell* openCell(EventLoop* loop) {
  std::lock_guard<std::mutex> lock(cells().mutex);
  if (cells().spare.empty()) cells().spare.push_back(new LoopCell);
  LoopCell* cell = cells().spare.back();
  cells().spare.pop_back();
  cell->loop.store(loop, std::memory_order_relaxed);
  return cell;
}

void closeCell(LoopCell* cell, std::uint32_t unused_timer_generation) noexcept {
  cell->first_timer.store(unused_timer_generation, std::memory_order_relaxed);
  cell->generation.fetch_add(1, std::memory_order_release);
  cell->loop.store(nullptr, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(cells().mutex);
  cells().spare.push_back(cell);
}

void checkThreadOf(const EventLoop& loop) { loop.checkThread(); }

}  // namespace internal

// --- immediates ---------------------------------------------------------------------------------

EventLoop* ImmediateHandle::find() const {
  EventLoop* const loop = internal::findLoop(cell_, loop_generation_);
  if (loop == nullptr) return nullptr;
  internal::checkThreadOf(*loop);
  return loop->immediates_.isWaiting(sequence_) && *task_ ? loop : nullptr;
}

bool ImmediateHandle::clear() const {
  if (find() == nullptr) return false;
  task_->clear();
  return true;
}

bool ImmediateHandle::active() const { return find() != nullptr; }

const ImmediateHandle& ImmediateHandle::ref() const {
  if (EventLoop* const loop = find()) loop->unref_immediates_.erase(sequence_);
  return *this;
}

const ImmediateHandle& ImmediateHandle::unref() const {
  if (EventLoop* const loop = find()) loop->unref_immediates_.insert(sequence_);
  return *this;
}

bool ImmediateHandle::hasRef() const {
  EventLoop* const loop = find();
  return loop != nullptr && !loop->unref_immediates_.contains(sequence_);
}

}  // namespace weft::loop
