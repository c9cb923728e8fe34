#include "weft/inspect/metrics.h"

#include <algorithm>
#include <utility>

#include "weft/cls/context.h"
#include "weft/inspect/internal/exposition.h"

namespace weft::inspect {

namespace {

constexpr double kNanosecond = 1e-9;

std::size_t bucketOf(double seconds) {
  const auto& bounds = Metrics::kLagBuckets;
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) -
                                  bounds.begin());
}

std::string expose(const Metrics& metrics, internal::Exposition::Format format) {
  using internal::Exposition;
  const Metrics::Reading now = metrics.read();
  Exposition out(format, Exposition::label("loop", metrics.name()));
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };

  out.counter("weft_loop_iterations", "Iterations of the loop.");
  out.sample(count(now.iterations));
  out.counter("weft_loop_busy_seconds", "Time in which the loop ran callbacks.", "seconds");
  out.sample(now.busy);
  out.counter("weft_loop_idle_seconds", "Time in which the loop slept.", "seconds");
  out.sample(now.idle);
  out.gauge("weft_loop_utilization_ratio", "Busy time as a part of all time.", "ratio");
  out.sample(now.utilization());
  out.histogram("weft_loop_lag_seconds",
                "Busy time of an iteration, for which what is ready waits.", "seconds",
                Metrics::kLagBuckets, now.lag, now.busy);
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
  const std::vector<Metrics::PoolReading> pools = metrics.readPools();
  if (pools.empty()) return std::move(out).finish();
  out.gauge("weft_pool_threads", "Threads that were started.");
  for (const auto& pool : pools) out.sample(count(pool.load.threads), "pool", pool.name);
  out.gauge("weft_pool_running_jobs", "Jobs under way.");
  for (const auto& pool : pools) out.sample(count(pool.load.running), "pool", pool.name);
  out.gauge("weft_pool_queued_jobs", "Jobs that wait for a thread.");
  for (const auto& pool : pools) out.sample(count(pool.load.queued), "pool", pool.name);
  return std::move(out).finish();
}

}  // namespace

Metrics::Metrics(EventLoop& loop, std::string name) : loop_(loop), name_(std::move(name)) {
  loop_.addObserver(*this);
}

Metrics::~Metrics() { loop_.removeObserver(*this); }

void Metrics::iterated(const loop::Iteration& iteration) {
  add(iterations_, 1);
  add(idle_, static_cast<std::uint64_t>(iteration.idle.count()));
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    add(phases_[i], static_cast<std::uint64_t>(iteration.phases[i].count()));
  }
  for (std::size_t i = 0; i < loop::kAsyncKinds; ++i) add(callbacks_[i], iteration.callbacks[i]);
  const auto busy = static_cast<std::uint64_t>(iteration.busy().count());
  add(lag_[bucketOf(static_cast<double>(busy) * kNanosecond)], 1);
  if (busy > longest_lag_.load(std::memory_order_relaxed)) set(longest_lag_, busy);
  set(immediates_, iteration.immediates);
  set(timers_, iteration.timers);
  set(watchers_, iteration.watchers);
  set(closing_, iteration.closing);
  set(contexts_, cls::liveContexts());
}

Metrics::Reading Metrics::read() const noexcept {
  const auto get = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  const auto seconds = [&](const Count& c) { return static_cast<double>(get(c)) * kNanosecond; };
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

void Metrics::addPool(std::string pool_name, std::shared_ptr<const loop::ThreadPool> pool) {
  const std::lock_guard lock(pools_mutex_);
  pools_.emplace_back(std::move(pool_name), std::move(pool));
}

std::vector<Metrics::PoolReading> Metrics::readPools() const {
  const std::lock_guard lock(pools_mutex_);
  std::vector<PoolReading> readings;
  for (const auto& [pool_name, pool] : pools_) readings.push_back({pool_name, pool->load()});
  return readings;
}

std::string Metrics::prometheus() const {
  return expose(*this, internal::Exposition::Format::kPrometheus);
}

std::string Metrics::openMetrics() const {
  return expose(*this, internal::Exposition::Format::kOpenMetrics);
}

}  // namespace weft::inspect
