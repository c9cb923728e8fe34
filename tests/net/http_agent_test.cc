#include "weft/net/http_agent.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "weft/tests/net/http_client_fixture.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::OutcomePtr;
using tests::RawServer;
using tests::watch;

class AgentTest : public HttpClientTest {
 protected:
  static ClientRequestPtr get(http::Agent& agent, std::uint16_t port) {
    RequestOptions options;
    options.port = port;
    const ClientRequestPtr request = agent.request(options);
    request->end();
    return request;
  }
  // Leaves one idle connection to the server.
  void warmUp(RawServer& server) {
    server.replyWith(kOk);
    const OutcomePtr outcome = watch(HttpClientTest::get(server.port()));
    settle();
    ASSERT_EQ(outcome->body, "ok");
    ASSERT_EQ(agent_.freeSockets(), 1u);
    server.replyWith({});
  }
};

TEST_F(AgentTest, AConnectionServesOneRequestAfterTheOther) {
  RawServer server(loop_);
  server.replyWith(kOk);
  for (int i = 0; i < 5; ++i) {
    const ClientRequestPtr request = HttpClientTest::get(server.port());
    const OutcomePtr outcome = watch(request);
    EXPECT_EQ(agent_.activeSockets(), 1u);
    settle();
    EXPECT_EQ(outcome->body, "ok");
    EXPECT_EQ(request->reusedSocket(), i > 0);
    EXPECT_EQ(agent_.freeSockets(), 1u);
    EXPECT_EQ(agent_.activeSockets(), 0u);
  }
  EXPECT_EQ(server.size(), 1u);
}

TEST_F(AgentTest, RequestsBeyondTheLimitWaitInLine) {
  RawServer server(loop_);
  server.replyWith(kOk);
  http::Agent agent(loop_, {.max_sockets = 2});
  std::vector<OutcomePtr> outcomes;
  std::string order;
  for (int i = 0; i < 7; ++i) {
    const ClientRequestPtr request = get(agent, server.port());
    request->on(kResponse, [&order, i](const ClientResponsePtr&) { order += std::to_string(i); });
    outcomes.push_back(watch(request));
  }
  EXPECT_EQ(agent.activeSockets(), 2u);
  EXPECT_EQ(agent.waitingRequests(), 5u);
  settle();
  for (const OutcomePtr& outcome : outcomes) EXPECT_EQ(outcome->body, "ok");
  EXPECT_EQ(order, "0123456");
  EXPECT_EQ(server.size(), 2u);
  EXPECT_EQ(agent.freeSockets(), 2u);
}

TEST_F(AgentTest, TheLimitIsOfEachHostAndPort) {
  RawServer one(loop_);
  RawServer other(loop_);
  http::Agent agent(loop_, {.max_sockets = 1});
  for (int i = 0; i < 2; ++i) {
    watch(get(agent, one.port()));
    watch(get(agent, other.port()));
  }
  EXPECT_EQ(agent.activeSockets(), 2u);
  EXPECT_EQ(agent.waitingRequests(), 2u);
  settle();
  EXPECT_EQ(one.size() + other.size(), 2u);
}

TEST_F(AgentTest, OneThatIsDestroyedWhileItWaitsLeavesTheLine) {
  RawServer server(loop_);
  http::Agent agent(loop_, {.max_sockets = 1});
  const OutcomePtr first = watch(get(agent, server.port()));
  const ClientRequestPtr given_up = get(agent, server.port());
  const OutcomePtr second = watch(given_up);
  const OutcomePtr third = watch(get(agent, server.port()));
  given_up->destroy();
  EXPECT_EQ(agent.waitingRequests(), 1u);
  settle();
  server.replyWith(kOk);
  server.at(0).socket->write(kOk);
  settle();
  EXPECT_EQ(first->body + third->body, "okok");
  EXPECT_EQ(second->events, std::vector<std::string>{"close"});
  EXPECT_EQ(server.size(), 1u);
}

