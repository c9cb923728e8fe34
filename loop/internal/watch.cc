#include "weft/loop/internal/watch.h"

namespace weft::loop::internal {

Watch::Watch(EventLoop& loop) : loop_(&loop), next_(loop.watches_) {
  loop.checkThread();
  if (next_ != nullptr) next_->previous_ = this;
  loop.watches_ = this;
}

void Watch::leaveLoop() noexcept {
  if (!linked_) return;
  setActive(false);
  detach();
  unlink();
}

void Watch::unlink() noexcept {
  if (!linked_) return;
  linked_ = false;
  (previous_ != nullptr ? previous_->next_ : loop_->watches_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void Watch::abandon() noexcept {
  abandoned_ = true;
  const bool running = loop_ != nullptr && loop_->running_watch_ == this;
  leaveLoop();
  if (!running) delete this;
}

void Watch::finish(LoopCore& loop) noexcept {
  Watch* watch = std::exchange(loop.running_watch_, nullptr);
  if (watch != nullptr && watch->abandoned_) delete watch;
}

void Watch::loopEnded() noexcept {
  leaveLoop();
  loop_ = nullptr;
  // What it holds may be the last to hold the owner of this watch.
  const Task callback = std::move(callback_);
}

void Watch::setActive(bool on) noexcept {
  if (active_ == on) return;
  active_ = on;
  if (ref_) on ? ++loop_->references_ : --loop_->references_;
}

void Watch::setRef(bool on) noexcept {
  if (ref_ == on) return;
  ref_ = on;
  if (active_) on ? ++loop_->references_ : --loop_->references_;
}

}  // namespace weft::loop::internal
