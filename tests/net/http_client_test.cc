#include "weft/net/http_client.h"

#include <netdb.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/net/http_server.h"
#include "weft/net/internal/socket_calls.h"
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

// --- interim responses, trailers, upgrades

TEST_F(HttpClientTest, InterimResponsesAreTold) {
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

TEST_F(HttpClientTest, ABodyThatTheServerRefusesIsNotSent) {
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

TEST_F(HttpClientTest, TrailersAreThereAtTheEnd) {
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

TEST_F(HttpClientTest, ResponsesWithoutBodyEndWithTheirHead) {
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

TEST_F(HttpClientTest, AnUpgradeGivesTheSocketToTheListener) {
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

TEST_F(HttpClientTest, ConnectOpensATunnelOrHasAResponse) {
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

TEST_F(HttpClientTest, ATunnelThatNobodyListensToIsClosed) {
  RawServer server(loop_);
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  server.at(0).socket->write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  settle();
  EXPECT_TRUE(server.at(0).ended);
  EXPECT_TRUE(outcome->has("close"));
}

// --- what goes wrong

TEST_F(HttpClientTest, ARefusedConnectionIsAnErrorThatNamesAddressAndReason) {
  std::uint16_t port = 0;
  { port = RawServer(loop_).port(); }
  settle();
  const OutcomePtr outcome = watch(get(port));
  settle();
  EXPECT_EQ(outcome->events.size(), 2u);
  EXPECT_NE(outcome->error().find("127.0.0.1:" + std::to_string(port)), std::string::npos);
  EXPECT_NE(outcome->error().find("refused"), std::string::npos) << outcome->error();
  EXPECT_EQ(outcome->events.back(), "close");
}

TEST_F(HttpClientTest, AnErrorThatNobodyHearsGoesIntoTheLoop) {
  std::vector<std::string> uncaught;
  loop_.onUncaughtException([&](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      uncaught.push_back(exception.what());
    }
  });
  agent_.get("nonsense");
  settle();
  ASSERT_EQ(uncaught.size(), 1u);
  EXPECT_NE(uncaught[0].find("nonsense"), std::string::npos);
}

TEST_F(HttpClientTest, AMalformedResponseIsAnError) {
  RawServer server(loop_);
  server.replyWith("HTTP/1.1 2x0 OK\r\n\r\n");
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  EXPECT_EQ(outcome->status, 0);
  EXPECT_NE(outcome->error().find("127.0.0.1:"), std::string::npos) << outcome->error();
  EXPECT_NE(outcome->error().find("malformed"), std::string::npos) << outcome->error();
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(HttpClientTest, ATruncatedBodyIsAnErrorOfTheResponseAndNeverAnEnd) {
  RawServer server(loop_);
  const OutcomePtr counted = watch(get(server.port()));
  const OutcomePtr chunked = watch(get(server.port()));
  const OutcomePtr head = watch(get(server.port()));
  const OutcomePtr nothing = watch(get(server.port()));
  settle();
  server.at(0).socket->end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  server.at(1).socket->end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  server.at(2).socket->end("HTTP/1.1 200 OK\r\nContent-");
  server.at(3).socket->resetAndDestroy();
  settle();
  for (const OutcomePtr& outcome : {counted, chunked}) {
    EXPECT_EQ(outcome->body, "half");
    EXPECT_NE(outcome->error(), "");
    EXPECT_FALSE(outcome->has("end"));
    EXPECT_TRUE(outcome->has("response close"));
    EXPECT_TRUE(outcome->has("close"));
    EXPECT_FALSE(outcome->response->complete());
  }
  for (const OutcomePtr& outcome : {head, nothing}) {
    EXPECT_EQ(outcome->status, 0);
    EXPECT_NE(outcome->error().find("127.0.0.1:"), std::string::npos) << outcome->error();
    EXPECT_TRUE(outcome->has("close"));
  }
}

TEST_F(HttpClientTest, ABodyWithoutLengthEndsWithTheConnection) {
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

TEST_F(HttpClientTest, AServerThatSaysNothingIsTimedOut) {
  RawServer server(loop_);
  RequestOptions options = to(server.port());
  options.timeout = std::chrono::seconds(10);
  const ClientRequestPtr request = agent_.request(options);
  const OutcomePtr outcome = watch(request);
  request->end();
  pass(std::chrono::seconds(9));
  server.at(0).socket->write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  pass(std::chrono::seconds(9));
  EXPECT_EQ(outcome->events, (Events{"finish", "response"}));
  pass(std::chrono::seconds(2));
  EXPECT_NE(outcome->error().find("in time"), std::string::npos) << outcome->error();
  EXPECT_FALSE(outcome->has("end"));
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(HttpClientTest, WhatIsDestroyedClosesItsConnectionAndSaysNoMore) {
  RawServer server(loop_);
  const ClientRequestPtr early = get(server.port());
  const OutcomePtr first = watch(early);
  early->destroy();
  const ClientRequestPtr late = get(server.port());
  const OutcomePtr second = watch(late);
  settle();
  server.at(server.size() - 1).socket->write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  settle();
  second->response->destroy();
  server.at(server.size() - 1).socket->write("wait!");
  settle();
  EXPECT_EQ(first->events, (Events{"close"}));
  EXPECT_EQ(second->body, "half");
  EXPECT_EQ(second->events, (Events{"finish", "response", "close", "response close"}));
  EXPECT_EQ(agent_.activeSockets(), 0u);
}

TEST_F(HttpClientTest, AListenerThatThrowsStopsNoOtherEvent) {
  RawServer server(loop_);
  server.replyWith(kOk);
  int uncaught = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  Events events;
  const ClientRequestPtr request = get(server.port());
  const auto fail = [&events](const char* event) {
    events.push_back(event);
    throw std::runtime_error(event);
  };
  request->on(kFinish, [&] { fail("finish"); });
  request->on(kResponse, [&](const ClientResponsePtr& response) {
    response->on(kData, [&](std::string_view) { fail("data"); });
    response->on(kEnd, [&] { fail("end"); });
    fail("response");
  });
  request->on(kClose, [&] { fail("close"); });
  settle();
  EXPECT_EQ(events, (Events{"finish", "response", "data", "end", "close"}));
  EXPECT_EQ(uncaught, 5);
  EXPECT_EQ(watch(get(server.port()))->status, 0);
  settle();
  EXPECT_EQ(agent_.freeSockets(), 1u);
}

TEST_F(HttpClientTest, ALoopThatEndsTakesEverythingWithIt) {
  OutcomePtr outcome, waiting;
  {
    EventLoop loop({.clock = &clock_});
    RawServer server(loop);
    http::Agent agent(loop, {.max_sockets = 1});
    const ClientRequestPtr active = agent.request(to(server.port()));
    const ClientRequestPtr queued = agent.request(to(server.port()));
    outcome = watch(active);
    waiting = watch(queued);
    active->end();
    queued->end();
    for (int i = 0; i < 20; ++i) loop.runNoWait();
    EXPECT_EQ(agent.waitingRequests(), 1u);
  }
  EXPECT_EQ(outcome->status, 0);
  EXPECT_EQ(waiting->events, Events());
}

TEST_F(HttpClientTest, ALoopThatEndsReleasesRequestsAndResponsesThatHoldThemselves) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  {
    EventLoop loop;
    RequestPtr asked;
    const auto server =
        http::createServer(loop, [&](const RequestPtr& request, const ResponsePtr& response) {
          asked = request;
          request->on(kClose, [held, request, response] {});
          response->on(kClose, [held, request, response] {});
          response->write("some", [held, response] {});
        });
    server->listen({.host = "127.0.0.1"});
    http::Agent agent(loop, {.max_sockets = 2});
    std::vector<ClientRequestPtr> requests;
    int answered = 0;
    for (int i = 0; i != 4; ++i) {
      requests.push_back(agent.request(to(server->address().port(), "POST")));
      const ClientRequestPtr request = requests.back();
      request->on(kResponse, [held, &answered](const ClientResponsePtr& response) {
        ++answered;
        response->on(kClose, [held, response] {});
        response->on(kError, [held, response] {});
      });
      request->on(kClose, [held, request] {});
      request->on(kError, [held, request] {});
      request->write("body", [held, request] {});
    }
    for (int i = 0; i != 1000 && answered != 2; ++i) loop.runOnce();
    ASSERT_EQ(answered, 2);
    requests[0]->destroy();
    asked->destroy();
    held.reset();
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

// --- localhost

std::vector<std::string> g_local_addresses;

int lookUpLocalhost(const char* host, const char* service, const addrinfo*, addrinfo** list) {
  if (std::string_view(host) != "localhost") return EAI_NONAME;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  for (const std::string& address : g_local_addresses) {
    if (const int error = ::getaddrinfo(address.c_str(), service, &hints, list)) return error;
    list = &(*list)->ai_next;
  }
  return 0;
}

// The clock stands still, so whatever is refused makes way at once, not after the 250 ms that a
// silent address has.
TEST_F(HttpClientTest, LocalhostIsWhicheverFamilyTheServerListensOn) {
  internal::SocketCalls calls = internal::socketCalls();
  calls.getaddrinfo = &lookUpLocalhost;
  const internal::ScopedSocketCalls replaced(calls);
  g_local_addresses = {"::1", "127.0.0.1"};
  for (const char* const only : {"127.0.0.1", "::1"}) {
    const auto server =
        http::createServer(loop_, [](const RequestPtr& request, const ResponsePtr& response) {
          response->end(request->headers().get("host").value_or(""));
        });
    server->listen({.host = only});
    const std::string port = std::to_string(server->address().port());
    const OutcomePtr outcome = watch(agent_.get("http://localhost:" + port + "/"));
    for (int i = 0; i != 1'000'000 && !outcome->has("close"); ++i) loop_.runNoWait();
    EXPECT_EQ(outcome->body, "localhost:" + port) << only << ": " << outcome->error();
    agent_.closeIdle();
    server->close();
    settle();
  }
}

std::atomic<bool> g_resolver_waits = false;

int neverAnswer(const char*, const char*, const addrinfo*, addrinfo**) {
  g_resolver_waits.wait(true);
  return EAI_AGAIN;
}

TEST_F(HttpClientTest, AResolverThatNeverAnswersIsTimedOutAndHoldsNothingUp) {
  internal::SocketCalls calls = internal::socketCalls();
  calls.getaddrinfo = &neverAnswer;
  const internal::ScopedSocketCalls replaced(calls);
  g_resolver_waits = true;
  RawServer server(loop_);
  server.replyWith(kOk);
  RequestOptions options = to(80);
  options.host = "weft.test";
  options.timeout = std::chrono::seconds(10);
  const ClientRequestPtr request = agent_.request(std::move(options));
  const OutcomePtr outcome = watch(request);
  request->end();
  settle();
  const OutcomePtr other = watch(get(server.port()));
  settle();
  EXPECT_EQ(other->body, "ok") << "others are served meanwhile";
  EXPECT_EQ(outcome->events, Events());
  pass(std::chrono::seconds(11));
  EXPECT_TRUE(outcome->has("close"));
  EXPECT_NE(outcome->error().find("weft.test:80"), std::string::npos) << outcome->error();
  g_resolver_waits = false;
  g_resolver_waits.notify_all();
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
