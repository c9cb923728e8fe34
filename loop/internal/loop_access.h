// LoopAccess: what coroutines, promises and the thread pool need of an EventLoop beyond what users
// see. They bring their own frames, so they push into the queues themselves.
//
// Threads: the loop's; numbering() any.

#ifndef WEFT_LOOP_INTERNAL_LOOP_ACCESS_H_
#define WEFT_LOOP_INTERNAL_LOOP_ACCESS_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/loop/event_loop.h"

namespace weft::loop::internal {

struct LoopAccess {
  static void checkThread(const EventLoop& loop) { loop.checkThread(); }
  static LoopRef refTo(const EventLoop& loop) noexcept { return LoopRef(loop.cell_); }
  static Resident*& residents(EventLoop& loop) noexcept { return loop.residents_; }
  static std::shared_ptr<WorkHome>& workHome(EventLoop& loop) noexcept { return loop.work_home_; }
  static const std::shared_ptr<PostQueue>& posts(EventLoop& loop) noexcept { return loop.posts_; }
  static TaskRing& ticks(EventLoop& loop) noexcept { return loop.ticks_; }
  static TaskRing& immediates(EventLoop& loop) noexcept { return loop.immediates_; }
  static AsyncKind kindOf(const EventLoop& loop, const TaskRing& ring) noexcept {
    return loop.kindOf(ring);
  }
  // True if the loop that owns this thread gives numbers: a look at its token.
  static bool numbering() noexcept {
    return kInstrumented && (reinterpret_cast<std::uintptr_t>(cls::idleToken()) & 2) != 0;
  }
  static Ticket* ticketFor(EventLoop& loop, AsyncKind kind, cls::Location where) {
    return loop.ticketFor(kind, where);
  }
  // Of a callable, or of a frame and a callable.
  template <typename... A>
  static Task* microtask(EventLoop& loop, A&&... args) {
    loop.attention_ |= EventLoop::kMicrotasks;
    return loop.microtasks_.push(std::forward<A>(args)...);
  }
  // When neither ticks nor microtasks are left, in the contexts of now.
  template <typename F>
  static void rejection(EventLoop& loop, F&& fn) {
    loop.attention_ |= EventLoop::kMicrotasks;
    loop.rejections_.push(cls::HeldFrame<cls::Holder::kQueued>::capture({}), std::forward<F>(fn));
  }
  // A timeout that brings its frame, or none.
  template <typename F>
  static TimerHandle timeout(EventLoop& loop, F&& fn, Duration delay) {
    return loop.startTimer(loop.timers_.add(std::forward<F>(fn)), delay, 0);
  }
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_LOOP_ACCESS_H_
