// Probe: what inspect::Server has on the loop that it shows, and what it says about it to the
// server's thread.

#ifndef WEFT_INSPECT_INTERNAL_PROBE_H_
#define WEFT_INSPECT_INTERNAL_PROBE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "weft/inspect/metrics.h"
#include "weft/inspect/net_metrics.h"
#include "weft/inspect/server.h"
#include "weft/inspect/slow.h"
#include "weft/inspect/trace.h"

namespace weft::inspect::internal {

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  // On the loop's thread, as end(), which comes before the loop's end.
  Probe(EventLoop& loop, const ServerOptions& options);
  void end() noexcept;

  // --- any thread

  const Metrics& metrics() const noexcept { return *metrics_; }
  // Has the loop say which pool it has, so that metrics tell of it; not again once it did.
  void seekPool();
  // What the page shows, as JSON; what the loop itself has to tell is that of the last ask().
  std::string state() const;
  // Has the loop list its contexts anew; not again before it did.
  void ask();
  // Has the loop record for five seconds; not again before it did.
  void record();
  // The last recording as JSON, which is made here; empty if there is none.
  std::string recording() const;

 private:
  void findPool();
  void listContexts();
  void startRecording();
  void finishRecording();
  void noteSlow(const std::string& line);

  EventLoop& loop_;
  const loop::Poster poster_;
  // The loop's own; null after end().
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<NetMetrics> net_;
  std::unique_ptr<SlowCallbacks> slow_;
  std::unique_ptr<Trace> trace_;
  loop::TimerHandle recording_end_;
  bool ended_ = false;

  std::atomic<bool> has_pool_{false};
  std::atomic<bool> seeking_{false};
  std::atomic<bool> asked_{false};
  std::atomic<bool> recording_now_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::string contexts_ = "[]";
  struct SlowLine {
    std::int64_t at;  // milliseconds since 1970
    std::string text;
  };
  std::deque<SlowLine> slow_lines_;
  std::shared_ptr<const Recording> recorded_;
};

}  // namespace weft::inspect::internal

#endif  // WEFT_INSPECT_INTERNAL_PROBE_H_
