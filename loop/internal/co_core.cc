#include "weft/loop/internal/co_core.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "weft/loop/internal/co_place.h"

namespace weft::loop::internal {

// --- resuming from the loop's queues ------------------------------------------------------------

// A coroutine that waits in the null frame. If it leaves another one current, it says so by
// lookAfterStep().
struct CoPromise::Resume {
  CoPromise* promise;

  void operator()() const noexcept {
    CoRoot& root = *promise->root_;
    promise->wake_ = kRunning;
    promise->handle_.resume();
    if (root.next_ != 0) [[unlikely]]
      root.goOnAtBottom();
  }
};

struct CoPromise::ResumeInFrame {
  CoPromise* promise;

  void operator()() const noexcept {
    CoRoot& root = *promise->root_;
    promise->wake_ = kRunning;
    promise->frame_.enter();
    promise->handle_.resume();
    if (root.next_ != 0) [[unlikely]]
      return root.goOnAtBottom();
    cls::leave();
  }
};

// Either of them, with the number that the wait was given.
class CoPromise::ResumeObserved {
 public:
  ResumeObserved(Ticket* ticket, CoPromise* promise) noexcept
      : ticket_(ticket), promise_(promise) {}

  void operator()() noexcept {
    CoRoot& root = *promise_->root_;
    Instrument& instrument = ticket_->instrument();
    promise_->wake_ = kRunning;
    if (promise_->frame_) promise_->frame_.enter();
    Ticket* const outer = instrument.enter(*ticket_);
    promise_->handle_.resume();
    const Frame last = root.next_ != 0 ? root.goOn() : Frame();
    instrument.leave(outer);
    cls::leave();
  }

