#include "weft/inspect/net_metrics.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "weft/net/channels.h"
#include "weft/net/http_agent.h"
#include "weft/net/http_client.h"
#include "weft/net/http_server.h"
#include "weft/tests/inspect/promtool.h"

namespace weft::inspect {
namespace {

class NetMetricsTest : public ::testing::Test {
 protected:
  // Answers a request by a client of the same loop, after which nothing is left.
  void serveOne(int status) {
    const HttpServerPtr server =
        http::createServer(loop_, [status](const RequestPtr&, const ResponsePtr& response) {
          response->writeHead(status);
          response->end("hello");
        });
    server->listen({.host = "127.0.0.1"});
    const net::ClientRequestPtr request =
        http::get(loop_, "http://127.0.0.1:" + std::to_string(server->address().port()) + "/");
    request->on(kClose, [server] { server->close(); });
    loop_.run();
  }
  std::string text() const { return metrics_.prometheus(); }
  void expectSample(const std::string& sample) {
    EXPECT_NE(text().find(sample + "\n"), std::string::npos) << sample << " in\n" << text();
  }

  EventLoop loop_;
  Metrics metrics_{loop_, "main"};
};

TEST_F(NetMetricsTest, RequestsConnectionsAndBytesAreCounted) {
  NetMetrics net(metrics_);
  serveOne(200);
  serveOne(404);
  const NetMetrics::Reading now = net.read();
  EXPECT_EQ(now.requests_begun, 2u);
  EXPECT_EQ(now.requests_finished, 2u);
  EXPECT_EQ(now.requests_failed, 0u);
  EXPECT_EQ(now.client_requests_begun, 2u);
  EXPECT_EQ(now.client_requests_finished, 2u);
  EXPECT_EQ(now.connections_opened, 4u) << "both ends are here";
  EXPECT_EQ(now.connections_closed, 4u);
  EXPECT_GT(now.bytes_read, 0u);
  EXPECT_EQ(now.bytes_read, now.bytes_written);
  expectSample("weft_http_finished_requests_total{loop=\"main\",code=\"2xx\"} 1");
  expectSample("weft_http_finished_requests_total{loop=\"main\",code=\"4xx\"} 1");
  EXPECT_EQ(text().find("weft_http_request_duration_seconds"), std::string::npos);
}

TEST_F(NetMetricsTest, DurationsAreMeasuredIfTheyAreAskedFor) {
  NetMetrics net(metrics_, {.durations = true});
  serveOne(200);
  expectSample("weft_http_request_duration_seconds_count{loop=\"main\"} 1");
  expectSample("weft_http_request_duration_seconds_bucket{loop=\"main\",le=\"+Inf\"} 1");
}

TEST_F(NetMetricsTest, PrometheusReadsThem) {
  if (!tests::wantsPromtool()) GTEST_SKIP() << "no promtool here";
  NetMetrics net(metrics_, {.durations = true});
  serveOne(200);
  EXPECT_EQ(tests::checkMetrics(metrics_.prometheus()), "");
  EXPECT_EQ(tests::readOpenMetrics(metrics_.openMetrics()), "");
}

TEST_F(NetMetricsTest, WhatOtherThreadsDoIsTheirs) {
  NetMetrics net(metrics_);
  std::thread([] {
    net::kListenerError.publish(net::ServerPtr(), absl::UnavailableError("elsewhere"));
  }).join();
  EXPECT_EQ(net.read().listener_errors, 0u);
  net::kListenerError.publish(net::ServerPtr(), absl::UnavailableError("here"));
  EXPECT_EQ(net.read().listener_errors, 1u);
}

TEST_F(NetMetricsTest, NothingIsLeftOfThemWhenTheyAreGone) {
  { const NetMetrics net(metrics_); }
  EXPECT_FALSE(net::kConnectionRead.hasSubscribers());
  EXPECT_EQ(text().find("weft_net_"), std::string::npos);
}

}  // namespace
}  // namespace weft::inspect
