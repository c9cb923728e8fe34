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

void closeCell(LoopCell* cell) noexcept {
  cell->generation.fetch_add(1, std::memory_order_release);
  cell->loop.store(nullptr, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(cells().mutex);
  cells().spare.push_back(cell);
}

}  // namespace internal

bool TimerHandle::clear() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->clearTimer(id_);
}

bool TimerHandle::refresh() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->refreshTimer(id_);
}

bool TimerHandle::active() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->timerActive(id_);
}

const TimerHandle& TimerHandle::ref() const {
  if (EventLoop* loop = loop_.get()) loop->setTimerRef(id_, true);
  return *this;
}

const TimerHandle& TimerHandle::unref() const {
  if (EventLoop* loop = loop_.get()) loop->setTimerRef(id_, false);
  return *this;
}

bool TimerHandle::hasRef() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->timerHasRef(id_);
}

bool ImmediateHandle::clear() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->clearImmediate(*this);
}

bool ImmediateHandle::active() const {
  EventLoop* loop = loop_.get();
  return loop != nullptr && loop->pendingImmediate(*this) != nullptr;
}

const ImmediateHandle& ImmediateHandle::ref() const {
  if (EventLoop* loop = loop_.get()) loop->setImmediateRef(*this, true);
  return *this;
}

const ImmediateHandle& ImmediateHandle::unref() const {
  if (EventLoop* loop = loop_.get()) loop->setImmediateRef(*this, false);
  return *this;
}

bool ImmediateHandle::hasRef() const {
  EventLoop* loop = loop_.get();
  const Task* task = loop != nullptr ? loop->pendingImmediate(*this) : nullptr;
  return task != nullptr && !task->mark();
}

}  // namespace weft::loop
