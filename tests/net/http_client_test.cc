#include "weft/net/http_client.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/net/http_server.h"
#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::OutcomePtr;
using tests::RawServer;
using tests::watch;

using Events = std::vector<std::string>;

// --- URLs

TEST(RequestOptionsTest, AreReadFromAUrl) {
  const absl::StatusOr<RequestOptions> all = RequestOptions::fromUrl("http://a.b:8080/c/d?e=f#g");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->host, "a.b");
  EXPECT_EQ(all->port, 8080);
  EXPECT_EQ(all->path, "/c/d?e=f");
  const absl::StatusOr<RequestOptions> short_one = RequestOptions::fromUrl("http://[::1]?q");
  ASSERT_TRUE(short_one.ok());
  EXPECT_EQ(short_one->host, "::1");
  EXPECT_EQ(short_one->port, 80);
  EXPECT_EQ(short_one->path, "/?q");
}

TEST(RequestOptionsTest, RefuseWhatIsNoUrlOfHttp) {
  for (const char* url : {"https://a/", "a.b/c", "http://", "http://:80/", "http://a:x/",
                          "http://a:65536/", "http://me@a/", "http://[::1/", "http://a:/"}) {
    const absl::StatusOr<RequestOptions> options = RequestOptions::fromUrl(url);
    EXPECT_TRUE(absl::IsInvalidArgument(options.status())) << url;
    EXPECT_NE(std::string(options.status().message()).find(url), std::string::npos);
  }
}

// --- what is sent

TEST_F(HttpClientTest, ARequestIsSentAndItsResponseRead) {
  RawServer server(loop_);
  RequestOptions options = to(server.port());
  options.path = "/a?b";
  options.headers.set("X-Word", "hi");
  const ClientRequestPtr request = agent_.request(options);
  const OutcomePtr outcome = watch(request);
  request->end();
  settle();
  ASSERT_EQ(server.size(), 1u);
  EXPECT_EQ(server.at(0).received, "GET /a?b HTTP/1.1\r\nX-Word: hi\r\nHost: 127.0.0.1:" +
                                       std::to_string(server.port()) + "\r\n\r\n");
  server.at(0).socket->write("HTTP/1.1 201 Made\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhe");
  settle();
  EXPECT_EQ(outcome->body, "he");
  EXPECT_FALSE(outcome->response->complete());
  server.at(0).socket->write("llo");
  settle();
  EXPECT_EQ(outcome->response->statusCode(), 201);
  EXPECT_EQ(outcome->response->statusMessage(), "Made");
  EXPECT_EQ(outcome->response->header("x-a"), "b");
  EXPECT_EQ(outcome->body, "hello");
  EXPECT_TRUE(outcome->response->complete());
  EXPECT_EQ(outcome->events, (Events{"finish", "response", "end", "close", "response close"}));
}

TEST_F(HttpClientTest, ABodyIsMeasuredOrChunked) {
  RawServer server(loop_);
  server.replyWith(kOk);
  const ClientRequestPtr whole = agent_.request(to(server.port(), "POST"));
  whole->end("hello");
  const ClientRequestPtr pieces = agent_.request(to(server.port(), "POST"));
  pieces->write("ab");
  pieces->write("c");
  pieces->addTrailer("X-Sum", "3");
  pieces->end();
  const ClientRequestPtr none = agent_.request(to(server.port(), "POST"));
  none->end();
  settle();
  ASSERT_EQ(server.size(), 3u);
  EXPECT_TRUE(server.at(0).received.ends_with("Content-Length: 5\r\n\r\nhello"));
  EXPECT_TRUE(server.at(1).received.ends_with(
      "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n"))
      << server.at(1).received;
  EXPECT_TRUE(server.at(2).received.ends_with("Content-Length: 0\r\n\r\n"));
  whole->destroy();
}

