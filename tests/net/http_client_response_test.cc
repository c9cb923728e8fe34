// The responses that weft/net/http_client.h reads: interim ones, such without a body or a length,
// trailers, and those that make a tunnel of the connection.

#include <string>
#include <string_view>
#include <vector>

#include "weft/net/http_client.h"
#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::OutcomePtr;
using tests::RawServer;
using tests::watch;

using Events = std::vector<std::string>;
using HttpClientResponseTest = HttpClientTest;

TEST_F(HttpClientResponseTest, InterimResponsesAreTold) {
  RawServer server(loop_);
  const ClientRequestPtr request = agent_.request(to(server.port(), "POST"));
  const OutcomePtr outcome = watch(request);
  request->setHeader("Expect", "100-continue");
  request->on(kContinue, [&] { request->end("body"); });
  std::string links;
  request->on(kInformation, [&](int status, const HttpHeaders& headers) {
    links += std::to_string(status) + std::string(headers.get("link").value_or("")) + ";";
  });
  request->flushHeaders();
  settle();
  EXPECT_TRUE(server.at(0).received.ends_with("\r\n\r\n"));
  server.at(0).socket->write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  settle();
  EXPECT_FALSE(request->writableEnded());
  server.at(0).socket->write("HTTP/1.1 100 Continue\r\n\r\n");
  settle();
  EXPECT_TRUE(server.at(0).received.ends_with("4\r\nbody\r\n0\r\n\r\n")) << server.at(0).received;
  server.at(0).socket->write(kOk);
  settle();
  EXPECT_EQ(links, "103</a>;100;");
  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(agent_.freeSockets(), 1u);
}

TEST_F(HttpClientResponseTest, ABodyThatTheServerRefusesIsNotSent) {
  RawServer server(loop_);
  const ClientRequestPtr request = agent_.request(to(server.port(), "POST"));
  const OutcomePtr outcome = watch(request);
  request->setHeader("Expect", "100-continue");
  request->flushHeaders();
  settle();
  server.at(0).socket->write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  settle();
  EXPECT_EQ(outcome->events, (Events{"response", "end", "close", "response close"}));
  EXPECT_FALSE(request->write("late"));
  EXPECT_EQ(agent_.freeSockets(), 0u) << "half a request was sent on that connection";
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(HttpClientResponseTest, TrailersAreThereAtTheEnd) {
  RawServer server(loop_);
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  server.at(0).socket->write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 17\r\n\r\n");
  settle();
  EXPECT_EQ(outcome->body, "ok");
  EXPECT_EQ(outcome->response->trailers().get("x-sum"), "17");
  EXPECT_EQ(outcome->response->header("x-sum"), "");
  EXPECT_EQ(agent_.freeSockets(), 1u);
}

TEST_F(HttpClientResponseTest, ResponsesWithoutBodyEndWithTheirHead) {
  RawServer server(loop_);
  const ClientRequestPtr head = agent_.request(to(server.port(), "HEAD"));
  const OutcomePtr outcome = watch(head);
  head->end();
  settle();
  server.at(0).socket->write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  settle();
  EXPECT_EQ(outcome->events, (Events{"finish", "response", "end", "close", "response close"}));
  const OutcomePtr next = watch(get(server.port()));
  settle();
  server.at(0).socket->write("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
  settle();
  EXPECT_EQ(next->status, 304);
  EXPECT_TRUE(next->has("end"));
  EXPECT_EQ(server.size(), 1u);
}

TEST_F(HttpClientResponseTest, ABodyWithoutLengthEndsWithTheConnection) {
  RawServer server(loop_);
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  server.at(0).socket->write("HTTP/1.1 200 OK\r\n\r\nall of ");
  settle();
  EXPECT_FALSE(outcome->has("end"));
  server.at(0).socket->end("it");
  settle();
  EXPECT_EQ(outcome->body, "all of it");
  EXPECT_TRUE(outcome->has("end"));
}

TEST_F(HttpClientResponseTest, AnUpgradeGivesTheSocketToTheListener) {
  RawServer server(loop_);
  const ClientRequestPtr request = agent_.request(to(server.port()));
  const OutcomePtr outcome = watch(request);
  request->setHeader("Connection", "Upgrade");
  request->setHeader("Upgrade", "echo");
  SocketPtr tunnel;
  std::string got;
  request->on(kTunnel, [&](const ClientResponsePtr& response, const SocketPtr& socket,
                           std::string_view early) {
    EXPECT_EQ(response->statusCode(), 101);
    EXPECT_EQ(response->header("upgrade"), "echo");
    tunnel = socket;
    got += early;
    socket->on(kData, [&](std::string_view bytes) { got += bytes; });
    socket->write("to you");
  });
  request->end();
  settle();
  server.at(0).socket->write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ");
  settle();
  EXPECT_TRUE(server.at(0).received.ends_with("\r\n\r\nto you"));
  server.at(0).socket->write("and late");
  settle();
  EXPECT_EQ(got, "early and late");
  EXPECT_EQ(outcome->events, (Events{"finish", "close"}));
  EXPECT_EQ(agent_.activeSockets(), 0u) << "the connection is no longer the agent's";
  tunnel->destroy();
  settle();
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(HttpClientResponseTest, ConnectOpensATunnelOrHasAResponse) {
  RawServer server(loop_);
  RequestOptions options = to(server.port(), "CONNECT");
  options.path = "far.example:443";
  std::string got;
  const ClientRequestPtr request = agent_.request(options);
  request->on(kTunnel, [&](const ClientResponsePtr&, const SocketPtr& socket, std::string_view) {
    socket->on(kData, [&](std::string_view bytes) { got += bytes; });
  });
  request->end();
  const ClientRequestPtr refused = agent_.request(options);
  const OutcomePtr outcome = watch(refused);
  refused->end();
  settle();
  EXPECT_TRUE(server.at(0).received.starts_with("CONNECT far.example:443 HTTP/1.1\r\n"));
  server.at(0).socket->write("HTTP/1.1 200 OK\r\n\r\n");
  server.at(1).socket->write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
  settle();
  server.at(0).socket->write("bytes");
  settle();
  EXPECT_EQ(got, "bytes");
  EXPECT_EQ(outcome->status, 403);
  EXPECT_EQ(outcome->body, "no");
}

TEST_F(HttpClientResponseTest, ATunnelThatNobodyListensToIsClosed) {
  RawServer server(loop_);
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  server.at(0).socket->write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  settle();
  EXPECT_TRUE(server.at(0).ended);
  EXPECT_TRUE(outcome->has("close"));
}

}  // namespace
}  // namespace weft::net
