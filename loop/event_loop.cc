#include "weft/loop/event_loop.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace weft::loop {

// While run() or one of its kin is on the stack: this loop dispatches on this thread, at the bottom
// of a stack on which no context is active. Everything is put back at the end.
struct EventLoop::RunScope {
  // Of a thread's idle token, which is that of a loop that lives, or null.
  static internal::LoopRef ownerOf(const void* token) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(token) & ~std::uintptr_t{2};
    const auto* const owner = reinterpret_cast<const EventLoop*>(address);
    return owner != nullptr ? internal::LoopRef(owner->cell_) : internal::LoopRef();
  }
  explicit RunScope(EventLoop& running)
      : loop(running),
        before(ownerOf(cls::idleToken())),
        attention(cls::setAttention(
            {&noteAttention, &wakeForAttention, static_cast<LoopCore*>(&running)})) {
    cls::setIdleToken(loop.token());
    cls::leave();
    loop.running_ = true;
    loop.time_known_ = false;
    if (cls::inUse()) loop.attention_ |= kSettle;  // for what happened before
  }
  ~RunScope() {
    loop.running_ = false;
    loop.time_known_ = false;
    if (loop.instrument_ != nullptr) loop.instrument_->rests();
    loop.attention_ &= ~kStop;
    if (cls::inUse()) cls::settle();
    cls::setAttention(attention);
    const EventLoop* const owner = before.get();
    cls::setIdleToken(owner != nullptr ? owner->token() : nullptr);
  }

  cls::FrameScope null_frame;
  EventLoop& loop;
  const internal::LoopRef before;  // the thread's loop, which may end in the meantime
  const cls::Attention attention;
};

EventLoop::EventLoop(const Options& options, cls::AbiTag) : LoopCore(options) {
  cell_ = internal::openCell(this);
  timers_.beginGenerationsAt(cell_->first_timer.load(std::memory_order_relaxed));
  cls::setIdleToken(this);
}

EventLoop::~EventLoop() {
  if (running_ || !onOwnThread()) {
    std::fputs("weft: an EventLoop was destroyed inside a callback or on another thread\n", stderr);
    std::abort();
  }
  {
    RunScope scope(*this);
    releaseEverything();
  }
  internal::closeCell(cell_, timers_.unusedGeneration());
  if (ownsToken(cls::idleToken())) cls::setIdleToken(nullptr);
}

// The usual way calls nothing, so that it keeps nothing for afterwards.
TimerHandle EventLoop::startTimer(TimerQueue::Added added, Duration delay, std::int64_t flags) {
  if (!fits(delay) || !time_known_ || !timers_.canArmNewAtOnce()) [[unlikely]]
    return startTimerSlow(added, delay, flags);
  added.timer->note = noteOf(delay, flags);
  timers_.armNewAtOnce(*added.timer, deadlineIn(delay));
  return TimerHandle(cell_, static_cast<TimerQueue::Id>(added.id), added.timer->generation());
}

TimerHandle EventLoop::startTimerSlow(TimerQueue::Added added, Duration delay, std::int64_t flags) {
  delay = nearest(delay);
  added.timer->note = noteOf(delay, flags);
  timers_.armNew(*added.timer, deadlineIn(delay));
  return TimerHandle(cell_, static_cast<TimerQueue::Id>(added.id), added.timer->generation());
}

void EventLoop::refuseNull() {
  throw UsageError("a null callable was given to the loop: give it something to call");
}

void EventLoop::onUncaughtException(std::function<void(std::exception_ptr)> handler) {
  checkThread();
  uncaught_ = std::move(handler);
}

void EventLoop::onTickStarvation(std::function<void()> handler) {
  checkThread();
  starvation_ = std::move(handler);
}

// --- observation --------------------------------------------------------------------------------

void EventLoop::addObserver(Observer& observer) {
  checkThread();
  if constexpr (!kInstrumented) return;
  if (instrument_ == nullptr) instrument_ = std::make_unique<internal::Instrument>(options_.clock);
  instrument_->add(observer);
  observationChanged();
}

void EventLoop::removeObserver(Observer& observer) noexcept {
  if (instrument_ == nullptr) return;
  instrument_->remove(observer);
  observationChanged();
}

AsyncId EventLoop::executionAsyncId() const noexcept {
  const Scheduled* const callback = currentCallback();
  return callback != nullptr ? callback->id : 0;
}

AsyncId EventLoop::triggerAsyncId() const noexcept {
  const Scheduled* const callback = currentCallback();
  return callback != nullptr ? callback->trigger : 0;
}

// --- running ------------------------------------------------------------------------------------

void EventLoop::checkRunnable() const {
  checkThread();
  if (running_) {
    throw UsageError(
        "run() was called inside a callback of the same loop: return from the callback instead");
  }
}

// Runs `body`, which iterates, inside a scope, and rethrows what escaped.
template <typename Body>
void EventLoop::runInScope(Body body) {
  {
    RunScope scope(*this);
    if ((posts_->news() & internal::PostQueue::kStop) != 0) runPosts<false>();
    ticks_left_ = options_.max_ticks_per_turn;
    if ((attention_ & kObserved) != 0) instrument_->beginIteration();
    if ((attention_ & kObserved) != 0 ? drain<true>() : drain<false>()) body();
  }
  if (escaping_) std::rethrow_exception(std::exchange(escaping_, nullptr));
}

void EventLoop::run() {
  checkRunnable();
  runInScope([this] { iterateToEnd(); });
}

bool EventLoop::runOnce() {
  checkRunnable();
  runInScope([this] {
    if (!alive()) return;
    iterateOnce(Wait::kYes);
    time_known_ = false;
    if (!stopping()) runTimers<false>();  // those it slept for
  });
  return alive();
}

bool EventLoop::runNoWait() {
  checkRunnable();
  runInScope([this] {
    if (alive()) iterateOnce(Wait::kNo);
  });
  return alive();
}

bool EventLoop::runFor(Duration time) {
  checkRunnable();
  TimerHandle end;
  {
    cls::FrameScope null_frame;
    end = setTimeout([this] { stop(); }, time).unref();
  }
  const absl::Cleanup clear_end = [&end] { end.clear(); };
  run();
  return alive();
}

}  // namespace weft::loop