TEST_F(AgentTest, AConnectionThatFailsMakesRoomForTheNext) {
  RawServer server(loop_);
  http::Agent agent(loop_, {.max_sockets = 1});
  const OutcomePtr first = watch(get(agent, server.port()));
  const OutcomePtr second = watch(get(agent, server.port()));
  settle();
  server.at(0).socket->resetAndDestroy();
  settle();
  EXPECT_NE(first->error(), "");
  ASSERT_EQ(server.size(), 2u);
  server.at(1).socket->write(kOk);
  settle();
  EXPECT_EQ(second->body, "ok");
}

TEST_F(AgentTest, ManyThatCannotConnectAtAllFailOneByOne) {
  http::Agent agent(loop_, {.max_sockets = 1});
  std::vector<OutcomePtr> outcomes;
  for (int i = 0; i < 2000; ++i) {
    RequestOptions options;
    options.socket_path = "/nowhere/at/all";
    const ClientRequestPtr request = agent.request(options);
    outcomes.push_back(watch(request));
    request->end();
  }
  settle();
  for (const OutcomePtr& outcome : outcomes) {
    EXPECT_NE(outcome->error().find("/nowhere/at/all"), std::string::npos) << outcome->error();
  }
  EXPECT_EQ(agent.activeSockets() + agent.waitingRequests(), 0u);
}

// --- which connections are not used again

