// What HttpServer refuses, and how: malformed, oversized and unexpected requests, handlers that
// throw, and who is told of it.

#include <stdexcept>
#include <string>
#include <vector>

#include "weft/tests/loop/message_of.h"
#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

using HttpServerRefusalTest = HttpServerTest;

TEST_F(HttpServerRefusalTest, AMalformedRequestIsAnsweredWith400AndTheConnectionClosed) {
  serveAll();
  RawClient one = client();
  one.send("GET / HTTP/1.1\r\nHost a\r\n\r\n");
  settle();
  EXPECT_EQ(one.answers(400), 1);
  EXPECT_TRUE(one.ended());
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerRefusalTest, EarlierRequestsAreAnsweredFirst) {
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr&, const ResponsePtr& response) { responses.push_back(response); });
  RawClient one = client();
  one.send(std::string(kGet) + "nonsense\r\n\r\n" + std::string(kGet));
  settle();
  EXPECT_EQ(one.received(), "");
  ASSERT_EQ(responses.size(), 1u);
  responses[0]->end("first");
  settle();
  EXPECT_LT(one.received().find("first"), one.received().find("HTTP/1.1 400"));
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerRefusalTest, HeadersOverTheLimitAreRefusedBeforeTheyEnd) {
  serveAll();
  RawClient one = client();
  one.send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 20 && one.answers(431) == 0; ++i) {
    one.send("X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n");
    settle();
  }
  EXPECT_EQ(one.answers(431), 1);
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerRefusalTest, TooManyHeadersAreRefused) {
  serveAll();
  RawClient one = client();
  std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100'000; ++i) request += "A:\r\n";
  one.send(request);
  settle();
  EXPECT_EQ(one.answers(431), 1);
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerRefusalTest, ABodyOverTheLimitIsRefusedAndBarelyHeld) {
  HttpServerOptions options;
  options.limits.body_bytes = 1000;
  std::size_t held = 0;
  absl::Status error;
  serve(
      [&](const RequestPtr& request, const ResponsePtr&) {
        request->on(kData, [&](std::string_view bytes) { held += bytes.size(); });
        request->on(kError, [&](const absl::Status& why) { error = why; });
      },
      options);
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    one.send("64\r\n" + std::string(100, 'x') + "\r\n");
    settle();
  }
  EXPECT_EQ(one.answers(413), 1);
  EXPECT_LE(held, 1000u);
  EXPECT_FALSE(error.ok());
}

TEST_F(HttpServerRefusalTest, AnUnknownExpectationIsAnsweredWith417UnlessThereIsAHook) {
  serveAll();
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nExpect: meoww\r\n\r\n";
  RawClient one = client();
  one.send(request);
  settle();
  EXPECT_EQ(one.answers(417), 1);
  EXPECT_EQ(requests_, 0);

  server_->on(kCheckExpectation,
              [](const RequestPtr&, const ResponsePtr& response) { response->end("purr"); });
  RawClient two = client();
  two.send(request);
  settle();
  EXPECT_TRUE(two.received().ends_with("purr"));
  EXPECT_EQ(requests_, 0);
}

constexpr std::string_view kExpecting =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";

