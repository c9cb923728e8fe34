#include "weft/net/http_server.h"

#include <memory>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

// --- requests and answers

TEST_F(HttpServerTest, ARequestIsAnswered) {
  serve([](const RequestPtr& request, const ResponsePtr& response) {
    EXPECT_EQ(request->method(), "GET");
    EXPECT_EQ(request->url(), "/a?b=c");
    EXPECT_EQ(request->path(), "/a");
    EXPECT_EQ(request->query(), "b=c");
    EXPECT_EQ(request->header("x-word"), "hi");
    response->setSendDate(false);
    response->writeHead(201, {{"Content-Type", "text/plain"}});
    response->end("hello");
  });
  RawClient one = client();
  one.send("GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-Word: hi\r\n\r\n");
  settle();
  EXPECT_EQ(one.received(),
            "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_FALSE(one.ended());
}

TEST_F(HttpServerTest, ABodyOfUnknownLengthIsChunkedAndEndsOnce) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    response->setSendDate(false);
    response->write("abc");
    response->write(std::string("de"));
    response->write("");
    response->end("f");
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.received(),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n");
}

TEST_F(HttpServerTest, ToHttp10ABodyOfUnknownLengthEndsWithTheConnection) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    response->write("abc");
    response->end();
  });
  RawClient one = client();
  one.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  settle();
  EXPECT_TRUE(one.received().ends_with("\r\n\r\nabc")) << one.received();
  EXPECT_EQ(one.received().find("chunked"), std::string::npos);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end("hello"); });
  RawClient one = client();
  one.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  one.send(kGet);
  settle();
  EXPECT_EQ(one.answers(200), 2);
  EXPECT_EQ(one.received().find("hello"), one.received().rfind("hello"));
  EXPECT_TRUE(one.received().ends_with("hello"));
}

TEST_F(HttpServerTest, ARefusalOfAHeadHasNoBodyEither) {
  serve([](const RequestPtr& request, const ResponsePtr&) { request->resume(); });
  RawClient one = client();
  one.send("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n");
  settle();
  EXPECT_EQ(one.answers(400), 1);
  EXPECT_TRUE(one.received().ends_with("\r\n\r\n")) << one.received();
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerTest, TrailersFollowTheLastChunk) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    response->write("abc");
    response->addTrailer("X-Sum", "17");
    response->end();
  });
  RawClient one = client();
  one.send("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
  settle();
  EXPECT_TRUE(one.received().ends_with("3\r\nabc\r\n0\r\nX-Sum: 17\r\n\r\n")) << one.received();
}

TEST_F(HttpServerTest, AHeaderWithLineBreaksIsRefusedAndNothingIsSent) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    EXPECT_THROW(response->setHeader("X", "a\r\nSet-Cookie: b"), UsageError);
    EXPECT_THROW(response->setHeader("X\n", "a"), UsageError);
    EXPECT_THROW(response->writeHead(200, {{"X", "a\nb"}}), UsageError);
    EXPECT_THROW(response->setStatus(200, "OK\r\nX: y"), UsageError);
    EXPECT_FALSE(response->headersSent());
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.received(), "");
}

TEST_F(HttpServerTest, ABodyMustBeAsLongAsItsContentLength) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    response->setHeader("Content-Length", "4");
    EXPECT_TRUE(response->write("ab"));
    EXPECT_THROW(response->write("cde"), UsageError);
    EXPECT_THROW(response->end("c"), UsageError);
    response->end("cd");
    EXPECT_THROW(response->write("e"), UsageError);
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_TRUE(one.received().ends_with("\r\n\r\nabcd")) << one.received();
}

// --- bodies in

TEST_F(HttpServerTest, BodiesArriveWholeHoweverTheyAreFramedAndCut) {
  std::vector<std::string> bodies;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    const auto body = std::make_shared<std::string>();
    request->on(kData, [body](std::string_view bytes) { body->append(bytes); });
    request->on(kEnd, [&bodies, body, request, response] {
      EXPECT_TRUE(request->complete());
      bodies.push_back(*body + std::string(request->trailers().get("x-t").value_or("")));
      response->end();
    });
  });
  RawClient one = client();
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: !\r\n\r\n";
  one.send(bytes);
  settle();
  for (const char byte : bytes) {
    one.send({&byte, 1});
    settle();
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{"hello", "abcde!", "hello", "abcde!"}));
  EXPECT_EQ(one.answers(200), 4);
}

