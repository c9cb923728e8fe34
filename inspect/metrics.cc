#include "weft/inspect/metrics.h"

#include <algorithm>
#include <utility>

#include "weft/cls/context.h"
#include "weft/emitter/max_listeners.h"
#include "weft/inspect/internal/exposition.h"

namespace weft::inspect {

namespace {

constexpr double kSecond = 1e9;  // in nanoseconds

std::size_t bucketOf(double seconds) {
  const auto& bounds = Metrics::kLagBuckets;
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) -
                                  bounds.begin());
}

double secondsOf(loop::Duration time) { return static_cast<double>(time.count()) / kSecond; }

double count(std::uint64_t n) { return static_cast<double>(n); }

void exposeLoop(const Metrics::Reading& now, internal::Exposition& out) {
  out.counter("weft_loop_iterations", "Iterations of the loop.");
  out.sample(count(now.iterations));
  out.counter("weft_loop_busy_seconds", "Time in which the loop ran callbacks.", "seconds");
  out.sample(now.busy);
  out.counter("weft_loop_idle_seconds", "Time in which the loop slept.", "seconds");
  out.sample(now.idle);
  out.gauge("weft_loop_utilization_ratio", "Busy time as a part of all time.", "ratio");
  out.sample(now.utilization());
  out.histogram("weft_loop_lag_seconds",
                "Busy time of an iteration, for which what is ready waits.", "seconds");
  out.buckets(Metrics::kLagBuckets, now.lag, now.busy);
  out.gauge("weft_loop_longest_lag_seconds", "The longest busy time of an iteration.", "seconds");
  out.sample(now.longest_lag);
  out.counter("weft_loop_phase_seconds", "Busy time by phase of the iteration.", "seconds");
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    out.sample(now.phases[i], "phase", loop::nameOf(static_cast<loop::Phase>(i)));
  }
  out.counter("weft_loop_callbacks", "Callbacks that ran, by what called them.");
  for (std::size_t i = 0; i < loop::kAsyncKinds; ++i) {
    const auto kind = static_cast<loop::AsyncKind>(i);
    if (loop::countedAs(kind) != kind) continue;
    out.sample(count(now.callbacks[i]), "kind", loop::nameOf(kind));
  }
  out.gauge("weft_loop_pending", "What waited at the end of the last iteration, by kind.");
  out.sample(count(now.immediates), "kind", "immediate");
  out.sample(count(now.timers), "kind", "timer");
  out.sample(count(now.watchers), "kind", "watcher");
  out.sample(count(now.closing), "kind", "close");
  out.gauge("weft_contexts", "Contexts that have not ended.");
  out.sample(count(now.contexts));
  out.counter("weft_emitter_listener_warnings",
              "Warnings of emitters that have too many listeners of an event.");
  out.sample(count(emitter::listenerWarnings()));
}

void exposePools(const std::vector<Metrics::PoolReading>& pools, internal::Exposition& out) {
  if (pools.empty()) return;
  out.gauge("weft_pool_threads", "Threads that were started.");
  for (const auto& pool : pools) out.sample(count(pool.load.threads), "pool", pool.name);
  out.gauge("weft_pool_running_jobs", "Jobs under way.");
  for (const auto& pool : pools) out.sample(count(pool.load.running), "pool", pool.name);
  out.gauge("weft_pool_queued_jobs", "Jobs that wait for a thread.");
  for (const auto& pool : pools) out.sample(count(pool.load.queued), "pool", pool.name);
  out.counter("weft_pool_jobs", "Jobs that have ended.");
  for (const auto& pool : pools) out.sample(count(pool.load.measured), "pool", pool.name);
  out.counter("weft_pool_queue_seconds", "Time that jobs waited for a thread.", "seconds");
  for (const auto& pool : pools) out.sample(secondsOf(pool.load.waited), "pool", pool.name);
  out.counter("weft_pool_run_seconds", "Time that jobs ran.", "seconds");
  for (const auto& pool : pools) out.sample(secondsOf(pool.load.ran), "pool", pool.name);
}

}  // namespace

// --- histograms ---------------------------------------------------------------------------------

// Written by the loop's thread alone.
struct Metrics::Calls {
  struct Histogram {
    std::array<Count, kCallBuckets.size() + 1> counts{};
    Count sum{0};  // nanoseconds
  };

  explicit Calls(const loop::Stopwatch& stopwatch) : watch(stopwatch) {
    for (std::size_t i = 0; i < kCallBuckets.size(); ++i) {
      const auto bound = loop::Duration(static_cast<std::int64_t>(kCallBuckets[i] * kSecond));
      bounds[i] = watch.stampsIn(bound);
    }
  }

