// One iteration of an EventLoop, what stops it, and what is left when it ends.

#include "weft/loop/internal/loop_core.h"

#include <algorithm>
#include <utility>

#include "weft/cls/errors.h"
#include "weft/loop/internal/poller.h"
#include "weft/loop/internal/resident.h"
#include "weft/loop/internal/watch.h"
#include "weft/loop/timer.h"

namespace weft::loop::internal {

LoopCore::LoopCore(const LoopOptions& options)
    : options_(options),
      clock_(options.clock != nullptr ? *options.clock : steady_clock_),
      posts_(std::make_shared<PostQueue>(options.max_posts)),
      poller_(std::make_unique<Poller>(posts_->wakeDescriptor(), options.precise)),
      perturbation_(options.perturb_seed) {}

LoopCore::~LoopCore() = default;

void LoopCore::refuseThread() {
  throw UsageError(
      "this EventLoop belongs to another thread: reach it with post(), and make a loop on the "
      "thread that runs it");
}

void LoopCore::readClock() noexcept {
  // Half of what a TimePoint holds is enough, so that nothing overflows when a delay is added.
  constexpr TimePoint kLast{TimePoint::max().time_since_epoch() / 2};
  now_ = std::clamp(clock_.now(), now_, kLast);
  time_known_ = running_;
}

void LoopCore::stop() noexcept {
  if (!onOwnThread()) {
    posts_->requestStop();
    return;
  }
  attention_ |= kStop;
  ticks_.interrupt();
  microtasks_.interrupt();
  rejections_.interrupt();
}

bool LoopCore::alive() const noexcept {
  return timers_.size() != unref_timers_ || references_ != 0 || holds_ != 0 || !closing_.empty() ||
         !post_batch_.empty() || !ticks_.empty() || (posts_->news() & PostQueue::kTasks) != 0 ||
         (!immediates_.empty() && immediatesAlive());
}

void LoopCore::noteAttention(void* arg) noexcept {
  auto* const loop = static_cast<LoopCore*>(arg);
  loop->attention_ |= kSettle;
  loop->ticks_.interrupt();
  loop->microtasks_.interrupt();
  loop->rejections_.interrupt();
}

void LoopCore::wakeForAttention(void* loop) noexcept {
  static_cast<LoopCore*>(loop)->posts_->requestAttention();
}

void LoopCore::observationChanged() noexcept {
  attention_ = instrument_->observed() ? attention_ | kObserved : attention_ & ~kObserved;
  if (ownsToken(cls::idleToken())) cls::setIdleToken(token());
  posts_->setInstrument(instrument_->numbering() ? instrument_.get() : nullptr);
}

// --- running ------------------------------------------------------------------------------------

// Whether somebody observes is looked at together with the stop request: it costs nothing.
void LoopCore::iterateToEnd() {
  const auto go_on = [this](unsigned unless) { return (attention_ & unless) == 0 && alive(); };
  do {
    while (go_on(kStop | kObserved)) iterate<false>(Wait::kYes);
    while ((attention_ & kObserved) != 0 && go_on(kStop)) iterateObserved(Wait::kYes);
  } while (go_on(kStop | kObserved));
}

void LoopCore::iterateOnce(Wait wait) {
  (attention_ & kObserved) != 0 ? iterateObserved(wait) : iterate<false>(wait);
}

// One iteration, see event_loop.h.
template <bool kObserved>
void LoopCore::iterate(Wait wait) {
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
bool LoopCore::endPhase(Phase phase) noexcept {
  if constexpr (kObserved) instrument_->endPhase(phase);
  return !stopping();
}

void LoopCore::iterateObserved(Wait wait) {
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
void LoopCore::poll(Wait wait) {
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
    if (deadline && *deadline <= phaseTime()) {
      timeout = Duration::zero();
    } else if (deadline) {
      deadline = after(*deadline, options_.timer_slack);
      timeout = *deadline - phaseTime();
    }
  }
  const bool sleeps = timeout != Duration::zero();
  if (sleeps && !clock_.sleeps()) {
    if constexpr (kObserved) instrument_->sleeps();
    pollAndSkip(deadline);
    if constexpr (kObserved) instrument_->wakes();
  } else if (sleeps && posts_->fallAsleep()) {
    if constexpr (kObserved) instrument_->sleeps();
    poller_->poll(timeout);
    posts_->awake();
    if constexpr (kObserved) instrument_->wakes();
  } else if (poller_->size() != 0) {
    poller_->poll(Duration::zero());
  }
  time_known_ = false;
  runReady<kObserved>();
}

// Where another loop would sleep, one whose clock is manual has it advance; but it does sleep for
// what really is under way elsewhere, and when there is nothing to advance to.
void LoopCore::pollAndSkip(std::optional<TimePoint> deadline) {
  poller_->poll(Duration::zero());
  if (poller_->readyCount() != 0 || posts_->news() != PostQueue::kNothing) return;
  if (deadline && holds_ == 0) {
    clock_.skipTo(*deadline);
    return;
  }
  if (posts_->fallAsleep()) poller_->poll(std::nullopt);
  posts_->awake();
}

// --- the end ------------------------------------------------------------------------------------

// What is released may schedule anew, and so may the listeners of contexts that end by that.
void LoopCore::releaseEverything() noexcept {
  TaskRing refused;
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

}  // namespace weft::loop::internal
