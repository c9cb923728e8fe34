// What HttpServer does over time and under pressure: behaviours that real servers were caught
// getting wrong. (Those about refusals and deadlines of a single request are in the tests named
// after them.)

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

class HttpBehavioursTest : public HttpServerTest {
 protected:
  // Answers everything when its body is there, and counts.
  void serveAll(const HttpServerOptions& options = {}) {
    serve(
        [this](const RequestPtr& request, const ResponsePtr& response) {
          ++requests_;
          request->resume();
          request->on(kEnd, [response] { response->end("done"); });
        },
        options);
  }
};

// --- deadlines

TEST_F(HttpBehavioursTest, ARequestThatBeginsAfterTheDeadlineOfHeadersIsNotServed) {
  serveAll();
  RawClient one = client();
  pass(seconds(120));
  one.send(kGet);
  settle();
  EXPECT_EQ(requests_, 0);
  EXPECT_EQ(one.answers(200), 0);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpBehavioursTest, TheRestOfABodyAfterTheDeadlineIsNotTaken) {
  serveAll({.request_timeout = seconds(10)});
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
  pass(seconds(20));
  one.send("def");
  settle();
  EXPECT_EQ(one.answers(200), 0);
  EXPECT_EQ(one.answers(408), 1);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpBehavioursTest, IdleTimeIsFreeAndTheNextRequestHasItsOwnDeadline) {
  serveAll({.request_timeout = seconds(10), .keep_alive_timeout = seconds(100)});
  RawClient one = client();
  one.send(kGet);
  pass(seconds(15));
  EXPECT_EQ(one.answers(200), 1);
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 9; ++i) {
    one.send("x");
    pass(seconds(1));
    EXPECT_FALSE(one.ended());
  }
  pass(seconds(2));
  EXPECT_EQ(one.answers(200), 1);
  EXPECT_EQ(one.answers(408), 1);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpBehavioursTest, PipelinedRequestsThatAreAnsweredLateAreAllAnswered) {
  serve(
      [this](const RequestPtr&, const ResponsePtr& response) {
        loop_.setTimeout([response] { response->end(); }, milliseconds(80));
      },
      {.keep_alive_timeout = milliseconds(50)});
  RawClient one = client();
  for (int i = 0; i < 3; ++i) one.send(kGet);
  pass(milliseconds(79));
  EXPECT_FALSE(one.ended());
  pass(milliseconds(2));
  EXPECT_EQ(one.answers(200), 3);
  EXPECT_FALSE(one.ended());
  pass(milliseconds(70));
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpBehavioursTest, SlowClientsAreCutAndTheOthersUnharmed) {
  serveAll();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<RawClient>(loop_, server_->address().port()));
    slow.back()->send("GET / HTTP/1.1\r\nHost: a\r\n");
  }
  RawClient other = client();
  int answered = 0;
  for (int elapsed = 0; elapsed < 62; elapsed += 2) {
    for (const auto& each : slow) {
      if (!each->ended()) each->send("X-Slow: 1\r\n");
    }
    other.send(kGet);
    pass(seconds(2));
    EXPECT_EQ(other.answers(200), ++answered);
  }
  for (const auto& each : slow) {
    EXPECT_TRUE(each->ended());
    EXPECT_EQ(each->answers(408), 1);
  }
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(HttpBehavioursTest, AConnectionOnWhichNothingMovesIsClosedIfThatIsAsked) {
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr&, const ResponsePtr& response) { responses.push_back(response); },
        {.idle_timeout = seconds(30)});
  RawClient one = client();
  one.send(kGet);
  pass(seconds(29));
  EXPECT_FALSE(one.ended());
  pass(seconds(2));
  EXPECT_TRUE(one.ended());
  EXPECT_FALSE(responses[0]->write("late"));

  int told = 0;
  server_->on(kConnection, [&](const SocketPtr& socket) { socket->on(kTimeout, [&] { ++told; }); });
  RawClient two = client();
  two.send(kGet);
  pass(seconds(31));
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(two.ended()) << "it is the listener's to decide";
  responses[1]->end();
  settle();
  EXPECT_EQ(two.answers(200), 1);
}

// --- answers

TEST_F(HttpBehavioursTest, InformationalResponsesComeBeforeTheFinalOne) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    EXPECT_TRUE(response->writeInformation(103, {{"Link", "</a>"}, {"Link", "</b>"}}));
    EXPECT_TRUE(response->writeInformation(102));
    EXPECT_THROW(response->writeInformation(101), UsageError);
    EXPECT_THROW(response->writeInformation(200), UsageError);
    EXPECT_THROW(response->writeInformation(103, {{"Link", "a\r\nb"}}), UsageError);
    response->setSendDate(false);
    response->end("x");
    EXPECT_FALSE(response->destroyed());
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.received(),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n"
            "HTTP/1.1 102 Processing\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
}

