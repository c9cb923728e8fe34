#include "weft/loop/internal/co_core.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace weft::loop::internal {

// --- a coroutine --------------------------------------------------------------------------------

void CoPromise::suspend() {
  frame_.recapture();
  root_->scope_->switchTo(frame_);
}

void CoPromise::finish() noexcept {
  if (parent_ != nullptr) {
    root_->scope_->switchTo(parent_->frame_);
    root_->next_ = parent_;
  } else {
    root_->requests_ |= CoRoot::kFinish;
  }
}

void CoPromise::call(CoPromise& child) {
  suspend();
  child.parent_ = this;
  child.root_ = root_;
  root_->next_ = &child;
}

void CoPromise::callAgain(CoPromise& child) {
  call(child);
  root_->scope_->switchTo(child.frame_);
}

void CoPromise::destroy() noexcept {
  const bool began = root_ != nullptr;
  const bool returned = parent_ != nullptr && handle_.done();
  if (!began || returned) {
    handle_.destroy();
    return;
  }
  const auto frame = std::move(frame_);
  const cls::FrameScope scope(frame);
  handle_.destroy();
}

// --- a root -------------------------------------------------------------------------------------

CoRoot::CoRoot(EventLoop& loop, CoPromise& top) : loop_(&loop), top_(&top) {
  CoAccess::checkThread(loop);
  top.root_ = this;
  live(CoAccess::residents(loop));
}

template <typename F>
inline void CoRoot::runIn(CoPromise& first, const F& frame) noexcept {
  Frame last;  // goes when it is no longer current
  cls::FrameScope scope(frame);
  scope_ = &scope;
  for (CoPromise* promise = &first; promise != nullptr; promise = std::exchange(next_, nullptr)) {
    promise->handle_.resume();
  }
  scope_ = nullptr;
  if (requests_ != 0) [[unlikely]]
    last = wrapUp(scope);
}

void CoRoot::start() noexcept { runIn(*top_, cls::FrameScope::kCurrent); }

void CoRoot::resume(CoPromise& leaf) noexcept {
  if (scope_ == nullptr) [[likely]] {
    runIn(leaf, leaf.frame_);
  } else {
    scope_->switchTo(leaf.frame_);
    next_ = &leaf;
  }
}

CoRoot::Frame CoRoot::wrapUp(cls::FrameScope& scope) noexcept {
  const unsigned char requests = std::exchange(requests_, 0);
  if ((requests & kFinish) == 0) {  // it cancelled or dropped itself, and waits for something now
    scope.switchTo(Frame());
    (requests & kDrop) != 0 ? drop() : cancel();
    return {};
  }
  leave();
  ended_ = finished_ = true;
  top_->frame_.recapture();  // in which the result is destroyed
  Frame last = top_->frame_.share();
  if (detached_) {
    dropResult();
  } else if ((requests & kDrop) != 0) {
    drop();
  } else if (listener_ != nullptr) {
    listener_->rootEnded(*this);
  }
  return last;
}

void CoRoot::detach() noexcept {
  detached_ = true;
  if (ended_) dropResult();
}

void CoRoot::dropResult() noexcept {
  if (finished_ && failed() && loop_ != nullptr) {
    const cls::FrameScope scope(top_->frame_);
    loop_->queueMicrotask([error = error()] { error.rethrow(); });
  }
  drop();
}

void CoRoot::drop() noexcept {
  if (scope_ != nullptr) {
    requests_ |= kDrop;
    return;
  }
  leave();
  if (top_ != nullptr) destroyTop();
  delete this;
}

void CoRoot::cancel() noexcept {
  if (ended_) return;
  if (scope_ != nullptr) {
    requests_ |= kCancel;
    return;
  }
  leave();
  destroyTop();
  top_ = nullptr;
  ended_ = true;
  if (detached_) {
    delete this;
  } else if (listener_ != nullptr) {
    listener_->rootEnded(*this);
  }
}

void CoRoot::loopEnded() noexcept {
  if (scope_ != nullptr) {
    std::fputs("weft: a coroutine destroyed the EventLoop on which it was running\n", stderr);
    std::abort();
  }
  loop_ = nullptr;
  cancel();
}

// --- queues -------------------------------------------------------------------------------------

void QueuedResume::suspendUntilTick(CoPromise& promise) {
  promise.frame_.recapture();
  task_ = CoAccess::tick(promise.loop(), promise);
}

void QueuedResume::suspendUntilImmediate(CoPromise& promise) {
  promise.frame_.recapture();
  task_ = CoAccess::immediate(promise.loop(), promise);
}

void QueuedResume::queueMicrotask(CoPromise& promise) {
  task_ = CoAccess::microtask(promise.loop(), CoAccess::Resume{&promise});
}

}  // namespace weft::loop::internal
