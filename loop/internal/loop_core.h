// LoopCore: the machine inside an EventLoop: its queues, its time, and how an iteration runs.
//
// EventLoop is what users see: it fills the queues, and says when to run. The machine knows nothing
// of how callbacks are made. Some of weft's own reach it through EventLoop, whose friends they are.
//
//   loop_core.cc           an iteration, phase by phase
//   loop_core_phases.cc    ticks and microtasks between callbacks; posts, descriptors, immediates
//   loop_core_timers.cc    timers
//
// Threads: the loop's, but for stop() and onOwnThread().

#ifndef WEFT_LOOP_INTERNAL_LOOP_CORE_H_
#define WEFT_LOOP_INTERNAL_LOOP_CORE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "weft/cls/config.h"
#include "weft/cls/frame.h"
#include "weft/loop/clock.h"
#include "weft/loop/internal/instrument.h"
#include "weft/loop/internal/post_queue.h"
#include "weft/loop/internal/task_ring.h"
#include "weft/loop/loop_options.h"
#include "weft/loop/observer.h"
#include "weft/loop/timer_queue.h"

namespace weft::loop::internal {

struct LoopCell;
class Poller;
class Resident;
class Watch;
class WorkHome;

// Its address names the thread.
inline thread_local constinit char t_thread_marker = 0;

// The first and only base of EventLoop, so that its address is the loop's: that is what the idle
// token of a thread is compared with.
class LoopCore {
 protected:
  friend class Watch;
  // What only cls asks for is nothing, and so tested nowhere, in a build without contexts.
  enum Attention : unsigned {
    kMicrotasks = 1,
    kStop = 2,
    kSettle = cls::kEnabled ? 4 : 0,
    kEnded = cls::kEnabled ? 8 : 0,
    kObserved = 16,
  };
  enum class Wait { kNo, kYes };

  explicit LoopCore(const LoopOptions& options);
  ~LoopCore();
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;

  // True on the thread that made the loop.
  bool onOwnThread() const noexcept {
    return cls::idleToken() == this || thread_ == &t_thread_marker;
  }
  // The idle token while this loop owns the thread: its address, or, so that all scheduling takes
  // the slow way, where callbacks are given numbers, one inside of it.
  const void* token() const noexcept {
    const bool slow = instrument_ != nullptr && instrument_->numbering();
    return reinterpret_cast<const char*>(this) + (slow ? 2 : 0);
  }
  bool ownsToken(const void* token) const noexcept {
    return token == this || token == reinterpret_cast<const char*>(this) + 2;
  }
  void checkThread() const {
    if (!onOwnThread()) [[unlikely]]
      refuseThread();
  }
  [[noreturn]] static void refuseThread();

  // Null while nobody observes.
  Ticket* ticketFor(AsyncKind kind, cls::Location where) {
    return instrument_ != nullptr ? instrument_->schedule(kind, where) : nullptr;
  }
  AsyncKind kindOf(const TaskRing& ring) const noexcept {
    return &ring == &ticks_        ? AsyncKind::kTick
           : &ring == &immediates_ ? AsyncKind::kImmediate
           : &ring == &closing_    ? AsyncKind::kClose
                                   : AsyncKind::kMicrotask;
  }

  // --- phase 1; loop_core_timers.cc

  void setTimerRef(TimerQueue::Node& node, bool on) noexcept;
  void beginUnusual(TimerQueue::Node& node, Duration delay, std::int64_t flags);
  bool endUnusual(TimerQueue::Node& node) noexcept;
  template <bool kObserved>
  void runTimers();
  void runTimer(TimerQueue::Node& node);
  void finishTimer() noexcept;

  // A node's note is its period in nanoseconds (up to nine years), and these below it.
  enum TimerFlags : std::int64_t {
    kInterval = 1,
    kUnref = 2,
    kRunning = 4,  // its callback is
    kCleared = 8,  // to be removed when the callback has returned
    kOwned = 16,   // a part of a Timer
  };
  static constexpr int kFlagBits = 5;
  static constexpr Duration kLongestPeriod{(std::int64_t{1} << (63 - kFlagBits)) - 1};

