// HTTP by weft while somebody looks on; each request has a context of its own with its id. The
// argument says who does:
//
//   off      nobody
//   metrics  inspect::Metrics: the loop's counters
//   net      and inspect::NetMetrics: bytes, connections, requests and how long they took
//   trace    inspect::Trace, into its ring, a track for each request

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "weft/bench/net/connections.h"
#include "weft/bench/net/weft_server.h"
#include "weft/cls/cls.h"
#include "weft/inspect/metrics.h"
#include "weft/inspect/net_metrics.h"
#include "weft/inspect/trace.h"
#include "weft/net/http_server.h"

int main(int argc, char** argv) {
  const std::string_view how = argc == 2 ? argv[1] : "";
  if (how != "off" && how != "metrics" && how != "net" && how != "trace") {
    std::fprintf(stderr, "usage: http_observed_server_weft off|metrics|net|trace\n");
    return 2;
  }
  weft::EventLoop loop;
  const auto request_ns = weft::cls::createNamespace("request");
  const weft::cls::Key<std::string> id("id");
  std::optional<weft::inspect::Metrics> metrics;
  std::optional<weft::inspect::NetMetrics> net;
  std::optional<weft::inspect::Trace> trace;
  if (how == "metrics" || how == "net") metrics.emplace(loop);
  if (how == "net") net.emplace(*metrics, weft::inspect::NetMetricsOptions{.durations = true});
  if (how == "trace") {
    trace.emplace(loop, weft::inspect::TraceOptions{.track = request_ns});
    trace->start();
  }
  unsigned count = 0;
  const auto server = weft::http::createServer(
      loop, [&](const weft::RequestPtr&, const weft::ResponsePtr& response) {
        request_ns.run([&] {
          request_ns.set(id, std::to_string(++count % 1000));
          response->writeHead(200, {{"Content-Type", "text/plain"}});
          response->end(weft::bench::kHelloBody);
        });
      });
  weft::bench::serveForEver(loop, *server);
}
