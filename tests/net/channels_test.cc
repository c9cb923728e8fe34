#include "weft/net/channels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/net/dns/lookup.h"
#include "weft/net/http_agent.h"
#include "weft/net/http_client.h"
#include "weft/tests/net/http_client_fixture.h"
#include "weft/tests/net/http_server_fixture.h"

namespace weft::tests {
namespace {

using Log = std::vector<std::string>;

std::string textOf(const absl::Status& status) {
  return status.ok() ? "OK" : std::string(status.message());
}

// Notes what is published of requests.
class ChannelsTest : public HttpServerTest {
 protected:
  void noteRequests() {
    keep(net::kHttpRequestStart.subscribe([this](const RequestPtr& request, const ResponsePtr&) {
      log_.push_back("start " + std::string(request->url()));
    }));
    keep(net::kHttpRequestFinish.subscribe(
        [this](const RequestPtr& request, const ResponsePtr& response) {
          log_.push_back("finish " + std::string(request->url()) + " " +
                         std::to_string(response->statusCode()));
        }));
    keep(net::kHttpRequestError.subscribe(
        [this](const RequestPtr& request, const ResponsePtr&, const absl::Status& why) {
          log_.push_back("error " + std::string(request->url()) + ": " + textOf(why));
        }));
  }
  void noteClientRequests() {
    keep(net::kHttpClientRequestStart.subscribe([this](const net::ClientRequestPtr& request) {
      log_.push_back("start " + request->path());
    }));
    keep(net::kHttpClientRequestFinish.subscribe([this](const net::ClientRequestPtr& request,
                                                        const net::ClientResponsePtr& response) {
      log_.push_back("finish " + request->path() + " " + std::to_string(response->statusCode()));
    }));
    keep(net::kHttpClientRequestError.subscribe(
        [this](const net::ClientRequestPtr& request, const absl::Status& why) {
          log_.push_back("error " + request->path() + ": " + textOf(why));
        }));
  }
  void keep(loop::ChannelSubscription subscription) {
    subscriptions_.push_back(std::move(subscription));
  }
  std::uint16_t port() const { return server_->address().port(); }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }

  Log log_;
  std::vector<loop::ChannelSubscription> subscriptions_;
};

TEST_F(ChannelsTest, TheStartOfEachRequestIsPublishedBeforeItsHandler) {
  noteRequests();
  EXPECT_EQ(net::kHttpRequestStart.name(), "weft.http.request.start");
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    log_.push_back("handler");
    response->end("hello");
  });
  RawClient one = client();
  one.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  settle();
  // Both are handed out at once, and both answers leave together.
  EXPECT_EQ(log_,
            (Log{"start /a", "handler", "start /b", "handler", "finish /a 200", "finish /b 200"}));
}

TEST_F(ChannelsTest, ARequestWhoseConnectionBreaksEndsByAnError) {
  noteRequests();
  ResponsePtr open;
  serve([&](const RequestPtr&, const ResponsePtr& response) { open = response; });
  {
    RawClient one = client();
    one.send(kGet);
    settle();
    one.reset();
    settle();
  }
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_EQ(log_[0], "start /");
  EXPECT_TRUE(log_[1].starts_with("error /: ")) << log_[1];
}

TEST_F(ChannelsTest, ARequestWhoseHandlerThrowsEndsByAnErrorOnce) {
  noteRequests();
  serve([](const RequestPtr&, const ResponsePtr&) { throw std::runtime_error("no"); });
  server_->on(net::kRequestError, [](const std::exception_ptr&, const RequestPtr&) {});
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.answers(500), 1);
  EXPECT_EQ(log_, (Log{"start /", "error /: the server failed to answer"}));
}

TEST_F(ChannelsTest, WhatIsNoRequestHasNeitherStartNorEnd) {
  noteRequests();
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end(); });
  RawClient one = client();
  one.send("GET  HTTP/9\r\n\r\n");
  settle();
  RawClient two = client();
  two.send("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
  settle();
  EXPECT_EQ(two.answers(405), 1);
  EXPECT_TRUE(log_.empty());
}

TEST_F(ChannelsTest, AClientsRequestMayBeGivenHeadersAtItsStart) {
  noteClientRequests();
  keep(net::kHttpClientRequestStart.subscribe([](const net::ClientRequestPtr& request) {
    request->setHeader("traceparent", "00-1-2-01");
  }));
  std::string seen;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    seen = request->header("traceparent");
    response->end("hello");
  });
  http::Agent agent(loop_);
  const OutcomePtr outcome = watch(agent.get(url("/a")));
  runUntil([&] { return outcome->has("close"); });
  EXPECT_EQ(seen, "00-1-2-01");
  EXPECT_EQ(log_, (Log{"start /a", "finish /a 200"}));
}

