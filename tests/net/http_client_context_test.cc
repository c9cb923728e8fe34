// Which contexts the events of requests and responses see on the asking side.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/net/http_client_fixture.h"
#include "weft/tests/net/named_contexts.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::kOk;
using tests::NamedContexts;
using tests::RawServer;

class HttpClientContextTest : public HttpClientTest, protected NamedContexts {
 protected:
  // A GET made in a context of that name, all of whose events are noted, with listeners that were
  // added in the same context.
  void fetch(http::Agent& agent, const RequestOptions& options, const std::string& name) {
    in(name, [&] {
      const auto note = [this, name](const std::string& event) {
        return [this, key = name + " " + event] { seen_[key] = here(); };
      };
      const ClientRequestPtr request = agent.request(options);
      request->on(kResponse, [note](const ClientResponsePtr& response) {
        note("response")();
        response->on(kData, note("data"));
        response->on(kEnd, note("end"));
        response->on(kClose, note("response close"));
      });
      request->on(kFinish, note("finish"));
      request->on(kError, note("error"));
      request->on(kClose, note("close"));
      request->end("", note("gone"));
    });
  }
  void expectOwnContexts(std::size_t events) {
    EXPECT_EQ(seen_.size(), events);
    for (const auto& [key, name] : seen_) EXPECT_TRUE(key.starts_with(name + " ")) << key << name;
    EXPECT_EQ(cls::liveContexts(), 0u);
  }

  std::map<std::string, std::string> seen_;
};

TEST_F(HttpClientContextTest, SequentialRequestsOnOneConnectionSeeTheirOwn) {
  RawServer server(loop_);
  server.replyWith(kOk);
  for (const char* name : {"first", "second", "third"}) {
    fetch(agent_, to(server.port()), name);
    settle();
  }
  EXPECT_EQ(server.size(), 1u);
  expectOwnContexts(3 * 7);
}

TEST_F(HttpClientContextTest, RequestsThatWaitInLineSeeTheirOwn) {
  RawServer server(loop_);
  server.replyWith(kOk);
  http::Agent agent(loop_, {.max_sockets = 1});
  for (const char* name : {"first", "second", "third"}) fetch(agent, to(server.port()), name);
  EXPECT_EQ(agent.waitingRequests(), 2u);
  settle();
  EXPECT_EQ(server.size(), 1u);
  expectOwnContexts(3 * 7);
}

TEST_F(HttpClientContextTest, OnesThatTakeTheRoomOfAFailedConnectionSeeTheirOwn) {
  RawServer server(loop_);
  http::Agent agent(loop_, {.max_sockets = 1});
  fetch(agent, to(server.port()), "first");
  fetch(agent, to(server.port()), "second");
  settle();
  server.replyWith(kOk);
  server.at(0).socket->resetAndDestroy();
  settle();
  EXPECT_EQ(seen_["first error"], "first");
  EXPECT_EQ(seen_.count("first response"), 0u);
  EXPECT_EQ(server.size(), 2u);
  expectOwnContexts(4 + 7);
}

TEST_F(HttpClientContextTest, ARepeatedRequestSeesItsOwn) {
  RawServer server(loop_);
  server.replyWith(kOk);
  fetch(agent_, to(server.port()), "first");
  settle();
  server.replyWith({});
  fetch(agent_, to(server.port()), "second");
  server.at(0).socket->resetAndDestroy();
  server.replyWith(kOk);
  settle();
  EXPECT_EQ(server.size(), 2u);
  expectOwnContexts(2 * 7);
}

TEST_F(HttpClientContextTest, ARefusedOrLateOneIsToldWhereItWasMade) {
  std::uint16_t nowhere = 0;
  { nowhere = RawServer(loop_).port(); }
  settle();
  RawServer silent(loop_);
  RequestOptions late = to(silent.port());
  late.timeout = std::chrono::seconds(1);
  fetch(agent_, to(nowhere), "refused");
  fetch(agent_, late, "late");
  settle();
  EXPECT_EQ(seen_["refused error"], "refused");
  pass(std::chrono::seconds(2));
  EXPECT_EQ(seen_["late error"], "late");
  EXPECT_EQ(seen_["late close"], "late");
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(HttpClientContextTest, ListenersThatHaveNoContextSeeTheRequests) {
  RawServer server(loop_);
  server.replyWith(kOk);
  ClientRequestPtr request;
  in("made", [&] { request = agent_.request(to(server.port())); });
  request->on(kResponse, [&](const ClientResponsePtr& response) {
    seen_["response"] = here();
    cls::detached([&] { response->on(kEnd, [&] { seen_["end"] = here(); }); });
    response->resume();
  });
  request->on(kClose, [&] { seen_["close"] = here(); });
  in("ended", [&] { request->end(); });
  settle();
  EXPECT_EQ(seen_, (std::map<std::string, std::string>{
                       {"close", "made"}, {"end", "made"}, {"response", "made"}}));
}

TEST_F(HttpClientContextTest, WhatTheListenersStartBelongsToThem) {
  RawServer server(loop_);
  server.replyWith(kOk);
  in("made", [&] {
    agent_
        .request(to(server.port()),
                 [&](const ClientResponsePtr& response) {
                   response->on(kEnd, [&] {
                     loop_.setTimeout([&] { seen_["timer"] = here(); },
                                      std::chrono::milliseconds(1));
                     fetch(agent_, to(server.port()), "nested");
                   });
                   response->resume();
                 })
        ->end();
  });
  pass(std::chrono::milliseconds(2));
  EXPECT_EQ(seen_["timer"], "made");
  EXPECT_EQ(seen_["nested end"], "nested");
  EXPECT_EQ(server.size(), 2u) << "the first connection was not free yet";
}

TEST_F(HttpClientContextTest, AnIdleConnectionKeepsNoContextAlive) {
  RawServer server(loop_);
  server.replyWith(kOk);
  int ended = 0;
  ns_.run([&](cls::Context context) {
    context.onEnd([&] { ++ended; });
    agent_.get("http://127.0.0.1:" + std::to_string(server.port()));
  });
  settle();
  EXPECT_EQ(agent_.freeSockets(), 1u);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(HttpClientContextTest, BindEmitterWorksOnBothSidesOfARequest) {
  RawServer server(loop_);
  server.replyWith(kOk);
  ClientRequestPtr request;
  in("made", [&] { request = agent_.request(to(server.port())); });
  in("bound", [&] {
    ns_.bindEmitter(*request);
    request->on(kResponse, [&](const ClientResponsePtr& response) {
      seen_["response"] = here();
      ns_.bindEmitter(*response);
      response->on(kData, [&] { seen_["data"] = here(); });
    });
  });
  request->end();
  settle();
  EXPECT_EQ(seen_, (std::map<std::string, std::string>{{"data", "bound"}, {"response", "bound"}}));
}

}  // namespace
}  // namespace weft::net
