// Which contexts the events of servers, requests and responses see.

#include <chrono>
#include <map>
#include <string>

#include "weft/cls/cls.h"
#include "weft/tests/net/http_server_fixture.h"
#include "weft/tests/net/named_contexts.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::NamedContexts;
using tests::RawClient;

class HttpServerContextTest : public HttpServerTest, protected NamedContexts {
 protected:
};

TEST_F(HttpServerContextTest, TheHandlerRunsWhereItWasRegistered) {
  std::string seen;
  in("created", [&] {
    server_ = http::createServer(loop_, [&](const RequestPtr&, const ResponsePtr& response) {
      seen = here();
      response->end();
    });
  });
  in("listening", [&] { server_->listen({.host = "127.0.0.1"}); });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(seen, "created");
}

TEST_F(HttpServerContextTest, ElseWhereTheServerListens) {
  std::map<std::string, std::string> seen;
  server_ = http::createServer(loop_, [&](const RequestPtr&, const ResponsePtr& response) {
    seen["request"] = here();
    response->end();
  });
  server_->on(kListening, [&] { seen["listening"] = here(); });
  server_->on(kConnection, [&](const SocketPtr&) { seen["connection"] = here(); });
  server_->on(kClose, [&] { seen["close"] = here(); });
  in("listening", [&] { server_->listen({.host = "127.0.0.1"}); });
  {
    RawClient one = client();
    one.send(kGet);
    settle();
    in("closing", [&] { server_->close(); });
  }
  settle();
  EXPECT_EQ(seen["request"], "listening");
  EXPECT_EQ(seen["listening"], "listening");
  EXPECT_EQ(seen["connection"], "listening");
}

TEST_F(HttpServerContextTest, EveryEventOfARequestSeesItsOwnContext) {
  std::map<std::string, std::string> seen;
  int number = 0;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    EXPECT_EQ(here(), "none");  // not that of the request before, on the same connection
    const std::string name = "request " + std::to_string(++number);
    ns_.run([&] {
      ns_.set("name", name);
      const auto note = [this, &seen, name](const std::string& event) {
        return [this, &seen, key = name + " " + event] { seen[key] = here(); };
      };
      request->on(kData, [note](std::string_view) { note("data")(); });
      request->on(kEnd, [this, note, response] {
        note("end")();
        loop_.setTimeout(
            [note, response] {
              note("timer")();
              response->end("x", note("gone"));
            },
            std::chrono::milliseconds(1));
      });
      request->on(kClose, note("request close"));
      response->on(kFinish, note("finish"));
      response->on(kClose, note("close"));
    });
  });
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  RawClient one = client();
  one.send(post);
  one.send(post);
  pass(std::chrono::milliseconds(2));
  one.send(post);
  pass(std::chrono::milliseconds(2));
  EXPECT_EQ(one.answers(200), 3);
  EXPECT_EQ(seen.size(), 21u);
  for (const auto& [key, name] : seen) EXPECT_TRUE(key.starts_with(name + " ")) << key << name;
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(HttpServerContextTest, BindEmitterChangesNothingForListenersThatHaveAContext) {
  std::map<std::string, std::string> seen;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    in("handler", [&] {
      ns_.bindEmitter(*request);
      ns_.bindEmitter(*response);
      request->on(kEnd, [&] { seen["end"] = here(); });
      request->resume();
      response->on(kFinish, [&] { seen["finish"] = here(); });
    });
    response->end();
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(seen, (std::map<std::string, std::string>{{"end", "handler"}, {"finish", "handler"}}));
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(HttpServerContextTest, WhoWritesFromElsewhereDoesNotLendItsContext) {
  std::map<std::string, std::string> seen;
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    responses.push_back(response);
    response->on(kFinish, [&] { seen["finish"] = here(); });
    response->on(kClose, [&] { seen["close"] = here(); });
  });
  RawClient one = client();
  one.send(std::string(kGet) + std::string(kGet));
  settle();
  in("elsewhere", [&] {
    responses[1]->end("b");
    responses[0]->end("a", [&] { seen["gone"] = here(); });
  });
  settle();
  EXPECT_EQ(seen, (std::map<std::string, std::string>{
                      {"close", "none"}, {"finish", "none"}, {"gone", "elsewhere"}}));
  responses.clear();
  EXPECT_EQ(cls::liveContexts(), 0u);
}

TEST_F(HttpServerContextTest, AContextEndsWithItsRequest) {
  int ended = 0;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    ns_.run([&](cls::Context context) {
      context.onEnd([&] { ++ended; });
      response->on(kClose, [] {});
      loop_.setTimeout([response] { response->end(); }, std::chrono::milliseconds(5));
    });
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(ended, 0);
  pass(std::chrono::milliseconds(6));
  EXPECT_EQ(ended, 1);
  EXPECT_FALSE(one.ended());
}

TEST_F(HttpServerContextTest, AClientThatLeavesEndsTheContextToo) {
  ResponsePtr kept;
  int ended = 0;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    kept = response;
    ns_.run([&](cls::Context context) {
      context.onEnd([&] { ++ended; });
      request->on(kData, [request](std::string_view) {});
      response->on(kClose, [response] {});
    });
  });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  settle();
  EXPECT_EQ(ended, 0);
  one.reset();
  settle();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(cls::liveContexts(), 0u);
}

}  // namespace
}  // namespace weft::net
