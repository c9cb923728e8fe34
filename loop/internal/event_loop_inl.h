// The templates of weft/loop/event_loop.h, included from there.

#ifndef WEFT_LOOP_INTERNAL_EVENT_LOOP_INL_H_
#define WEFT_LOOP_INTERNAL_EVENT_LOOP_INL_H_

#include "weft/loop/event_loop.h"

namespace weft::loop {

// What is called for each callback is declared inline, or g++ does not inline it.

// On our own thread with no context active, which is one comparison, a plain task is made in its
// place; everything else is the slow path's.
template <typename F>
inline Task* EventLoop::enqueue(internal::TaskRing& ring, F&& fn, cls::Location where) {
  if (isNullCallable(fn)) [[unlikely]]
    refuseNull();
  if (cls::isIdle(this)) [[likely]]
    return ring.push(std::forward<F>(fn));
  if (cls::idleToken() == this) [[likely]] {
    Task* const place = ring.makeRoom();  // before there is a frame to be kept meanwhile
    if (auto frame = cls::HeldFrame<cls::Holder::kQueued>::captureInline()) [[likely]]
      return ring.pushAt(place, std::move(frame), std::forward<F>(fn));
  }
  // A copy, so that nobody takes the address of `fn`: else the usual way, too, would write it to
  // the stack and read it back in other pieces, which costs more than all the rest of it.
  std::decay_t<F> copy(std::forward<F>(fn));
  return enqueueInFrame(ring, std::move(copy), where);
}

template <typename F>
[[gnu::noinline]] Task* EventLoop::enqueueInFrame(internal::TaskRing& ring, F&& fn,
                                                  cls::Location where) {
  checkThread();
  auto frame = cls::HeldFrame<cls::Holder::kQueued>::capture(where);
  if constexpr (kInstrumented) {
    if (internal::TicketPtr ticket{ticketFor(kindOf(ring), where)}) {
      return ring.push(std::move(frame), std::in_place_type<internal::Observed<std::decay_t<F>>>,
                       std::move(ticket), std::forward<F>(fn));
    }
  }
  return ring.push(std::move(frame), std::forward<F>(fn));
}

template <typename F>
inline TimerHandle EventLoop::setTimer(F&& fn, Duration delay, AsyncKind kind,
                                       cls::Location where) {
  if (isNullCallable(fn)) [[unlikely]]
    refuseNull();
  if (cls::isIdle(this)) [[likely]]
    return startTimer(timers_.add(std::forward<F>(fn)), delay, flagsOf(kind));
  // By value, for the same reason.
  return setTimerInFrame<std::decay_t<F>>(std::forward<F>(fn), delay, kind, where);
}

template <typename F>
[[gnu::noinline]] TimerHandle EventLoop::setTimerInFrame(F fn, Duration delay, AsyncKind kind,
                                                         cls::Location where) {
  if (cls::idleToken() != this) [[unlikely]]
    return startTimer(addTimerSlow(std::move(fn), kind, where), delay, flagsOf(kind));
  return startTimer(timers_.add(cls::HeldFrame<cls::Holder::kTimer>::capture(where), std::move(fn)),
                    delay, flagsOf(kind));
}

template <typename F>
[[gnu::noinline]] TimerQueue::Added EventLoop::addTimerSlow(F fn, AsyncKind kind,
                                                            cls::Location where) {
  checkThread();
  auto frame = cls::HeldFrame<cls::Holder::kTimer>::capture(where);
  if constexpr (kInstrumented) {
    if (internal::TicketPtr ticket{ticketFor(kind, where)}) {
      return timers_.add(std::move(frame), std::in_place_type<internal::Observed<F>>,
                         std::move(ticket), std::move(fn));
    }
  }
  return timers_.add(std::move(frame), std::move(fn));
}

template <typename F>
[[gnu::noinline]] absl::Status EventLoop::postSlow(F fn, cls::Location where) {
  if (thread_ != &internal::t_thread_marker) {
    return posts_->pushFromElsewhere(std::move(fn), where);
  }
  return posts_->pushTask(makeTask<cls::Holder::kQueued>(AsyncKind::kPost, std::move(fn), where));
}

template <cls::Holder kHolder, typename F>
inline Task EventLoop::makeTask(AsyncKind kind, F&& fn, cls::Location where) {
  auto frame = cls::HeldFrame<kHolder>::capture(where);
  if constexpr (kInstrumented) {
    if (internal::TicketPtr ticket{ticketFor(kind, where)}) {
      return Task(std::move(frame), std::in_place_type<internal::Observed<std::decay_t<F>>>,
                  std::move(ticket), std::forward<F>(fn));
    }
  }
  return Task(std::move(frame), std::forward<F>(fn));
}

template <typename F>
inline absl::Status EventLoop::post(F&& fn, cls::Location where) {
  if (isNullCallable(fn)) [[unlikely]]
    refuseNull();
  if (cls::isIdle(this)) [[likely]]
    return posts_->pushCallable(std::forward<F>(fn));
  // As in setTimer().
  return cls::idleToken() == this ? postInFrame<std::decay_t<F>>(std::forward<F>(fn), where)
                                  : postSlow<std::decay_t<F>>(std::forward<F>(fn), where);
}

template <typename F>
[[gnu::noinline]] absl::Status EventLoop::postInFrame(F fn, cls::Location where) {
  return posts_->pushCallable(cls::HeldFrame<cls::Holder::kQueued>::capture(where), std::move(fn));
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_INTERNAL_EVENT_LOOP_INL_H_
