#include "weft/inspect/trace.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "weft/inspect/internal/text.h"

namespace weft::inspect {

using internal::append;
using internal::cat;
using internal::json;

namespace {

constexpr std::size_t kKnown = 1024;
constexpr std::size_t kMostTracks = 10000;

// Calls fn(element) for what is in a ring of which `count` were written, oldest first.
template <typename T, typename F>
void forEachIn(const std::vector<T>& ring, std::uint64_t count, F fn) {
  const std::uint64_t first = count > ring.size() ? count - ring.size() : 0;
  for (std::uint64_t i = first; i < count; ++i) fn(ring[i % ring.size()]);
}

// "server.cc:41"; of a coroutine its name, without those of its callers.
std::string shortPlace(const cls::Location& where) {
  const std::string_view text = where.file;
  if (where.isName()) return std::string(text.substr(0, text.find(", called by ")));
  return cat({text.substr(text.rfind('/') + 1), ":", std::to_string(where.line)});  // npos + 1 is 0
}

}  // namespace

Trace::Trace(EventLoop& loop, TraceOptions options)
    : loop_(loop), options_(std::move(options)), key_(options_.key) {
  if (options_.capacity == 0) {
    throw UsageError("a trace of capacity 0 keeps nothing: give it room for one call at least");
  }
}

Trace::~Trace() { stop(); }

void Trace::start() {
  if (recording_) return;
  recorded_ = Recording();
  recorded_.name_ = options_.name;
  recorded_.calls_.resize(options_.capacity);
  next_ = recorded_.calls_.data();
  end_ = next_ + options_.capacity;
  recorded_.turns_.resize(options_.capacity / 4 + 1);
  known_.assign(kKnown, {});
  by_name_.clear();
  recording_ = true;
  loop_.addObserver(*this);
  if (const loop::Stopwatch* watch = loop_.stopwatch()) recorded_.watch_.emplace(*watch);
}

void Trace::stop() {
  if (!recording_) return;
  loop_.removeObserver(*this);
  recording_ = false;
}

Recording Trace::take() {
  stop();
  return std::exchange(recorded_, Recording());
}

std::size_t Recording::size() const noexcept {
  return recorded_ < calls_.size() ? static_cast<std::size_t>(recorded_) : calls_.size();
}

// --- recording ----------------------------------------------------------------------------------

void Trace::ran(const loop::Ran& ran) {
  Recording::Call& call = *next_;
  if (++next_ == end_) next_ = recorded_.calls_.data();
  ++recorded_.recorded_;
  call.begin = ran.begin;
  call.length = ran.end - ran.begin;
  call.kind = ran.kind;
  if (ran.callback == nullptr) {
    call.id = call.trigger = 0;
    call.track = Recording::kLoopTrack;
    return;
  }
  call.scheduled = ran.callback->at;
  call.id = ran.callback->id;
  call.trigger = ran.callback->trigger;
  call.where = ran.callback->where;
  call.track = cls::frameActive() ? track() : Recording::kLoopTrack;
}

void Trace::iterated(const loop::Iteration& iteration) {
  recorded_.turns_[recorded_.turned_++ % recorded_.turns_.size()] = {
      iteration.begin, iteration.asleep, iteration.awake, iteration.end};
}

Trace::TrackId Trace::track() {
  if (!options_.track) return Recording::kLoopTrack;
  const loop::FrameId frame = cls::currentFrameId();
  Known& known = known_[frame % kKnown];
  if (known.frame == frame) return known.track;
  const TrackId track = findTrack();
  // A context may be given its name later.
  if (track != Recording::kLoopTrack) known = {frame, track};
  return track;
}

Trace::TrackId Trace::findTrack() {
  const std::string* const name = options_.track.get(key_);
  if (name == nullptr) return Recording::kLoopTrack;
  const auto found = by_name_.find(*name);
  if (found != by_name_.end()) return found->second;
  if (recorded_.tracks_.size() == kMostTracks) return Recording::kLoopTrack;
  recorded_.tracks_.push_back(*name);
  const auto track = static_cast<TrackId>(recorded_.tracks_.size());
  by_name_.emplace(*name, track);
  return track;
}

// --- writing ------------------------------------------------------------------------------------

// Chrome's format: one object an event, times in microseconds.
struct Recording::Writer {
  explicit Writer(const Recording& written) : trace(written), watch(*written.watch_) {
    const auto earlier = [&](loop::Stamp stamp) { origin = std::min(origin, stamp); };
    forEachIn(trace.turns_, trace.turned_, [&](const Turn& turn) { earlier(turn.begin); });
    forEachIn(trace.calls_, trace.recorded_, [&](const Call& call) {
      earlier(call.begin);
      if (call.id != 0) slices[{call.id, call.begin}] = call.track;
    });
  }