TEST_F(HttpServerRefusalTest, AClientThatAsksIsToldToContinue) {
  serve([](const RequestPtr& request, const ResponsePtr& response) {
    request->on(kData, [](std::string_view) {});
    request->on(kEnd, [response] { response->end(); });
  });
  RawClient one = client();
  one.send(kExpecting);
  settle();
  EXPECT_EQ(one.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  one.send("abc");
  settle();
  EXPECT_EQ(one.answers(200), 1);
  EXPECT_FALSE(one.ended());
}

TEST_F(HttpServerRefusalTest, ABodyThatWasAskedForMayBeRefused) {
  serveAll();
  server_->on(kCheckContinue, [](const RequestPtr&, const ResponsePtr& response) {
    response->writeHead(413).end("too much");
  });
  RawClient one = client();
  one.send(kExpecting);
  settle();
  EXPECT_EQ(one.answers(100), 0);
  EXPECT_EQ(one.answers(413), 1);
  EXPECT_NE(one.received().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerRefusalTest, Http10IsNeverToldToContinue) {
  serve([](const RequestPtr& request, const ResponsePtr& response) {
    EXPECT_FALSE(response->writeContinue());
    response->end();
  });
  RawClient one = client();
  one.send("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
  settle();
  EXPECT_EQ(one.answers(100), 0);
  EXPECT_EQ(one.answers(200), 1);
}

TEST_F(HttpServerRefusalTest, UpgradeWithoutAHandlerIsPlainHttp) {
  serveAll();
  RawClient one = client();
  one.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n");
  settle();
  EXPECT_EQ(one.answers(200), 1);
}

TEST_F(HttpServerRefusalTest, ConnectWithoutAHandlerIsRefused) {
  serveAll();
  RawClient one = client();
  one.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nabc");
  settle();
  EXPECT_EQ(one.answers(405), 1);
  EXPECT_TRUE(one.ended());
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerRefusalTest, ATunnelGetsTheBytesBehindTheHeadAndThenAllOthers) {
  serveAll();
  std::string got;
  server_->on(kConnectMethod,
              [&](const RequestPtr& request, const SocketPtr& socket, std::string_view early) {
                EXPECT_EQ(request->url(), "a:1");
                got = early;
                socket->write("HTTP/1.1 200 OK\r\n\r\n");
                socket->on(kData, [&got, socket](std::string_view bytes) {
                  got += bytes;
                  socket->write(bytes);
                });
              });
  RawClient one = client();
  one.send(std::string(kGet) + "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nabc");
  settle();
  EXPECT_EQ(got, "abc");
  one.send("GET");
  settle();
  EXPECT_EQ(got, "abcGET");
  EXPECT_TRUE(one.received().ends_with("\r\n\r\nGET"));
  one.endSending();
  settle();
  EXPECT_TRUE(one.ended());
}

// --- handlers that throw

TEST_F(HttpServerRefusalTest, AHandlerThatThrowsIsAnsweredWith500AndTheLoopHearsOfIt) {
  std::string thrown;
  loop_.onUncaughtException([&](std::exception_ptr error) { thrown = tests::messageOf(error); });
  serve([](const RequestPtr& request, const ResponsePtr& response) {
    if (request->url() == "/good") return response->end("good");
    throw std::runtime_error("oops");
  });
  RawClient one = client();
  one.send("GET /good HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) + std::string(kGet));
  settle();
  EXPECT_EQ(thrown, "oops");
  EXPECT_EQ(one.answers(200), 1);
  EXPECT_EQ(one.answers(500), 1);
  EXPECT_TRUE(one.ended());
  RawClient two = client();
  two.send("GET /good HTTP/1.1\r\nHost: a\r\n\r\n");
  settle();
  EXPECT_EQ(two.answers(200), 1);
}

TEST_F(HttpServerRefusalTest, AHandlerThatThrowsAfterTheHeadClosesTheConnection) {
  int told = 0;
  serve([](const RequestPtr&, const ResponsePtr& response) {
    response->write("abc");
    throw std::runtime_error("oops");
  });
  server_->on(kRequestError, [&](const std::exception_ptr&, const RequestPtr& request) {
    EXPECT_EQ(request->url(), "/");
    ++told;
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(told, 1);  // and the loop was not told, or it would have thrown
  EXPECT_TRUE(one.ended());
  EXPECT_EQ(one.answers(500), 0);
  EXPECT_EQ(one.received().find("0\r\n\r\n"), std::string::npos);
}

TEST_F(HttpServerRefusalTest, AListenerThatThrowsStopsNoOtherEvent) {
  int uncaught = 0;
  std::vector<std::string> events;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    const auto throwing = [&events](const char* name) {
      return [&events, name] {
        events.push_back(name);
        throw std::runtime_error(name);
      };
    };
    response->on(kFinish, throwing("finish"));
    request->on(kClose, throwing("request close"));
    response->on(kClose, throwing("close"));
    response->end();
  });
  RawClient one = client();
  one.send(std::string(kGet) + std::string(kGet));
  settle();
  EXPECT_EQ(uncaught, 6);
  EXPECT_EQ(events, (std::vector<std::string>{"finish", "request close", "close", "finish",
                                              "request close", "close"}));
  EXPECT_EQ(one.answers(200), 2);
  EXPECT_FALSE(one.ended());
}

TEST_F(HttpServerRefusalTest, AnEndListenerThatThrowsAfterTheAnswerDoesNotKeepTheRequestOpen) {
  int uncaught = 0, closed = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    request->on(kData, [](std::string_view) {});
    request->on(kEnd, [] { throw std::runtime_error("late"); });
    request->on(kClose, [&] { ++closed; });
    response->on(kClose, [&] { ++closed; });
    response->end("early");
  });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
  settle();
  EXPECT_EQ(one.answers(200), 1);
  one.send("abc");
  settle();
  EXPECT_EQ(uncaught, 1);
  EXPECT_EQ(closed, 2);
}

TEST_F(HttpServerRefusalTest, ClientErrorGivesTheSocketToTheListener) {
  serveAll();
  server_->on(kClientError, [](const absl::Status& why, const SocketPtr& socket) {
    EXPECT_EQ(why.code(), absl::StatusCode::kInvalidArgument);
    socket->end("HTTP/1.1 400 My Own\r\n\r\n");
  });
  RawClient one = client();
  one.send("nonsense\r\n\r\n");
  settle();
  EXPECT_EQ(one.received(), "HTTP/1.1 400 My Own\r\n\r\n");
  EXPECT_TRUE(one.ended());
}

}  // namespace
}  // namespace weft::net