TEST_F(HttpServerTest, APausedRequestStopsTheClientAndLosesNothing) {
  RequestPtr paused;
  std::size_t received = 0;
  bool ended = false;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    paused = request;
    request->pause();
    request->on(kData, [&](std::string_view bytes) { received += bytes.size(); });
    request->on(kEnd, [&ended, response] {
      ended = true;
      response->end();
    });
  });
  constexpr std::size_t kSize = 32 << 20;  // more than the kernel keeps
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
  one.send(std::string(kSize, 'x'));
  settle();
  ASSERT_TRUE(paused);
  EXPECT_EQ(received, 0u);
  EXPECT_LE(paused->readableLength(), paused->readableHighWaterMark() + (64 << 10));
  EXPECT_GT(one.socket().writableLength(), 0u);
  paused->resume();
  runUntil([&] { return one.answers(200) == 1; });
  EXPECT_TRUE(ended);
  EXPECT_EQ(received, kSize);
}

TEST_F(HttpServerTest, ABodyThatNobodyReadsIsDroppedAndTheNextRequestIsServed) {
  int requests = 0;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    ++requests;
    response->end();
  });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  one.send(std::string(100'000, 'x'));
  one.send(kGet);
  settle();
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(one.answers(200), 2);
}

TEST_F(HttpServerTest, ABodyThatNobodyReadsAndThatDoesNotEndIsCutOff) {
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end("enough"); });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  for (int i = 0; i < 100 && !one.ended(); ++i) {
    one.send(std::string(100'000, 'x'));
    settle();
  }
  EXPECT_EQ(one.answers(200), 1);
  EXPECT_TRUE(one.ended());
}

// --- several requests on a connection

TEST_F(HttpServerTest, PipelinedRequestsAreHandedOutAtOnceAndAnsweredInOrder) {
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr&, const ResponsePtr& response) { responses.push_back(response); });
  RawClient one = client();
  one.send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  settle();
  ASSERT_EQ(responses.size(), 3u);
  responses[2]->end("third");
  responses[1]->write("sec");
  settle();
  EXPECT_EQ(one.received(), "");
  responses[0]->end("first");
  responses[1]->end("ond");
  settle();
  const std::string& all = one.received();
  EXPECT_LT(all.find("first"), all.find("3\r\nsec"));
  EXPECT_LT(all.find("3\r\nond"), all.find("third"));
  EXPECT_TRUE(all.ends_with("third"));
}

TEST_F(HttpServerTest, BehindConnectionCloseNothingReachesTheHandler) {
  int requests = 0;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    ++requests;
    response->end();
  });
  RawClient one = client();
  one.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + std::string(kGet));
  settle();
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(one.answers(200), 1);
  EXPECT_NE(one.received().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerTest, AClientThatNeverReadsIsNotReadFrom) {
  int requests = 0;
  const std::string page(10'000, 'x');
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    ++requests;
    response->end(page);
  });
  RawClient one = client();
  one.setReading(false);
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += kGet;
  for (int i = 0; i < 5; ++i) {
    one.send(flood);
    settle();
  }
  const int at_rest = requests;
  EXPECT_LT(at_rest, 2000);  // what the kernel's buffers hold, and our mark
  one.send(flood);
  settle();
  EXPECT_EQ(requests, at_rest);
  one.setReading(true);
  runUntil([&] { return requests == 6000; });
}

TEST_F(HttpServerTest, OnlySoManyRequestsAreUnansweredAtATime) {
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr&, const ResponsePtr& response) { responses.push_back(response); },
        {.max_pipelined = 3});
  RawClient one = client();
  for (int i = 0; i < 5; ++i) one.send(kGet);
  settle();
  ASSERT_EQ(responses.size(), 3u);
  responses[0]->end();
  settle();
  EXPECT_EQ(responses.size(), 4u);
  for (std::size_t i = 1; i < responses.size(); ++i) {
    responses[i]->end();
    settle();
  }
  EXPECT_EQ(one.answers(200), 5);
}

}  // namespace
}  // namespace weft::net
