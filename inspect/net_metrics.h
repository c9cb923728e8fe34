// NetMetrics: bytes, connections and requests of a loop's network, as metrics of that loop.
//
//   inspect::Metrics metrics(loop);
//   inspect::NetMetrics net(metrics);         // counts from here on
//   std::puts(metrics.prometheus().c_str());  // has weft_net_* and weft_http_*, too
//
// What is counted is what weft/net/channels.h publishes on the thread that made this: some tens of
// nanoseconds for each read, write and request. How long requests took, from the complete head to
// the last byte of the response, is a histogram if that is asked for.
//
// Threads: made and destroyed on the loop's.

#ifndef WEFT_INSPECT_NET_METRICS_H_
#define WEFT_INSPECT_NET_METRICS_H_

#include <cstdint>
#include <memory>

#include "weft/inspect/metrics.h"

namespace weft::inspect {

struct NetMetricsOptions {
  bool durations = false;  // of requests
};

class NetMetrics {
 public:
  // `metrics` must outlive this.
  explicit NetMetrics(Metrics& metrics, const NetMetricsOptions& options = {});
  ~NetMetrics();
  NetMetrics(const NetMetrics&) = delete;
  NetMetrics& operator=(const NetMetrics&) = delete;

  struct Reading {
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_closed = 0;
    std::uint64_t requests_begun = 0;
    std::uint64_t requests_finished = 0;
    std::uint64_t requests_failed = 0;  // without a whole response
    std::uint64_t client_requests_begun = 0;
    std::uint64_t client_requests_finished = 0;
    std::uint64_t client_requests_failed = 0;
    std::uint64_t listener_errors = 0;
  };
  // On any thread.
  Reading read() const noexcept;

 private:
  class Impl;
  Metrics& metrics_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_NET_METRICS_H_