 private:
  TicketPtr ticket_;
  CoPromise* promise_;
};

template <typename P>
inline auto CoPromise::queue(P push) {
  return frame_ ? push(ResumeInFrame{this}) : push(Resume{this});
}

// The same while callbacks have numbers: kept apart, for what it needs of registers.
template <typename P>
[[gnu::noinline]] auto CoPromise::queueObserved(AsyncKind kind, P push) {
  if (Ticket* const made = ticket(kind)) return push(ResumeObserved(made, this));
  return queue(push);
}

Ticket* CoPromise::ticket(AsyncKind kind) const {
  // In the contexts of the wait, as everything is that is scheduled.
  const cls::FrameScope scope(frame_);
  return LoopAccess::ticketFor(loop(), kind, place());
}

cls::Location CoPromise::place() const {
  return LoopAccess::numbering() ? name() : cls::Location{};
}

cls::Location CoPromise::name() const {
  CoCallers callers{};
  const CoPromise* waiting = this;
  for (std::size_t i = 0; i < callers.size() && waiting != nullptr; ++i) {
    // What a coroutine's frame begins with is the function that resumes it.
    callers[i] = *static_cast<const void* const*>(waiting->handle_.address());
    waiting = waiting->parent_;
  }
  return placeOf(callers);
}

TimerHandle CoPromise::resumeAfter(Duration delay) {
  EventLoop& on = loop();
  const auto start = [&on, delay](auto resume) {
    return LoopAccess::timeout(on, std::move(resume), delay);
  };
  if (LoopAccess::numbering()) [[unlikely]]
    return queueObserved(AsyncKind::kTimeout, start);
  return queue(start);
}

// --- a coroutine --------------------------------------------------------------------------------

void CoPromise::suspend() {
  if (!frame_.isCurrent()) {
    frame_ = capture();
    cls::switchFrame(frame_);
  }
  root_->lookAfterStep();
}

// Without a call on the usual ways: that saves registers. One comparison tells that no context is
// active and that nobody observes, as everywhere.
inline void CoPromise::suspendUntil(TaskRing& ring) {
  if (ring.full()) [[unlikely]]
    return suspendWhenFull(ring);
  if (frame_) return suspendInFrame(ring);
  if (!cls::isIdle(root_->loop_)) [[unlikely]]
    return suspendSlowly(ring);
  wakeBy(ring.pushIntoRoom(Resume{this}));
}

void CoPromise::suspendUntilTick() { suspendUntil(LoopAccess::ticks(*root_->loop_)); }
void CoPromise::suspendUntilImmediate() { suspendUntil(LoopAccess::immediates(*root_->loop_)); }

void CoPromise::suspendWhenFull(TaskRing& ring) {
  ring.makeRoom();
  suspendUntil(ring);
}

void CoPromise::suspendInFrame(TaskRing& ring) {
  if (!frame_) __builtin_unreachable();  // so that this is not tested, and the token is instead
  if (cls::idleToken() != root_->loop_ || !frame_.isCurrent()) [[unlikely]]
    return suspendSlowly(ring);
  wakeBy(ring.pushIntoRoom(ResumeInFrame{this}));
}

void CoPromise::suspendSlowly(TaskRing& ring) {
  suspend();
  const auto push = [&ring](auto resume) { return ring.push(std::move(resume)); };
  wakeBy(LoopAccess::numbering() ? queueObserved(LoopAccess::kindOf(loop(), ring), push)
                                 : queue(push));
}

void CoPromise::queueMicrotask() {
  const auto push = [this](auto resume) {
    return LoopAccess::microtask(loop(), std::move(resume));
  };
  wakeBy(LoopAccess::numbering() ? queueObserved(AsyncKind::kMicrotask, push) : queue(push));
}

bool CoPromise::call(CoPromise& child) {
  if (!frame_.isCurrent()) [[unlikely]]
    suspend();
  CoRoot& root = *root_;
  child.parent_ = this;
  child.root_ = &root;
  root.leaf_ = &child;
  if (root.nested_ == CoRoot::kMostNested) [[unlikely]] {
    root.goOnWith(child);
    return true;
  }
  ++root.nested_;
  child.nested_ = true;
  child.handle_.resume();
  --root.nested_;
  if (root.leaf_ == this) return false;
  child.nested_ = false;
  return true;
}

void CoPromise::callAgain(CoPromise& child) {
  suspend();
  child.parent_ = this;
  child.root_ = root_;
  child.nested_ = false;
  root_->leaf_ = &child;
  cls::switchFrame(child.frame_);
  root_->goOnWith(child);
}

void CoPromise::yieldToParent() {
  suspend();
  finish();
}

void CoPromise::finish() noexcept {
  CoRoot& root = *root_;
  if (parent_ == nullptr) {
    root.ask(CoRoot::kFinish);
    return;
  }
  root.leaf_ = parent_;
  if (!parent_->frame_.isCurrent()) [[unlikely]]
    cls::switchFrame(parent_->frame_);
  if (!nested_) root.goOnWith(*parent_);
}

void CoPromise::resume() noexcept {
  CoRoot& root = *root_;
  if (root.running()) {
    cls::switchFrame(frame_);
    root.goOnWith(*this);
    return;
  }
  Frame last;
  const cls::FrameScope scope(frame_);
  last = root.run(*this);
}

void CoPromise::destroy() noexcept {
  const bool began = root_ != nullptr;
  const bool returned = parent_ != nullptr && handle_.done();
  if (!began || returned) {
    handle_.destroy();
    return;
  }
  if (wake_ > kElsewhere) reinterpret_cast<Task*>(wake_)->clear();
  const auto frame = std::move(frame_);
  const cls::FrameScope scope(frame);
  handle_.destroy();
}

// --- a root -------------------------------------------------------------------------------------

CoRoot::CoRoot(EventLoop& loop, CoPromise& top) : loop_(&loop), leaf_(&top), top_(&top) {
  LoopAccess::checkThread(loop);
  top.wake_ = CoPromise::kElsewhere;
  live(LoopAccess::residents(loop));
}

void CoRoot::start() noexcept {
  top_->root_ = this;
  Frame last;
  const cls::FrameScope scope(cls::FrameScope::kCurrent);
  last = run(*top_);
}

CoRoot::Frame CoRoot::run(CoPromise& leaf) noexcept {
  leaf.wake_ = CoPromise::kRunning;
  leaf.handle_.resume();
  return next_ != 0 ? goOn() : Frame();
}

CoRoot::Frame CoRoot::goOn() noexcept {
  do {
    const std::uintptr_t next = std::exchange(next_, 0);
    if (next != kLook) reinterpret_cast<CoPromise*>(next)->handle_.resume();
  } while (next_ != 0);
  if ((requests_ & kFinish) == 0 && running()) leaf_->wake_ = CoPromise::kElsewhere;
  return requests_ != 0 ? end() : Frame();
}

void CoRoot::goOnAtBottom() noexcept {
  const Frame last = goOn();
  cls::leave();
}

CoRoot::Frame CoRoot::end() noexcept {
  const unsigned requests = std::exchange(requests_, 0);
  if ((requests & kFinish) == 0) {  // it cancelled or dropped itself, and waits for something now
    cls::switchFrame(Frame());
    (requests & kDrop) != 0 ? drop() : cancel();
    return {};
  }
  leave();
  ended_ = finished_ = true;
  if (!top_->frame_.isCurrent()) top_->frame_ = top_->capture();  // of the result
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
  if (!ended_ && running()) {
    ask(kDrop);
    return;
  }
  leave();
  if (top_ != nullptr) destroyTop();
  delete this;
}

void CoRoot::cancel() noexcept {
  if (ended_) return;
  if (running()) {
    ask(kCancel);
    return;
  }
  leave();
  ended_ = true;
  top_ = nullptr;
  destroyTop();
  if (detached_) {
    delete this;
  } else if (listener_ != nullptr) {
    listener_->rootEnded(*this);
  }
}

void CoRoot::loopEnded() noexcept {
  if (running()) {
    std::fputs("weft: a coroutine destroyed the EventLoop on which it was running\n", stderr);
    std::abort();
  }
  loop_ = nullptr;
  cancel();
}

}  // namespace weft::loop::internal
