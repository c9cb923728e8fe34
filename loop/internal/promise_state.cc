#include "weft/loop/internal/promise_state.h"

#include "weft/cls/errors.h"

namespace weft::loop::internal {

Reaction::~Reaction() {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) {
    next_->link_ = link_;
  } else {
    *end_ = link_;
  }
}

PromiseCore::~PromiseCore() {
  while (first_ != nullptr) takeFirst().forget();
}

Reaction& PromiseCore::takeFirst() noexcept {
  Reaction& reaction = *first_;
  first_ = reaction.next_;
  if (first_ != nullptr) {
    first_->link_ = &first_;
  } else {
    end_ = &first_;
  }
  reaction.link_ = nullptr;
  return reaction;
}

bool PromiseCore::claim() {
  if (EventLoop* loop = loop_.get()) LoopAccess::checkThread(*loop);
  return !std::exchange(claimed_, true);
}

Ticket* PromiseCore::ticketFor(cls::Location where) const {
  EventLoop* const loop = loop_.get();
  return loop != nullptr ? LoopAccess::ticketFor(*loop, AsyncKind::kMicrotask, where) : nullptr;
}

void PromiseCore::react(Reaction& reaction) noexcept {
  handled_ = true;
  EventLoop* const loop = loop_.get();
  if (settled_ && loop != nullptr) {
    reaction.queue(*loop);
    return;
  }
  reaction.link_ = end_;
  reaction.end_ = &end_;
  *end_ = &reaction;
  end_ = &reaction.next_;
}

void PromiseCore::settle() noexcept {
  settled_ = true;
  EventLoop* const loop = loop_.get();
  if (loop == nullptr) return;
  while (first_ != nullptr) takeFirst().queue(*loop);
  if (failed() && !handled_) {
    LoopAccess::rejection(*loop, [state = StateRef<PromiseCore>(this)] {
      if (!std::exchange(state->handled_, true)) state->rethrow();
    });
  }
}

void refuseSharedMove() {
  throw UsageError(
      "the value of a shared promise cannot be moved out: await it by reference (`auto& value = "
      "co_await promise`), or let go of the other handles first");
}

}  // namespace weft::loop::internal