TEST_F(HttpClientTest, MisuseIsRefusedAndSendsNothing) {
  RawServer server(loop_);
  const ClientRequestPtr request = agent_.request(to(server.port(), "POST"));
  EXPECT_THROW(request->setHeader("X", "a\r\nY: b"), UsageError);
  EXPECT_THROW(request->appendHeader("X\n", "a"), UsageError);
  request->setHeader("Content-Length", "3");
  EXPECT_THROW(request->end("four"), UsageError);
  settle();
  EXPECT_EQ(server.size(), 0u);
  request->end("abc");
  EXPECT_THROW(request->setHeader("X", "late"), UsageError);
  EXPECT_THROW(request->write("d"), UsageError);
  request->destroy();

  RequestOptions split = to(server.port());
  split.path = "/ HTTP/1.1\r\nX: y";
  EXPECT_THROW(agent_.request(split)->end(), UsageError);
  EXPECT_THROW(agent_.request(to(server.port(), "G T"))->end(), UsageError);
  EXPECT_THROW(http::Agent(loop_, {.max_sockets = 0}), UsageError);
}

TEST_F(HttpClientTest, AnUploadWaitsForAServerThatDoesNotRead) {
  RawServer server(loop_);
  const ClientRequestPtr request = agent_.request(to(server.port(), "PUT"));
  const OutcomePtr outcome = watch(request);
  request->flushHeaders();
  settle();
  server.at(0).socket->pause();
  const std::string block(64 * 1024, 'x');
  std::size_t written = 0;
  bool drained = false;
  request->on(kDrain, [&] { drained = true; });
  do {
    request->write(block);
    written += block.size();
    settle();
    ASSERT_LT(written, 64u << 20) << "nothing ever waited";
  } while (request->writableLength() < block.size());
  EXPECT_LE(request->writableLength(), 3 * block.size());
  EXPECT_TRUE(request->writableNeedDrain());
  drained = false;
  settle();
  EXPECT_FALSE(drained);
  server.at(0).socket->resume();
  runUntil([&] { return drained; });
  request->end();
  runUntil([&] { return server.at(0).received.ends_with("0\r\n\r\n"); });
  EXPECT_GT(server.at(0).received.size(), written);
  server.at(0).socket->write(kOk);
  settle();
  EXPECT_EQ(outcome->body, "ok");
}

TEST_F(HttpClientTest, AClientThatPausesStopsTheServer) {
  RawServer server(loop_);
  const ClientRequestPtr request = get(server.port());
  ClientResponsePtr response;
  std::size_t received = 0;
  bool ended = false;
  request->on(kResponse, [&](const ClientResponsePtr& got) {
    response = got;
    got->on(kData, [&](std::string_view bytes) { received += bytes.size(); });
    got->on(kEnd, [&] { ended = true; });
    got->pause();
  });
  settle();
  constexpr std::size_t kSize = 32u << 20;
  Socket& socket = *server.at(0).socket;
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
  socket.write(std::string(kSize, 'x'));
  settle();
  EXPECT_EQ(received, 0u);
  EXPECT_LE(response->readableLength(), response->readableHighWaterMark() + (64u << 10));
  EXPECT_GT(socket.writableLength(), kSize / 4);
  response->resume();
  runUntil([&] { return ended; });
  EXPECT_EQ(received, kSize);
}

// --- with our own server

TEST_F(HttpClientTest, BothSidesStream) {
  const HttpServerPtr server =
      http::createServer(loop_, [](const RequestPtr& request, const ResponsePtr& response) {
        request->on(kData, [response](std::string_view bytes) { response->write(bytes); });
        request->on(kEnd, [request, response] {
          response->addTrailer("X-Sum", request->trailers().get("x-sum").value_or(""));
          response->end();
        });
      });
  server->listen({.host = "127.0.0.1"});
  const ClientRequestPtr request = agent_.request(to(server->address().port(), "POST"));
  const OutcomePtr outcome = watch(request);
  request->write("one ");
  settle();
  EXPECT_EQ(outcome->body, "one ");
  request->addTrailer("X-Sum", "7");
  request->end("two");
  settle();
  EXPECT_EQ(outcome->body, "one two");
  EXPECT_EQ(outcome->response->trailers().get("x-sum"), "7");
  EXPECT_EQ(outcome->events, (Events{"response", "finish", "end", "close", "response close"}));
  server->close();
  settle();
}

}  // namespace
}  // namespace weft::net
