#include "weft/inspect/internal/probe.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "weft/cls/holders.h"
#include "weft/cls/values.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect::internal {

namespace {

constexpr std::size_t kSlowLines = 50;
constexpr std::size_t kContexts = 20;
constexpr auto kRecordingTime = std::chrono::seconds(5);

void field(std::string& out, std::string_view key, double value) {
  append(out, {",\"", key, "\":", number(value)});
}

// `{"timers":0.5,...}` of an array that is indexed by what nameOf() names.
template <typename Enum, typename Array>
std::string named(const Array& values) {
  std::string out = "{";
  const char* comma = "";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<Enum>(i);
    if constexpr (std::is_same_v<Enum, loop::AsyncKind>) {
      if (loop::countedAs(at) != at) continue;
    }
    append(out, {std::exchange(comma, ","), "\"", loop::nameOf(at),
                 "\":", number(static_cast<double>(values[i]))});
  }
  return out + "}";
}

// `[0.5,1]`.
template <typename Array>
std::string listed(const Array& values) {
  std::string out = "[";
  const char* comma = "";
  for (auto value : values) {
    append(out, {std::exchange(comma, ","), number(static_cast<double>(value))});
  }
  return out + "]";
}

}  // namespace

Probe::Probe(EventLoop& loop, const ServerOptions& options)
    : loop_(loop),
      poster_(loop.poster()),
      metrics_(std::make_unique<Metrics>(loop, options.name)),
      slow_(std::make_unique<SlowCallbacks>(
          loop, SlowOptions{.callback = options.slow,
                            .report = [this](const std::string& line) { noteSlow(line); }})),
      trace_(std::make_unique<Trace>(
          loop, TraceOptions{.track = options.track, .key = options.key, .name = options.name})) {}

void Probe::end() noexcept {
  ended_ = true;
  recording_end_.clear();
  trace_ = nullptr;
  slow_ = nullptr;
  metrics_ = nullptr;
}

void Probe::noteSlow(const std::string& line) {
  constexpr std::string_view kPrefix = "weft: slow callback: ";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::lock_guard lock(mutex_);
  slow_lines_.push_front({std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                          line.substr(line.starts_with(kPrefix) ? kPrefix.size() : 0)});
  if (slow_lines_.size() > kSlowLines) slow_lines_.pop_back();
}

void Probe::ask() {
  if (asked_.exchange(true)) return;
  const bool posted = poster_.post([self = shared_from_this()] { self->listContexts(); }).ok();
  if (!posted) asked_ = false;
}

void Probe::listContexts() {
  if (ended_) return;
  std::string list;
  const std::vector<cls::Context> living = cls::liveContextList();
  for (std::size_t i = 0; i < std::min(living.size(), kContexts); ++i) {
    append(list, {list.empty() ? "[" : ",", "{\"values\":", json(cls::describe(living[i])),
                  ",\"made\":", json(cls::madeAt(living[i]).toString()), ",\"held\":["});
    const char* comma = "";
    for (const cls::HolderInfo& holder : cls::holders(living[i])) {
      append(list, {std::exchange(comma, ","), json(holder.toString())});
    }
    list += "]}";
  }
  list += list.empty() ? "[]" : "]";
  {
    const std::lock_guard lock(mutex_);
    contexts_ = std::move(list);
  }
  asked_ = false;
}

void Probe::record() {
  if (recording_now_.exchange(true)) return;
  const bool posted = poster_.post([self = shared_from_this()] { self->startRecording(); }).ok();
  if (!posted) recording_now_ = false;
}

void Probe::startRecording() {
  if (ended_) return;
  trace_->start();
  recording_end_ =
      loop_.setTimeout([self = shared_from_this()] { self->finishRecording(); }, kRecordingTime);
  recording_end_.unref();
}

void Probe::finishRecording() {
  const std::lock_guard lock(mutex_);
  recorded_ = std::make_shared<const Recording>(trace_->take());
  recording_now_ = false;
}

std::string Probe::recording() const {
  std::shared_ptr<const Recording> recorded;
  {
    const std::lock_guard lock(mutex_);
    recorded = recorded_;
  }
  return recorded != nullptr ? recorded->toJson() : "";
}

std::string Probe::state() const {
  const Metrics::Reading now = metrics_->read();
  std::string out = "{\"name\":" + json(metrics_->name());
  field(out, "iterations", static_cast<double>(now.iterations));
  field(out, "busy", now.busy);
  field(out, "idle", now.idle);
  field(out, "longest_lag", now.longest_lag);
  field(out, "contexts", static_cast<double>(now.contexts));
  append(out, {",\"lag\":", listed(now.lag), ",\"lag_bounds\":", listed(Metrics::kLagBuckets),
               ",\"phases\":", named<loop::Phase>(now.phases),
               ",\"callbacks\":", named<loop::AsyncKind>(now.callbacks),
               ",\"pending\":{\"timers\":", std::to_string(now.timers), ",\"watchers\":",
               std::to_string(now.watchers), ",\"immediates\":", std::to_string(now.immediates),
               ",\"close\":", std::to_string(now.closing), "}"});
  const std::lock_guard lock(mutex_);
  field(out, "dropped", recorded_ != nullptr ? static_cast<double>(recorded_->dropped()) : 0);
  append(out, {",\"recording\":", recording_now_ ? "true" : "false", ",\"recorded\":",
               recorded_ != nullptr ? "true" : "false", ",\"oldest\":", contexts_, ",\"slow\":["});
  const char* comma = "";
  for (const SlowLine& line : slow_lines_) {
    append(out, {std::exchange(comma, ","), "{\"at\":", std::to_string(line.at),
                 ",\"text\":", json(line.text), "}"});
  }
  return out + "]}";
}

}  // namespace weft::inspect::internal