  std::string microseconds(loop::Stamp from, loop::Stamp to) const {
    char text[40];
    const auto ns = watch.between(from, to).count();
    std::snprintf(text, sizeof(text), "%lld.%03lld", static_cast<long long>(ns / 1000),
                  static_cast<long long>(ns % 1000));
    return text;
  }

  // An event up to its own fields; `stamp` 0: without a time.
  void begin(std::string_view type, std::string_view name, TrackId track, loop::Stamp stamp) {
    append(out, {std::exchange(comma, ",\n"), "{\"ph\":\"", type,
                 "\",\"pid\":1,\"tid\":", std::to_string(track), ",\"name\":", json(name)});
    if (stamp != 0) append(out, {",\"ts\":", microseconds(origin, stamp)});
  }
  void slice(std::string_view name, std::string_view category, TrackId track, loop::Stamp from,
             loop::Stamp to) {
    begin("X", name, track, from);
    append(out, {",\"cat\":\"", category, "\",\"dur\":", microseconds(from, to)});
  }
  void nameTrack(TrackId track, std::string_view name) {
    begin("M", "thread_name", track, 0);
    append(out, {",\"args\":{\"name\":", json(name), "}}"});
    begin("M", "thread_sort_index", track, 0);
    append(out, {",\"args\":{\"sort_index\":", std::to_string(track), "}}"});
  }

  void write(const Turn& turn) {
    slice("iteration", "loop", kLoopTrack, turn.begin, turn.end);
    out += "}";
    if (turn.awake > turn.asleep) {
      slice("asleep", "loop", kLoopTrack, turn.asleep, turn.awake);
      out += "}";
    }
  }

  void write(const Call& call) {
    std::string name(loop::nameOf(call.kind));
    if (call.id == 0) {
      slice(name, "callback", call.track, call.begin, call.end());
      out += "}";
      return;
    }
    append(name, {" ", shortPlace(call.where)});
    slice(name, "callback", call.track, call.begin, call.end());
    append(out, {",\"args\":{\"id\":", std::to_string(call.id),
                 ",\"trigger\":", std::to_string(call.trigger),
                 ",\"scheduled\":", json(call.where.toString()), "}}"});
    const auto trigger = slices.find({call.trigger, call.scheduled});
    if (trigger == slices.end()) return;
    const std::string arrow = std::to_string(++arrows);
    begin("s", "scheduled", trigger->second, call.scheduled);
    append(out, {",\"cat\":\"flow\",\"id\":", arrow, "}"});
    begin("f", "scheduled", call.track, call.begin);
    append(out, {",\"cat\":\"flow\",\"bp\":\"e\",\"id\":", arrow, "}"});
  }

  std::string write() && {
    out = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"dropped\":\"" +
          std::to_string(trace.dropped()) + "\"},\"traceEvents\":[\n";
    begin("M", "process_name", kLoopTrack, 0);
    out += ",\"args\":{\"name\":\"weft\"}}";
    nameTrack(kLoopTrack, trace.name_);
    for (std::size_t i = 0; i < trace.tracks_.size(); ++i) {
      nameTrack(static_cast<TrackId>(i + 1), trace.tracks_[i]);
    }
    if (trace.dropped() != 0) {
      begin("i", cat({std::to_string(trace.dropped()), " earlier calls were dropped"}), kLoopTrack,
            origin);
      out += ",\"s\":\"g\"}";
    }
    forEachIn(trace.turns_, trace.turned_, [this](const Turn& turn) { write(turn); });
    forEachIn(trace.calls_, trace.recorded_, [this](const Call& call) { write(call); });
    return std::move(out) + "\n]}\n";
  }

  const Recording& trace;
  const loop::Stopwatch& watch;
  loop::Stamp origin = ~loop::Stamp{0};
  std::map<std::pair<loop::AsyncId, loop::Stamp>, TrackId> slices;  // by callback and beginning
  std::string out;
  const char* comma = "";
  std::uint64_t arrows = 0;
};

std::string Recording::toJson() const {
  if (!watch_) {
    return "{\"otherData\":{\"dropped\":\"0\"},\"traceEvents\":[]}\n";
  }
  return Writer(*this).write();
}

absl::Status Recording::save(const std::string& path) const {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (file) {
    file << toJson();
    file.close();
  }
  if (file) return absl::OkStatus();
  const int error = errno;
  return absl::ErrnoToStatus(error != 0 ? error : EIO, "cannot write the trace to '" + path + "'");
}

}  // namespace weft::inspect