TEST_F(AgentTest, OneWithBytesLeftOverIsClosed) {
  RawServer server(loop_);
  server.replyWith(std::string(kOk) + "x");
  EXPECT_EQ(watch(HttpClientTest::get(server.port()))->status, 0);
  settle();
  EXPECT_EQ(agent_.freeSockets(), 0u);
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(AgentTest, OneThatSpeaksUnaskedIsClosed) {
  RawServer server(loop_);
  warmUp(server);
  server.at(0).socket->write("HTTP/1.1 408 Too Late\r\nContent-Length: 0\r\n\r\n");
  settle();
  EXPECT_EQ(agent_.freeSockets(), 0u);
  const OutcomePtr outcome = watch(HttpClientTest::get(server.port()));
  settle();
  ASSERT_EQ(server.size(), 2u);
  server.at(1).socket->write(kOk);
  settle();
  EXPECT_EQ(outcome->status, 200);
}

TEST_F(AgentTest, OneOfWhichEitherSideSaysSoIsClosed) {
  RawServer server(loop_);
  for (const char* reply : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    server.replyWith(reply);
    const OutcomePtr outcome = watch(HttpClientTest::get(server.port()));
    settle();
    EXPECT_TRUE(outcome->has("end")) << reply;
    EXPECT_EQ(agent_.freeSockets(), 0u) << reply;
  }
  server.replyWith(kOk);
  RequestOptions options = to(server.port());
  options.headers.set("Connection", "close");
  agent_.request(options)->end();
  http::get(loop_, "http://127.0.0.1:" + std::to_string(server.port()));
  settle();
  EXPECT_EQ(agent_.freeSockets(), 0u);
  EXPECT_EQ(server.size(), 4u);
  EXPECT_NE(server.at(3).received.find("Connection: close\r\n"), std::string::npos);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(server.at(i).ended) << i;
}

TEST_F(AgentTest, OneThatIsIdleTooLongIsClosed) {
  RawServer server(loop_);
  warmUp(server);
  pass(std::chrono::milliseconds(3900));
  EXPECT_EQ(agent_.freeSockets(), 1u);
  pass(std::chrono::milliseconds(200));
  EXPECT_EQ(agent_.freeSockets(), 0u);
  EXPECT_TRUE(server.at(0).ended);
}

TEST_F(AgentTest, IdleOnesDoNotKeepTheLoopRunning) {
  RawServer server(loop_);
  warmUp(server);
  server.at(0).socket->unref();
  EXPECT_EQ(agent_.freeSockets(), 1u);
  agent_.closeIdle();
  EXPECT_EQ(agent_.freeSockets(), 0u);
}

TEST_F(AgentTest, OnlySoManyAreKept) {
  RawServer server(loop_);
  server.replyWith(kOk);
  http::Agent agent(loop_, {.max_free_sockets = 2});
  for (int i = 0; i < 4; ++i) watch(get(agent, server.port()));
  settle();
  EXPECT_EQ(server.size(), 4u);
  EXPECT_EQ(agent.freeSockets(), 2u);
}

TEST_F(AgentTest, WhatIsUnderWayGoesOnWithoutTheAgent) {
  RawServer server(loop_);
  OutcomePtr first, second;
  {
    http::Agent agent(loop_, {.max_sockets = 1});
    first = watch(get(agent, server.port()));
    second = watch(get(agent, server.port()));
  }
  settle();
  server.replyWith(kOk);
  server.at(0).socket->write(kOk);
  settle();
  EXPECT_EQ(first->body, "ok");
  EXPECT_EQ(second->body, "ok");
  for (std::size_t i = 0; i < server.size(); ++i) EXPECT_TRUE(server.at(i).ended);
}

// --- a connection that the server closes as it is used again

TEST_F(AgentTest, ARequestThatMayBeRepeatedIsSentOnceMoreOnANewConnection) {
  RawServer server(loop_);
  warmUp(server);
  const ClientRequestPtr request = HttpClientTest::get(server.port());
  const OutcomePtr outcome = watch(request);
  server.at(0).socket->resetAndDestroy();
  settle();
  ASSERT_EQ(server.size(), 2u);
  server.at(1).socket->write(kOk);
  settle();
  EXPECT_EQ(outcome->body, "ok");
  EXPECT_FALSE(request->reusedSocket());
  EXPECT_EQ(outcome->error(), "");
}

TEST_F(AgentTest, ItIsRepeatedOnceAndOnlyWhileNothingHasComeBack) {
  RawServer server(loop_);
  warmUp(server);
  const OutcomePtr twice = watch(HttpClientTest::get(server.port()));
  server.at(0).socket->resetAndDestroy();
  settle();
  server.at(1).socket->resetAndDestroy();
  settle();
  EXPECT_NE(twice->error(), "");
  EXPECT_EQ(server.size(), 2u);

  server.replyWith(kOk);
  watch(HttpClientTest::get(server.port()));
  settle();
  server.replyWith("HTTP/1.1 ");
  const OutcomePtr begun = watch(HttpClientTest::get(server.port()));
  settle();
  server.at(2).socket->destroy();
  settle();
  EXPECT_NE(begun->error(), "");
  EXPECT_EQ(server.size(), 3u);
}

TEST_F(AgentTest, ARequestWithABodyOrAnotherMethodIsNotRepeated) {
  RawServer server(loop_);
  for (const char* body : {"", "body"}) {
    warmUp(server);
    const std::size_t connections = server.size();
    const ClientRequestPtr request = agent_.request(to(server.port(), "POST"));
    const OutcomePtr outcome = watch(request);
    request->end(body);
    EXPECT_TRUE(request->reusedSocket());
    server.at(connections - 1).socket->resetAndDestroy();
    settle();
    EXPECT_NE(outcome->error(), "");
    EXPECT_EQ(server.size(), connections);
  }
}

TEST_F(AgentTest, ATimeoutIsNoReasonToRepeat) {
  RawServer server(loop_);
  warmUp(server);
  RequestOptions options = to(server.port());
  options.timeout = std::chrono::seconds(1);
  const ClientRequestPtr request = agent_.request(options);
  const OutcomePtr outcome = watch(request);
  request->end();
  pass(std::chrono::seconds(2));
  EXPECT_NE(outcome->error().find("in time"), std::string::npos) << outcome->error();
  EXPECT_EQ(server.size(), 1u);
}

TEST_F(AgentTest, ARepetitionKeepsToTheLimitAndGoesFirst) {
  RawServer server(loop_);
  http::Agent agent(loop_, {.max_sockets = 1});
  server.replyWith(kOk);
  watch(get(agent, server.port()));
  settle();
  server.replyWith({});
  const OutcomePtr repeated = watch(get(agent, server.port()));
  const OutcomePtr waiting = watch(get(agent, server.port()));
  server.at(0).socket->resetAndDestroy();
  settle();
  EXPECT_EQ(server.size(), 2u);
  EXPECT_EQ(agent.activeSockets(), 1u);
  server.at(1).socket->write(kOk);
  settle();
  EXPECT_EQ(repeated->body, "ok");
  EXPECT_EQ(waiting->status, 0);
  server.at(1).socket->write(kOk);
  settle();
  EXPECT_EQ(waiting->body, "ok");
}

}  // namespace
}  // namespace weft::net