TEST_F(ChannelsTest, AClientsRequestEndsByAnErrorOnceHoweverItFails) {
  noteClientRequests();
  ResponsePtr half;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    if (request->path() == "/broken") return response->socket()->destroy();
    response->setHeader("Content-Length", "10");
    response->write("half");
    half = response;
  });
  http::Agent agent(loop_);
  const OutcomePtr broken =
      watch(agent.request({.method = "POST", .port = port(), .path = "/broken"}));
  EXPECT_TRUE(log_.empty()) << "nothing was sent";
  const net::ClientRequestPtr post =
      agent.request({.method = "POST", .port = port(), .path = "/broken"});
  const OutcomePtr posted = watch(post);
  post->end("x");
  runUntil([&] { return posted->has("close"); });
  const net::ClientRequestPtr begun = agent.get(url("/half"));
  const OutcomePtr outcome = watch(begun);
  runUntil([&] { return outcome->body == "half"; });
  half->socket()->destroy();
  runUntil([&] { return outcome->has("response close"); });
  const net::ClientRequestPtr dropped = agent.get(url("/half"));
  dropped->destroy();
  ASSERT_EQ(log_.size(), 6u);
  EXPECT_EQ(log_[0], "start /broken");
  EXPECT_TRUE(log_[1].starts_with("error /broken: ")) << log_[1];
  EXPECT_EQ(log_[2], "start /half");
  EXPECT_TRUE(log_[3].starts_with("error /half: ")) << log_[3];
  EXPECT_EQ(log_[4], "start /half");
  EXPECT_EQ(log_[5], "error /half: the request was destroyed");
  half = nullptr;
  agent.closeIdle();
}

TEST_F(ChannelsTest, ConnectionsOpenAndCloseOnBothSidesAndTheirBytesAreCounted) {
  int opened = 0;
  int closed = 0;
  std::size_t read = 0;
  std::size_t written = 0;
  Log peers;
  keep(net::kConnectionOpen.subscribe([&](const SocketPtr& socket) {
    ++opened;
    peers.push_back(socket->remoteAddress().host());
  }));
  keep(net::kConnectionClose.subscribe([&](const SocketPtr& socket, const absl::Status& why) {
    ++closed;
    peers.push_back(socket->remoteAddress().host() + " " + textOf(why));
  }));
  keep(net::kConnectionRead.subscribe(
      [&](const net::Socket&, std::size_t bytes) { read += bytes; }));
  keep(net::kConnectionWrite.subscribe(
      [&](const net::Socket&, std::size_t bytes) { written += bytes; }));
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end("hello"); });
  std::size_t answer = 0;
  {
    RawClient one = client();
    one.send(kGet);
    settle();
    answer = one.received().size();
    EXPECT_EQ(opened, 2) << "the server's end and the client's";
    EXPECT_EQ(closed, 0);
    one.leave();
    settle();
  }
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(read, kGet.size() + answer);
  EXPECT_EQ(written, read);
  EXPECT_EQ(peers, (Log{"127.0.0.1", "127.0.0.1", "127.0.0.1 OK", "127.0.0.1 OK"}));
}

TEST_F(ChannelsTest, AConnectionThatNeverStoodIsNeitherOpenedNorClosed) {
  Log log;
  keep(net::kConnectionOpen.subscribe([&](const SocketPtr&) { log.push_back("open"); }));
  keep(net::kConnectionClose.subscribe(
      [&](const SocketPtr&, const absl::Status&) { log.push_back("close"); }));
  serve([](const RequestPtr&, const ResponsePtr&) {});
  const std::uint16_t nobody = port();
  server_->close();
  settle();
  const SocketPtr socket = net::connect(loop_, {.port = nobody});
  bool failed = false;
  socket->on(kError, [&](const absl::Status&) { failed = true; });
  runUntil([&] { return failed; });
  EXPECT_TRUE(log.empty());
}

TEST_F(ChannelsTest, AListenerThatCannotListenSaysSo) {
  serve([](const RequestPtr&, const ResponsePtr&) {});
  keep(net::kListenerError.subscribe(
      [&](const net::ServerPtr&, const absl::Status& why) { log_.push_back(textOf(why)); }));
  const net::ServerPtr second = net::createServer(loop_);
  second->on(kError, [](const absl::Status&) {});
  second->listen({.port = port(), .host = "127.0.0.1"});
  settle();
  EXPECT_EQ(log_, Log{"listen 127.0.0.1:" + std::to_string(port()) + ": Address already in use"});
}

TEST_F(ChannelsTest, LookupsStartAndEnd) {
  keep(net::kLookupStart.subscribe(
      [&](std::string_view host) { log_.push_back("start " + std::string(host)); }));
  keep(net::kLookupEnd.subscribe([&](std::string_view host, const absl::Status& why) {
    log_.push_back("end " + std::string(host) + ": " + textOf(why));
  }));
  EXPECT_TRUE(net::dns::sync::lookupAll("127.0.0.1").ok());
  EXPECT_FALSE(net::dns::sync::lookupAll("").ok());
  EXPECT_EQ(log_, (Log{"start 127.0.0.1", "end 127.0.0.1: OK", "start ",
                       "end : lookup '': this is not the name of a host"}));
  log_.clear();
  serve([](const RequestPtr&, const ResponsePtr&) {});
  const SocketPtr named = net::connect(loop_, {.port = port(), .host = "localhost"});
  named->on(kError, [](const absl::Status&) {});
  waitFor([&] { return log_.size() == 2; });
  EXPECT_EQ(log_, (Log{"start localhost", "end localhost: OK"}));
  named->destroy();
  log_.clear();
  const SocketPtr dropped = net::connect(loop_, {.port = port(), .host = "localhost"});
  dropped->destroy();
  settle();
  EXPECT_EQ(log_, (Log{"start localhost", "end localhost: nobody waits for it any more"}));
}

TEST_F(ChannelsTest, TheEndIsToldAlsoToWhoCameAfterTheStart) {
  ResponsePtr open;
  serve([&](const RequestPtr&, const ResponsePtr& response) { open = response; });
  RawClient one = client();
  one.send(kGet);
  settle();
  noteRequests();
  open->end("late");
  settle();
  EXPECT_EQ(log_, Log{"finish / 200"});
}

}  // namespace
}  // namespace weft::tests
