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

// Of the loop's own pool, once it has one. Seconds.
std::string describe(const std::vector<Metrics::PoolReading>& pools) {
  loop::ThreadPool::Load load;
  if (!pools.empty()) load = pools.front().load;
  const auto seconds = [](loop::Duration time) { return static_cast<double>(time.count()) / 1e9; };
  return cat(
      {"{\"threads\":", std::to_string(load.threads), ",\"running\":", std::to_string(load.running),
       ",\"queued\":", std::to_string(load.queued), ",\"waited\":", number(seconds(load.waited)),
       ",\"ran\":", number(seconds(load.ran)), "}"});
}

// Connections that were made before the page do not count, nor does their end.
std::string describe(const NetMetrics::Reading& net) {
  const std::uint64_t open =
      net.connections_opened - std::min(net.connections_opened, net.connections_closed);
  return cat({"{\"connections\":", std::to_string(open), ",\"read\":",
              std::to_string(net.bytes_read), ",\"written\":", std::to_string(net.bytes_written),
              ",\"served\":", std::to_string(net.requests_finished),
              ",\"failed\":", std::to_string(net.requests_failed),
              ",\"sent\":", std::to_string(net.client_requests_begun), "}"});
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
      net_(std::make_unique<NetMetrics>(*metrics_)),
      slow_(std::make_unique<SlowCallbacks>(
          loop, SlowOptions{.callback = options.slow,
                            .report = [this](const std::string& line) { noteSlow(line); }})),
      trace_(std::make_unique<Trace>(
          loop, TraceOptions{.track = options.track, .key = options.key, .name = options.name})) {
  findPool();
}

void Probe::end() noexcept {
  ended_ = true;
  recording_end_.clear();
  trace_ = nullptr;
  slow_ = nullptr;
  net_ = nullptr;
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

// A loop has a pool from its first job on, unless it was given one.
void Probe::findPool() {
  if (has_pool_ || ended_) return;
  if (std::shared_ptr<loop::ThreadPool> pool = loop::threadPoolOf(loop_)) {
    metrics_->addPool(metrics_->name(), std::move(pool));
    has_pool_ = true;
  }
}

void Probe::seekPool() {
  if (has_pool_ || seeking_.exchange(true)) return;
  const bool posted = poster_
                          .post([self = shared_from_this()] {
                            self->findPool();
                            self->seeking_ = false;
                          })
                          .ok();
  if (!posted) seeking_ = false;
}

void Probe::ask() {
  seekPool();
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
  append(out, {",\"lag\":",
               listed(now.lag),
               ",\"lag_bounds\":",
               listed(Metrics::kLagBuckets),
               ",\"phases\":",
               named<loop::Phase>(now.phases),
               ",\"callbacks\":",
               named<loop::AsyncKind>(now.callbacks),
               ",\"pending\":{\"timers\":",
               std::to_string(now.timers),
               ",\"watchers\":",
               std::to_string(now.watchers),
               ",\"immediates\":",
               std::to_string(now.immediates),
               ",\"close\":",
               std::to_string(now.closing),
               "},\"pool\":",
               describe(metrics_->readPools()),
               ",\"net\":",
               describe(net_->read())});
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
