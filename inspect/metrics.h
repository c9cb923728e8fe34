// Metrics: how a loop spends its time, counted, for Prometheus and for whoever asks.
//
//   inspect::Metrics metrics(loop, "main");   // counts from here on
//   ...
//   std::puts(metrics.prometheus().c_str());  // from any thread
//
// What is counted is told by the loop once an iteration (loop::Iteration), so a callback costs a
// nanosecond more. The loop's lag is not sampled by a timer: an iteration's busy time is how long
// what became ready meanwhile had to wait, and each iteration is one observation of it. How long
// the callbacks themselves take, by kind, is measured while setHistograms() is on: a look at the
// processor's clock a callback.
//
// Of the process, and so the same for each loop: contexts are those of the loop's thread, warnings
// of emitters those of all. What the network does is weft/inspect/net_metrics.h's.
//
// Names follow Prometheus: seconds, `_total` for counters, one family for all loops with the label
// `loop`. prometheus() is text format 0.0.4, openMetrics() is OpenMetrics 1.0.
//
// Threads: made and destroyed on the loop's; read on any, without stopping the loop.

#ifndef WEFT_INSPECT_METRICS_H_
#define WEFT_INSPECT_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/thread_pool.h"

namespace weft::inspect {

namespace internal {
class Exposition;
}  // namespace internal

class Metrics final : private loop::Observer {
 public:
  // `name` is the value of the label `loop`. The loop must outlive this.
  explicit Metrics(EventLoop& loop, std::string name = "main");
  ~Metrics() override;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Upper ends of the buckets of lag, in seconds; the last bucket has none.
  static constexpr std::array<double, 10> kLagBuckets = {0.00001, 0.0001, 0.0005, 0.001, 0.005,
                                                         0.01,    0.05,   0.1,    0.5,   1};
  // The same of callbacks.
  static constexpr std::array<double, 9> kCallBuckets = {0.000001, 0.00001, 0.0001, 0.001, 0.005,
                                                         0.01,     0.05,    0.1,    1};

  // All of it at one moment. Seconds.
  struct Reading {
    std::uint64_t iterations = 0;
    double busy = 0;
    double idle = 0;
    std::array<double, loop::kPhases> phases{};
    std::array<std::uint64_t, loop::kAsyncKinds> callbacks{};
    std::array<std::uint64_t, kLagBuckets.size() + 1> lag{};  // by bucket, not cumulative
    double longest_lag = 0;
    std::uint64_t immediates = 0;
    std::uint64_t timers = 0;
    std::uint64_t watchers = 0;
    std::uint64_t closing = 0;
    std::uint64_t contexts = 0;  // that have not ended

    // Busy time as a part of all, 0 to 1.
    double utilization() const { return busy + idle > 0 ? busy / (busy + idle) : 0; }
  };
  Reading read() const noexcept;
  const std::string& name() const noexcept { return name_; }

  // Whether callbacks are measured; not at first. What was measured stays. On the loop's thread.
  void setHistograms(bool on);

  // From now on tells also of a pool's threads and jobs, and their times, under the label `pool`.
  void addPool(std::string pool_name, std::shared_ptr<loop::ThreadPool> pool);
  struct PoolReading {
    std::string name;
    loop::ThreadPool::Load load;
  };
  std::vector<PoolReading> readPools() const;

  std::string prometheus() const;
  std::string openMetrics() const;

  // For further families (NetMetrics): `write` is called whenever metrics are read, on any thread,
  // until `owner` removes it.
  using WriteFamilies = std::function<void(internal::Exposition&)>;
  void addFamilies(const void* owner, WriteFamilies write);
  void removeFamilies(const void* owner) noexcept;

 private:
  struct Calls;

  unsigned hooks() const noexcept override {
    return histograms_ ? kIterations | kCalls : unsigned{kIterations};
  }
  void ran(const loop::Ran& ran) override;
  void iterated(const loop::Iteration& iteration) override;
  template <typename Format>
  std::string expose(Format format) const;

  // Written by the loop's thread alone.
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n) noexcept {
    count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static void set(Count& count, std::uint64_t n) noexcept {
    count.store(n, std::memory_order_relaxed);
  }

  EventLoop& loop_;
  const std::string name_;
  Count iterations_{0};
  Count idle_{0};  // nanoseconds, as all times here
  std::array<Count, loop::kPhases> phases_{};
  std::array<Count, loop::kAsyncKinds> callbacks_{};
  std::array<Count, kLagBuckets.size() + 1> lag_{};
  Count longest_lag_{0};
  Count immediates_{0};
  Count timers_{0};
  Count watchers_{0};
  Count closing_{0};
  Count contexts_{0};
  bool histograms_ = false;
  std::unique_ptr<Calls> calls_;               // once they were measured
  std::atomic<const Calls*> published_calls_;  // the same for other threads
  mutable std::mutex mutex_;                   // guards what follows
  std::vector<std::pair<std::string, std::shared_ptr<loop::ThreadPool>>> pools_;
  std::vector<std::pair<const void*, WriteFamilies>> families_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_METRICS_H_
