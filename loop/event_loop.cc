#include "weft/loop/event_loop.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "weft/loop/internal/poller.h"
#include "weft/loop/internal/resident.h"
#include "weft/loop/internal/watch.h"
#include "weft/loop/timer.h"

namespace weft::loop {

// While run() or one of its kin is on the stack: this loop dispatches on this thread, at the bottom
// of a stack on which no context is active. Everything is put back at the end.
struct EventLoop::RunScope {
  explicit RunScope(EventLoop& running)
      : loop(running),
        token(cls::idleToken()),
        attention(cls::setAttention(
            {&EventLoop::noteAttention, &EventLoop::wakeForAttention, &running})) {
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
    cls::setIdleToken(loop.ownsToken(token) ? loop.token() : token);
  }

  cls::FrameScope null_frame;
  EventLoop& loop;
  const void* const token;
  const cls::Attention attention;
};

EventLoop::EventLoop(const Options& options, cls::AbiTag)
    : options_(options),
      clock_(options.clock != nullptr ? *options.clock : steady_clock_),
      posts_(std::make_shared<internal::PostQueue>(options.max_posts)),
      poller_(std::make_unique<internal::Poller>(posts_->wakeDescriptor(), options.precise)),
      perturbation_(options.perturb_seed) {
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

// What is released may schedule anew, and so may the listeners of contexts that end by that.
void EventLoop::releaseEverything() noexcept {
  internal::TaskRing refused;
  posts_->end(refused);
  refused.clear();
  do {
    while (residents_ != nullptr) residents_->loopEnded();
    ticks_.clear();
    microtasks_.clear();
    rejections_.clear();
    immediates_.clear();
    timers_.clear();
    post_batch_.clear();
    closing_.clear();
    while (watches_ != nullptr) watches_->loopEnded();
    while (auto* const node = timers_.anyGuest()) static_cast<Timer*>(node)->loopEnded();
    cls::settle();
    attention_ = kEnded;
    runEndedListener();
  } while ((attention_ & kEnded) != 0);
  if (escaping_) std::rethrow_exception(escaping_);  // out of noexcept: nobody is left to take it
}

void EventLoop::noteAttention(void* arg) noexcept {
  auto* const loop = static_cast<EventLoop*>(arg);
  loop->attention_ |= kSettle;
  loop->ticks_.interrupt();
  loop->microtasks_.interrupt();
  loop->rejections_.interrupt();
}

void EventLoop::wakeForAttention(void* loop) noexcept {
  static_cast<EventLoop*>(loop)->posts_->requestAttention();
}

void EventLoop::refuseThread() {
  throw UsageError(
      "this EventLoop belongs to another thread: reach it with post(), and make a loop on the "
      "thread that runs it");
}

void EventLoop::refuseNull() {
  throw UsageError("a null callable was given to the loop: give it something to call");
}

TimePoint EventLoop::now() {
  checkThread();
  return phaseTime();
}

void EventLoop::readClock() noexcept {
  // Half of what a TimePoint holds is enough, so that nothing overflows when a delay is added.
  constexpr TimePoint kLast{TimePoint::max().time_since_epoch() / 2};
  now_ = std::clamp(clock_.now(), now_, kLast);
  time_known_ = running_;
}

void EventLoop::stop() noexcept {
  if (!onOwnThread()) {
    posts_->requestStop();
    return;
  }
  attention_ |= kStop;
  ticks_.interrupt();
  microtasks_.interrupt();
  rejections_.interrupt();
}

bool EventLoop::alive() const noexcept {
  return timers_.size() != unref_timers_ || references_ != 0 || holds_ != 0 || !closing_.empty() ||
         !post_batch_.empty() || !ticks_.empty() ||
         (posts_->news() & internal::PostQueue::kTasks) != 0 ||
         (!immediates_.empty() && immediatesAlive());
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

void EventLoop::observationChanged() noexcept {
  attention_ = instrument_->observed() ? attention_ | kObserved : attention_ & ~kObserved;
  if (ownsToken(cls::idleToken())) cls::setIdleToken(token());
  posts_->setInstrument(instrument_->numbering() ? instrument_.get() : nullptr);
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

// Whether somebody observes is looked at together with the stop request: it costs nothing.
void EventLoop::run() {
  checkRunnable();
  runInScope([this] {
    const auto go_on = [this](unsigned unless) { return (attention_ & unless) == 0 && alive(); };
    do {
      while (go_on(kStop | kObserved)) iterate<false>(Wait::kYes);
      while ((attention_ & kObserved) != 0 && go_on(kStop)) iterateObserved(Wait::kYes);
    } while (go_on(kStop | kObserved));
  });
}

void EventLoop::iterateOnce(Wait wait) {
  (attention_ & kObserved) != 0 ? iterateObserved(wait) : iterate<false>(wait);
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

// One iteration, see the header.
template <bool kObserved>
void EventLoop::iterate(Wait wait) {
  ticks_left_ = options_.max_ticks_per_turn;
  if (!ticks_.empty() && !drain<kObserved>()) return;

  time_known_ = false;
  // A perturbed loop may find that the time has not quite come.
  if (options_.perturb_seed == 0 || below(4) != 0) runTimers<kObserved>();  // 1
  if (!endPhase<kObserved>(Phase::kTimers)) return;
  runPosts<kObserved>();  // 2
  if (!endPhase<kObserved>(Phase::kPosts)) return;
  poll<kObserved>(wait);  // 3
  if (!endPhase<kObserved>(Phase::kPoll)) return;
  runRound<kObserved>(immediates_, immediates_.size(), AsyncKind::kImmediate);  // 4
  if (!endPhase<kObserved>(Phase::kImmediates)) return;
  runRound<kObserved>(closing_, closing_.size(), AsyncKind::kClose);  // 5
  endPhase<kObserved>(Phase::kClose);
}

// False if the loop is to stop.
template <bool kObserved>
bool EventLoop::endPhase(Phase phase) noexcept {
  if constexpr (kObserved) instrument_->endPhase(phase);
  return !stopping();
}

void EventLoop::iterateObserved(Wait wait) {
  instrument_->beginIteration();
  iterate<true>(wait);
  Iteration& done = instrument_->iteration();
  done.immediates = immediates_.size();
  done.timers = timers_.size();
  done.watchers = references_;
  done.closing = closing_.size();
  instrument_->endIteration();
  if (!instrument_->observed()) observationChanged();  // the last one threw
}

template <bool kObserved>
void EventLoop::poll(Wait wait) {
  ticks_.trim();
  microtasks_.trim();
  rejections_.trim();
  immediates_.trim();
  post_batch_.trim();
  closing_.trim();

  const bool idle = wait == Wait::kYes && immediates_.empty() && closing_.empty() &&
                    ticks_.empty() && post_batch_.empty() && poller_->readyCount() == 0 && alive();
  std::optional<Duration> timeout = Duration::zero();
  std::optional<TimePoint> deadline;
  if (idle) {
    deadline = timers_.next();
    time_known_ = false;
    timeout = std::nullopt;
    if (deadline && *deadline <= now()) {
      timeout = Duration::zero();
    } else if (deadline) {
      deadline = after(*deadline, options_.timer_slack);
      timeout = *deadline - now();
    }
  }
  if (timeout != Duration::zero()) {
    if constexpr (kObserved) instrument_->sleeps();
    if (!clock_.sleeps()) {
      pollAndSkip(deadline);
    } else {
      if (!posts_->fallAsleep()) timeout = Duration::zero();
      poller_->poll(timeout);
      posts_->awake();
    }
    if constexpr (kObserved) instrument_->wakes();
  } else if (poller_->size() != 0) {
    poller_->poll(Duration::zero());
  }
  time_known_ = false;
  runReady<kObserved>();
}

// Where another loop would sleep, one whose clock is manual has it advance; but it does sleep for
// what really is under way elsewhere, and when there is nothing to advance to.
void EventLoop::pollAndSkip(std::optional<TimePoint> deadline) {
  poller_->poll(Duration::zero());
  if (poller_->readyCount() != 0 || posts_->news() != internal::PostQueue::kNothing) return;
  if (deadline && holds_ == 0) {
    clock_.skipTo(*deadline);
    return;
  }
  if (posts_->fallAsleep()) poller_->poll(std::nullopt);
  posts_->awake();
}

}  // namespace weft::loop