TEST_F(HttpBehavioursTest, StatusesWithoutBodyHaveNoneWhateverIsWritten) {
  int status = 204;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    response->setSendDate(false);
    response->setStatus(status);
    response->write("body");
    response->end("more");
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.received(), "HTTP/1.1 204 No Content\r\n\r\n");
  status = 304;
  one.send(kGet);
  settle();
  EXPECT_TRUE(one.received().ends_with("HTTP/1.1 304 Not Modified\r\n\r\n")) << one.received();
  EXPECT_FALSE(one.ended());
}

TEST_F(HttpBehavioursTest, AnInvalidTrailerOrHeaderNeverReachesTheWire) {
  serve([](const RequestPtr&, const ResponsePtr& response) {
    for (const char* value : {"a\r\nX: y", "a\nb", "a\rb"}) {
      EXPECT_THROW(response->addTrailer("X", value), UsageError);
      EXPECT_THROW(response->setHeader("X", value), UsageError);
      EXPECT_THROW(response->appendHeader(value, "b"), UsageError);
    }
    EXPECT_THROW(response->setHeader("X", std::string_view("a\0b", 3)), UsageError);
    response->write("a");
    response->addTrailer("Content-Length", "5");
    EXPECT_THROW(response->end(), UsageError);
    response->destroy();
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(one.received().find("X"), std::string::npos);
  EXPECT_EQ(one.received().find("Content-Length"), std::string::npos);
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpBehavioursTest, AClientThatResetsInTheMiddleOfAResponseIsToldOfOnce) {
  int closed = 0, drained = 0;
  ResponsePtr kept;
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    kept = response;
    response->on(kClose, [&] { ++closed; });
    response->on(kDrain, [&] { ++drained; });
    response->write(std::string(8 << 20, 'x'));
  });
  RawClient one = client();
  one.setReading(false);
  one.send(kGet);
  settle();
  EXPECT_GT(kept->writableLength(), 0u);
  one.reset();
  settle();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(drained, 0);
  EXPECT_FALSE(kept->write("more"));
  kept->end();
  settle();
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpBehavioursTest, AResponseThatNobodyReadsIsHeldUpToItsMark) {
  ResponsePtr kept;
  std::size_t written = 0;
  const std::string block(16 * 1024, 'x');
  const auto fill = [&] {
    while (written < (64u << 20)) {
      written += block.size();
      if (!kept->write(block)) return;
    }
  };
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    kept = response;
    response->on(kDrain, fill);
    fill();
  });
  RawClient one = client();
  one.setReading(false);
  one.send(kGet);
  settle();
  EXPECT_LT(written, 32u << 20) << "the rest is in the kernel's buffers";
  EXPECT_LE(kept->writableLength(), kept->writableHighWaterMark() + 2 * block.size());
  one.setReading(true);
  runUntil([&] { return written >= (64u << 20) && kept->writableLength() == 0; });
}

// --- closing

TEST_F(HttpBehavioursTest, CloseIdleConnectionsLeavesTheOthersAlone) {
  std::vector<ResponsePtr> responses;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    request->url() == "/wait" ? responses.push_back(response) : response->end();
  });
  RawClient fresh = client();
  RawClient idle = client();
  RawClient busy = client();
  RawClient half = client();
  idle.send(kGet);
  busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  half.send("GET / HT");
  settle();
  server_->closeIdleConnections();
  settle();
  EXPECT_TRUE(fresh.ended());
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(busy.ended());
  EXPECT_FALSE(half.ended());
  EXPECT_TRUE(server_->listening());
  responses[0]->end();
  half.send("TP/1.1\r\nHost: a\r\n\r\n");
  settle();
  EXPECT_EQ(busy.answers(200), 1);
  EXPECT_EQ(half.answers(200), 1);
  EXPECT_FALSE(busy.ended());
  RawClient next = client();
  next.send(kGet);
  settle();
  EXPECT_EQ(next.answers(200), 1);
}

// --- connections

TEST_F(HttpBehavioursTest, ConnectionsThatAreClosedAtOnceHarmNobody) {
  serveAll();
  for (int round = 0; round < 100; ++round) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 100; ++i) {
      clients.push_back(std::make_unique<RawClient>(loop_, server_->address().port()));
    }
    if (round % 2 == 0) loop_.runNoWait();
    for (const auto& each : clients) each->reset();
    loop_.runNoWait();
  }
  RawClient last = client();
  last.send(kGet);
  runUntil([&] { return last.answers(200) == 1 && server_->connections() == 1; });
}

TEST_F(HttpBehavioursTest, ConnectionsBeyondTheLimitAreDroppedUntilThereIsRoom) {
  serveAll();
  server_->setMaxConnections(2);
  int dropped = 0;
  server_->on(kDrop, [&](const Address&) { ++dropped; });
  RawClient one = client();
  RawClient two = client();
  settle();
  RawClient three = client();
  settle();
  EXPECT_EQ(dropped, 1);
  EXPECT_TRUE(three.ended());
  one.leave();
  settle();
  RawClient four = client();
  four.send(kGet);
  settle();
  EXPECT_EQ(four.answers(200), 1);
}

}  // namespace
}  // namespace weft::net
