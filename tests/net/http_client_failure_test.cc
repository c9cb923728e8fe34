// What becomes of the requests of weft/net/http_client.h when the connection, the server, a
// listener or the loop fails them.

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "weft/net/http_client.h"
#include "weft/net/http_server.h"
#include "weft/tests/loop/message_of.h"
#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::OutcomePtr;
using tests::RawServer;
using tests::watch;

using Events = std::vector<std::string>;
using HttpClientFailureTest = HttpClientTest;

TEST_F(HttpClientFailureTest, ARefusedConnectionIsAnErrorThatNamesAddressAndReason) {
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

TEST_F(HttpClientFailureTest, AnErrorThatNobodyHearsGoesIntoTheLoop) {
  std::vector<std::string> uncaught;
  loop_.onUncaughtException(
      [&](std::exception_ptr thrown) { uncaught.push_back(tests::messageOf(thrown)); });
  agent_.get("nonsense");
  settle();
  ASSERT_EQ(uncaught.size(), 1u);
  EXPECT_NE(uncaught[0].find("nonsense"), std::string::npos);
}

TEST_F(HttpClientFailureTest, AMalformedResponseIsAnError) {
  RawServer server(loop_);
  server.replyWith("HTTP/1.1 2x0 OK\r\n\r\n");
  const OutcomePtr outcome = watch(get(server.port()));
  settle();
  EXPECT_EQ(outcome->status, 0);
  EXPECT_NE(outcome->error().find("127.0.0.1:"), std::string::npos) << outcome->error();
  EXPECT_NE(outcome->error().find("malformed"), std::string::npos) << outcome->error();
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(HttpClientFailureTest, ATruncatedBodyIsAnErrorOfTheResponseAndNeverAnEnd) {
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

TEST_F(HttpClientFailureTest, AServerThatSaysNothingIsTimedOut) {
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

TEST_F(HttpClientFailureTest, WhatIsDestroyedClosesItsConnectionAndSaysNoMore) {
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

TEST_F(HttpClientFailureTest, AListenerThatThrowsStopsNoOtherEvent) {
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

TEST_F(HttpClientFailureTest, ALoopThatEndsTakesEverythingWithIt) {
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

TEST_F(HttpClientFailureTest, ALoopThatEndsReleasesRequestsAndResponsesThatHoldThemselves) {
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

}  // namespace
}  // namespace weft::net
