// Trace: what a loop ran, when, for how long, in which context, and what had scheduled it; to be
// looked at in Perfetto (ui.perfetto.dev) or chrome://tracing.
//
//   inspect::Trace trace(loop, {.track = request, .key = "id"});
//   trace.start();
//   ...
//   trace.stop();
//   if (absl::Status s = trace.recorded().save("trace.json"); !s.ok()) log(s.message());
//
// The file has a slice for each call of a callback, named after its kind and the place where it was
// scheduled, and an arrow to it from the slice in which that happened. Each value that the contexts
// of the namespace `track` have under `key` (a string) has a track of its own, named by it: one for
// each request. What ran in no such context is on the loop's own track, inside the slice of its
// iteration. Slices lie close to one another: one begins where the one before ended.
//
// It keeps the last `capacity` calls, of 64 bytes each; what was overwritten is counted, and the
// file says so.
//
// Threads: the loop's; a Recording, that which has it.

#ifndef WEFT_INSPECT_TRACE_H_
#define WEFT_INSPECT_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "weft/cls/namespace.h"
#include "weft/loop/event_loop.h"

namespace weft::inspect {

struct TraceOptions {
  // How many calls are kept, at least 1; their memory is taken by start().
  std::size_t capacity = 64 * 1024;
  // Which contexts have tracks: those with a string under `key` in this namespace. None: no tracks.
  cls::Namespace track = {};
  std::string key = "id";
  // Of the loop's own track.
  std::string name = "loop";
};

// What was recorded. May be moved to another thread and written there: the JSON of a full ring
// takes some tenths of a second.
class Recording {
 public:
  // Calls that are here, and calls that were overwritten.
  std::size_t size() const noexcept;
  std::uint64_t dropped() const noexcept { return recorded_ - size(); }

  // As Chrome's JSON.
  std::string toJson() const;
  // Writes that to the file `path`, over what it held. The status says what went wrong.
  absl::Status save(const std::string& path) const;

 private:
  friend class Trace;
  using TrackId = std::uint32_t;
  static constexpr TrackId kLoopTrack = 0;

  // A cache line, of which one is written a call.
  struct alignas(64) Call {
    loop::Stamp begin;
    loop::Stamp length;
    loop::Stamp scheduled;  // when what scheduled it began
    loop::AsyncId id;       // 0: not known; then neither is what follows
    loop::AsyncId trigger;
    cls::Location where;
    TrackId track;
    loop::AsyncKind kind;
    loop::Stamp end() const noexcept { return begin + length; }
  };
  struct Turn {
    loop::Stamp begin;
    loop::Stamp asleep;
    loop::Stamp awake;
    loop::Stamp end;
  };
  struct Writer;

  std::optional<loop::Stopwatch> watch_;  // what stamps mean; none: nothing was recorded
  std::string name_;
  std::vector<Call> calls_;  // a ring; see Trace::next_
  std::uint64_t recorded_ = 0;
  std::vector<Turn> turns_;  // likewise
  std::uint64_t turned_ = 0;
  std::vector<std::string> tracks_;  // names, from number 1 on
};

class Trace final : private loop::Observer {
 public:
  // Nothing is recorded before start(). The loop must outlive this.
  explicit Trace(EventLoop& loop, TraceOptions options = {});
  ~Trace() override;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Records from the loop's next iteration on, and forgets what was recorded before. Does nothing
  // if it is recording.
  void start();
  // What was recorded stays. Does nothing if it is not recording.
  void stop();
  bool recording() const noexcept { return recording_; }

  const Recording& recorded() const noexcept { return recorded_; }
  // Stops, and gives it away.
  Recording take();

 private:
  using TrackId = Recording::TrackId;

  unsigned hooks() const noexcept override { return kCalls | kNumbers | kIterations; }
  void ran(const loop::Ran& ran) override;
  void iterated(const loop::Iteration& iteration) override;

  // Of the frame that is current.
  TrackId track();
  TrackId findTrack();

  EventLoop& loop_;
  const TraceOptions options_;
  const cls::Key<std::string> key_;
  bool recording_ = false;
  Recording recorded_;
  Recording::Call* next_ = nullptr;  // in the ring of calls
  Recording::Call* end_ = nullptr;   // of the ring
  std::unordered_map<std::string, TrackId> by_name_;
  // Of frames that were seen lately, by their lowest bits.
  struct Known {
    loop::FrameId frame = 0;
    TrackId track = Recording::kLoopTrack;
  };
  std::vector<Known> known_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_TRACE_H_