  static constexpr std::int64_t flagsOf(AsyncKind kind) noexcept {
    return kind == AsyncKind::kInterval ? std::int64_t{kInterval} : 0;
  }
  static std::int64_t noteOf(Duration period, std::int64_t flags) noexcept {
    return period.count() << kFlagBits | flags;
  }
  static bool fits(Duration period) noexcept {
    return period >= Duration::zero() && period <= kLongestPeriod;
  }
  static Duration nearest(Duration period) noexcept {
    return std::clamp(period, Duration::zero(), kLongestPeriod);
  }
  std::int64_t deadlineIn(Duration delay) noexcept {
    return (phaseTime() + delay).time_since_epoch().count();
  }
  void armTimer(TimerQueue::Node& node, Duration delay) {
    timers_.armFuture(node, deadlineIn(delay));
  }
  // Arms it for its period from now.
  void rearmTimer(TimerQueue::Node& node) {
    if ((node.note & kUnref) != 0 && !node.armed()) [[unlikely]]
      ++unref_timers_;
    armTimer(node, Duration(node.note >> kFlagBits));
  }
  // Disarms it; true if it would have called back.
  bool endTimer(TimerQueue::Node& node) noexcept {
    if ((node.note & (kUnref | kRunning)) != 0) [[unlikely]]
      return endUnusual(node);
    return timers_.disarm(node);
  }
  // A running interval is not armed, but will be.
  static bool willFire(const TimerQueue::Node& node) noexcept {
    return node.armed() || (node.note & (kInterval | kRunning)) == (kInterval | kRunning);
  }

  // --- what callbacks are called by; loop_core_phases.cc

  std::size_t below(std::size_t n) noexcept;
  template <typename Body, typename Cleanup>
  void guarded(Body body, Cleanup cleanup);
  void offerUncaught() noexcept;
  // Those that are templates are there twice: kObserved keeps time and counts.
  template <bool kObserved>
  bool drain();
  void settle() noexcept;
  bool settleAndGoOn() noexcept;
  template <bool kObserved>
  void runStretches(TaskRing& ring);
  bool ticksSpent() const noexcept { return options_.max_ticks_per_turn != 0 && ticks_left_ == 0; }
  void reportStarvation();
  void runEndedListener();
  template <bool kObserved>
  void runRound(TaskRing& ring, std::uint64_t count, AsyncKind kind);
  template <bool kObserved>
  void runPosts();
  template <bool kObserved>
  void runReady();
  template <bool kObserved>
  bool afterCallback() {
    return (ticks_.empty() && attention_ == 0) || drain<kObserved>();
  }
  template <bool kObserved>
  void noteCall(AsyncKind kind) noexcept {
    if constexpr (kObserved) instrument_->dispatched(kind);
  }
  bool immediatesAlive() const;

  // --- an iteration; loop_core.cc

  bool alive() const noexcept;
  void stop() noexcept;
  TimePoint phaseTime() noexcept {
    if (!time_known_) [[unlikely]]
      readClock();
    return now_;
  }
  void readClock() noexcept;
  // Iterates until nothing alive remains, or stop().
  void iterateToEnd();
  void iterateOnce(Wait wait);
  bool stopping() const noexcept { return (attention_ & kStop) != 0; }
  template <bool kObserved>
  void iterate(Wait wait);
  template <bool kObserved>
  bool endPhase(Phase phase) noexcept;
  void iterateObserved(Wait wait);
  template <bool kObserved>
  void poll(Wait wait);
  void observationChanged() noexcept;
  void pollAndSkip(std::optional<TimePoint> deadline);
  void releaseEverything() noexcept;
  static void noteAttention(void* loop) noexcept;
  static void wakeForAttention(void* loop) noexcept;

  // What scheduling touches comes first.
  TaskRing ticks_;
  TaskRing immediates_;
  TaskRing microtasks_;
  TaskRing rejections_;  // what looks whether a rejected promise was handled
  TaskRing closing_;
  unsigned attention_ = 0;  // what drain() must see to after the running callback
  bool running_ = false;
  bool time_known_ = false;  // now_ is that of the running phase
  TimePoint now_{};
  LoopCell* cell_ = nullptr;
  const char* const thread_ = &t_thread_marker;
  TimerQueue timers_;
  std::size_t unref_timers_ = 0;  // armed ones that do not keep run() from returning
  std::size_t references_ = 0;    // active watchers that do
  std::size_t holds_ = 0;         // hold()
  std::uint64_t ticks_left_ = 0;  // in this turn, if there is a limit

  const LoopOptions options_;
  SteadyClock steady_clock_;
  Clock& clock_;
  std::shared_ptr<PostQueue> posts_;
  TaskRing post_batch_;
  std::unique_ptr<Poller> poller_;
  mutable absl::flat_hash_set<std::uint64_t> unref_immediates_;  // may hold some that have run
  Watch* watches_ = nullptr;                                     // all, to be detached at the end
  Resident* residents_ = nullptr;        // to be told of the end before anything is released
  std::shared_ptr<WorkHome> work_home_;  // once something was given to a thread
  Watch* running_watch_ = nullptr;
  TimerQueue::Node* running_timer_ = nullptr;  // null if it was destroyed meanwhile
  std::unique_ptr<Task> orphaned_callback_;    // of a Timer that was destroyed inside of it
  std::function<void(std::exception_ptr)> uncaught_;
  std::function<void()> starvation_;
  std::exception_ptr escaping_;             // leaves run()
  std::uint64_t perturbation_;              // the last number drawn; 0: not perturbed
  std::unique_ptr<Instrument> instrument_;  // null until there is an observer
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_LOOP_CORE_H_
