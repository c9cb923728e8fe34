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
    cls::setIdleToken(&loop);
    cls::leave();
    loop.running_ = true;
    loop.time_known_ = false;
    if (cls::inUse()) loop.attention_ |= kSettle;  // for what happened before
  }
  ~RunScope() {
    loop.running_ = false;
    loop.time_known_ = false;
    loop.attention_ &= ~kStop;
    if (cls::inUse()) cls::settle();
    cls::setAttention(attention);
    cls::setIdleToken(token);
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
  if (cls::idleToken() == this) cls::setIdleToken(nullptr);
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

// --- running ------------------------------------------------------------------------------------

void EventLoop::checkRunnable() const {
  checkThread();
  if (running_) {
    throw UsageError(
        "run() was called inside a callback of the same loop: return from the callback instead");
  }
}

// Runs iterations while `go_on()`, inside a scope, and rethrows what escaped.
template <typename GoOn>
void EventLoop::runWhile(Wait wait, GoOn go_on) {
  {
    RunScope scope(*this);
    if ((posts_->news() & internal::PostQueue::kStop) != 0) runPosts();
    ticks_left_ = options_.max_ticks_per_turn;
    if (drain()) {
      while (go_on()) iterate(wait);
    }
  }
  if (escaping_) std::rethrow_exception(std::exchange(escaping_, nullptr));
}

void EventLoop::run() {
  checkRunnable();
  runWhile(Wait::kYes, [this] { return !stopping() && alive(); });
}

bool EventLoop::runOnce() {
  checkRunnable();
  bool first = true;
  runWhile(Wait::kYes, [&] {
    if (std::exchange(first, false)) return alive();
    time_known_ = false;
    if (!stopping()) runTimers();  // those it slept for
    return false;
  });
  return alive();
}

bool EventLoop::runNoWait() {
  checkRunnable();
  bool first = true;
  runWhile(Wait::kNo, [&] { return std::exchange(first, false) && alive(); });
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
void EventLoop::iterate(Wait wait) {
  ticks_left_ = options_.max_ticks_per_turn;
  if (!ticks_.empty() && !drain()) return;

  time_known_ = false;
  // A perturbed loop may find that the time has not quite come.
  if (options_.perturb_seed == 0 || below(4) != 0) runTimers();  // 1
  if (stopping()) return;
  runPosts();  // 2
  if (stopping()) return;
  poll(wait);  // 3
  if (stopping()) return;
  runRound(immediates_, immediates_.size());  // 4
  if (stopping()) return;
  runRound(closing_, closing_.size());  // 5
}

void EventLoop::poll(Wait wait) {
  ticks_.trim();
  immediates_.trim();
  post_batch_.trim();

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
  if (timeout != Duration::zero() && !clock_.sleeps()) {
    pollAndSkip(deadline);
  } else if (timeout != Duration::zero()) {
    if (!posts_->fallAsleep()) timeout = Duration::zero();
    poller_->poll(timeout);
    posts_->awake();
  } else if (poller_->size() != 0) {
    poller_->poll(Duration::zero());
  }
  time_known_ = false;
  runReady();
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