  void note(const loop::Ran& ran) noexcept {
    Histogram& histogram = kinds[static_cast<std::size_t>(loop::countedAs(ran.kind))];
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), ran.end - ran.begin);
    add(histogram.counts[static_cast<std::size_t>(bound - bounds.begin())], 1);
    add(histogram.sum, static_cast<std::uint64_t>(watch.between(ran.begin, ran.end).count()));
  }

  void expose(internal::Exposition& out) const {
    out.histogram("weft_loop_callback_seconds", "How long callbacks ran, by what called them.",
                  "seconds");
    for (std::size_t i = 0; i < loop::kAsyncKinds; ++i) {
      const auto kind = static_cast<loop::AsyncKind>(i);
      if (loop::countedAs(kind) != kind) continue;
      std::array<std::uint64_t, kCallBuckets.size() + 1> counts;
      std::transform(kinds[i].counts.begin(), kinds[i].counts.end(), counts.begin(),
                     [](const Count& c) { return c.load(std::memory_order_relaxed); });
      const double sum = count(kinds[i].sum.load(std::memory_order_relaxed)) / kSecond;
      out.buckets(kCallBuckets, counts, sum, "kind", loop::nameOf(kind));
    }
  }

  const loop::Stopwatch watch;
  std::array<loop::Stamp, kCallBuckets.size()> bounds;
  std::array<Histogram, loop::kAsyncKinds> kinds;
};

Metrics::Metrics(EventLoop& loop, std::string name)
    : loop_(loop), name_(std::move(name)), published_calls_(nullptr) {
  loop_.addObserver(*this);
}

Metrics::~Metrics() { loop_.removeObserver(*this); }

void Metrics::setHistograms(bool on) {
  const loop::Stopwatch* const watch = loop_.stopwatch();
  if (on == histograms_ || watch == nullptr) return;
  if (calls_ == nullptr) {
    calls_ = std::make_unique<Calls>(*watch);
    published_calls_.store(calls_.get(), std::memory_order_release);
  }
  histograms_ = on;
  loop_.removeObserver(*this);  // it is asked for its hooks when it is added
  loop_.addObserver(*this);
}

void Metrics::ran(const loop::Ran& ran) { calls_->note(ran); }

void Metrics::iterated(const loop::Iteration& iteration) {
  add(iterations_, 1);
  add(idle_, static_cast<std::uint64_t>(iteration.idle.count()));
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    add(phases_[i], static_cast<std::uint64_t>(iteration.phases[i].count()));
  }
  for (std::size_t i = 0; i < loop::kAsyncKinds; ++i) add(callbacks_[i], iteration.callbacks[i]);
  const auto busy = static_cast<std::uint64_t>(iteration.busy().count());
  add(lag_[bucketOf(static_cast<double>(busy) / kSecond)], 1);
  if (busy > longest_lag_.load(std::memory_order_relaxed)) set(longest_lag_, busy);
  set(immediates_, iteration.immediates);
  set(timers_, iteration.timers);
  set(watchers_, iteration.watchers);
  set(closing_, iteration.closing);
  set(contexts_, cls::liveContexts());
}

Metrics::Reading Metrics::read() const noexcept {
  const auto get = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  const auto seconds = [&](const Count& c) { return static_cast<double>(get(c)) / kSecond; };
  Reading now;
  now.iterations = get(iterations_);
  now.idle = seconds(idle_);
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    now.phases[i] = seconds(phases_[i]);
    now.busy += now.phases[i];
  }
  for (std::size_t i = 0; i < loop::kAsyncKinds; ++i) now.callbacks[i] = get(callbacks_[i]);
  for (std::size_t i = 0; i < lag_.size(); ++i) now.lag[i] = get(lag_[i]);
  now.longest_lag = seconds(longest_lag_);
  now.immediates = get(immediates_);
  now.timers = get(timers_);
  now.watchers = get(watchers_);
  now.closing = get(closing_);
  now.contexts = get(contexts_);
  return now;
}

void Metrics::addPool(std::string pool_name, std::shared_ptr<loop::ThreadPool> pool) {
  pool->measureTimes();
  const std::lock_guard lock(mutex_);
  pools_.emplace_back(std::move(pool_name), std::move(pool));
}

std::vector<Metrics::PoolReading> Metrics::readPools() const {
  const std::lock_guard lock(mutex_);
  std::vector<PoolReading> readings;
  for (const auto& [pool_name, pool] : pools_) readings.push_back({pool_name, pool->load()});
  return readings;
}

void Metrics::addFamilies(const void* owner, WriteFamilies write) {
  const std::lock_guard lock(mutex_);
  families_.emplace_back(owner, std::move(write));
}

void Metrics::removeFamilies(const void* owner) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(families_, [owner](const auto& family) { return family.first == owner; });
}

template <typename Format>
std::string Metrics::expose(Format format) const {
  internal::Exposition out(format, internal::Exposition::label("loop", name_));
  exposeLoop(read(), out);
  if (const Calls* calls = published_calls_.load(std::memory_order_acquire)) calls->expose(out);
  exposePools(readPools(), out);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [owner, write] : families_) write(out);
  }
  return std::move(out).finish();
}

std::string Metrics::prometheus() const {
  return expose(internal::Exposition::Format::kPrometheus);
}

std::string Metrics::openMetrics() const {
  return expose(internal::Exposition::Format::kOpenMetrics);
}

}  // namespace weft::inspect
