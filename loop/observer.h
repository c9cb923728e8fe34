// Observer: is told what a loop schedules and runs. For tools (traces, metrics, reports), which
// attach while the program runs; see weft/inspect for those that there are.
//
//   struct Count final : loop::Observer {
//     void before(loop::AsyncId id) override { ++ran; }
//     int ran = 0;
//   } count;
//   loop.addObserver(count);  // removeObserver(count) before it goes
//
// Each callback that is scheduled while somebody observes has a number (AsyncId), never used again
// in the loop, and knows by whom it was scheduled: its trigger, 0 outside of any callback. Its life
// is init, then before and after around each call (within its contexts; an interval has many), then
// destroy. What was scheduled before has no number; ran() tells of it none the less. What an
// observer itself schedules from inside these functions is not observed.
//
// A post of another thread is inited when it arrives, right before it runs, and nothing triggered
// it. What comes back from the thread pool is inited where it was given to it. A coroutine that
// waits for the loop is a callback like any other, and its place is its own name and those of the
// coroutines that wait for it: "readLine(int), called by serve(Socket)". One that is resumed by
// some other callback (of a descriptor, a job) runs as a part of that.
//
// Where a callback throws, `after` comes when the handler of uncaught exceptions has returned. An
// observer that throws is reported on stderr and removed. It may remove itself at any time.
//
// A loop that nobody observes executes not one instruction for this, and in a build with
// `weft_instrument=off` observers are accepted and told nothing.
//
// Threads: all on the loop's.

#ifndef WEFT_LOOP_OBSERVER_H_
#define WEFT_LOOP_OBSERVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/cls/location.h"
#include "weft/loop/clock.h"
#include "weft/loop/stopwatch.h"

#ifndef WEFT_INSTRUMENT
#define WEFT_INSTRUMENT 1
#endif

namespace weft::loop {

// Is there anything to be observed in this build?
inline constexpr bool kInstrumented = WEFT_INSTRUMENT != 0;

using AsyncId = std::uint64_t;
// Of the frame in which a callback was scheduled, see cls::currentFrameId(); 0: no context.
using FrameId = std::uint64_t;

enum class AsyncKind : std::uint8_t {
  kTick,
  kMicrotask,
  kImmediate,
  kTimeout,
  kInterval,
  kPost,
  kWatcher,  // of a descriptor or a signal
  kClose,
  kWork,  // what comes back from the thread pool
};
inline constexpr std::size_t kAsyncKinds = 9;
std::string_view nameOf(AsyncKind kind) noexcept;
// What the dispatcher, who looks into no callback, takes it for: an interval is a timeout to it,
// and work is a post.
constexpr AsyncKind countedAs(AsyncKind kind) noexcept {
  return kind == AsyncKind::kInterval ? AsyncKind::kTimeout
         : kind == AsyncKind::kWork   ? AsyncKind::kPost
                                      : kind;
}

enum class Phase : std::uint8_t { kTimers, kPosts, kPoll, kImmediates, kClose };
inline constexpr std::size_t kPhases = 5;
std::string_view nameOf(Phase phase) noexcept;

// A callback that was scheduled under observation. Good while the function that got it runs.
struct Scheduled {
  AsyncId id;
  AsyncId trigger;
  // What scheduled it, and so on: up to 64 callbacks that led here.
  const Scheduled* parent;
  FrameId frame;
  Stamp at;  // when what scheduled it began
  cls::Location where;
  AsyncKind kind;

 protected:
  Scheduled() = default;
  ~Scheduled() = default;
  // For whoever keeps it, in what would be padding: so that it fits into a cache line.
  std::uint8_t depth_;
  std::uint32_t refs_;
};

// One call of a callback. Calls follow one another closely: one begins where the one before ended.
struct Ran {
  const Scheduled* callback;  // null if it was not scheduled under observation
  AsyncKind kind;
  Stamp begin;
  Stamp end;
};

// What one iteration did.
struct Iteration {
  Stamp begin;
  Stamp asleep;  // equal to awake if it did not sleep
  Stamp awake;
  Stamp end;
  Duration idle;                                     // asleep
  std::array<Duration, kPhases> phases;              // each without `idle`, with the ticks in it
  std::array<std::uint64_t, kAsyncKinds> callbacks;  // see countedAs()
  // What waits at its end.
  std::size_t immediates;
  std::size_t timers;
  std::size_t watchers;  // that keep the loop alive
  std::size_t closing;

  // How long what became ready while the loop was busy had to wait, at most.
  Duration busy() const noexcept;
};

class Observer {
 public:
  virtual ~Observer() = default;

  // Which of the functions below are wanted; asked when it is added.
  enum Hooks : unsigned {
    kLife = 1,        // init, before, after, destroy
    kCalls = 2,       // ran
    kIterations = 4,  // iterated
    kNumbers = 8,     // that callbacks have numbers; part of kLife
  };
  virtual unsigned hooks() const noexcept { return kLife; }

  // Where it is scheduled, with the contexts that it will have.
  virtual void init(AsyncId id, AsyncKind kind, AsyncId trigger, cls::Location where,
                    FrameId frame) {}
  virtual void before(AsyncId id) {}
  virtual void after(AsyncId id) {}
  virtual void destroy(AsyncId id) {}

  // After each call of any callback; within its contexts if it was scheduled under observation.
  virtual void ran(const Ran& ran) {}
  // At the end of each iteration that began under observation.
  virtual void iterated(const Iteration& iteration) {}
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_OBSERVER_H_
