// How long HttpServer waits, and how it stops: deadlines, and close() in its three strengths.

#include <chrono>
#include <string>

#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

using HttpServerDeadlineTest = HttpServerTest;

TEST_F(HttpServerDeadlineTest, AConnectionThatSaysNothingIsClosed) {
  serveAll();
  RawClient one = client();
  pass(std::chrono::seconds(59));
  EXPECT_FALSE(one.ended());
  pass(std::chrono::seconds(2));
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerDeadlineTest, AByteDoesNotExtendTheDeadlineOfHeaders) {
  serveAll();
  RawClient one = client();
  int tenths = 0;
  for (const char byte : std::string("GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaa")) {
    one.send({&byte, 1});
    pass(std::chrono::seconds(6));
    if (one.ended()) break;
    ++tenths;
  }
  EXPECT_GE(tenths, 9);
  EXPECT_LE(tenths, 11);
  EXPECT_EQ(one.answers(408), 1);
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerDeadlineTest, ABodyThatIsTooSlowIsRefused) {
  serveAll();
  ResponsePtr unanswered;
  server_->removeAllListeners(kRequest);
  server_->on(kRequest, [&](const RequestPtr&, const ResponsePtr& res) { unanswered = res; });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 29; ++i) {
    one.send("x");
    pass(std::chrono::seconds(10));
  }
  EXPECT_FALSE(one.ended());
  pass(std::chrono::seconds(11));
  EXPECT_EQ(one.answers(408), 1);
  EXPECT_TRUE(one.ended());
  EXPECT_FALSE(unanswered->write("late"));
}

TEST_F(HttpServerDeadlineTest, IdleTimeDoesNotCountForTheNextRequest) {
  serveAll({.request_timeout = std::chrono::seconds(10),
            .keep_alive_timeout = std::chrono::seconds(100)});
  RawClient one = client();
  one.send(kGet);
  pass(std::chrono::seconds(15));
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
  pass(std::chrono::seconds(8));
  EXPECT_FALSE(one.ended());
  one.send("b");
  settle();
  EXPECT_EQ(one.answers(200), 2);
}

TEST_F(HttpServerDeadlineTest, AnIdleConnectionIsClosedWhenItsTimeIsOver) {
  serveAll();
  RawClient one = client();
  one.send(kGet);
  pass(std::chrono::milliseconds(4900));
  EXPECT_FALSE(one.ended());
  one.send(kGet);
  pass(std::chrono::milliseconds(4900));
  EXPECT_FALSE(one.ended());
  pass(std::chrono::milliseconds(200));
  EXPECT_TRUE(one.ended());
  EXPECT_EQ(one.answers(200), 2);
}

TEST_F(HttpServerDeadlineTest, NothingIsIdleWhileAnAnswerIsDue) {
  serve([this](const RequestPtr&, const ResponsePtr& response) {
    loop_.setTimeout([response] { response->end(); }, std::chrono::seconds(60));
  });
  RawClient one = client();
  one.send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  pass(std::chrono::seconds(59));
  EXPECT_FALSE(one.ended());
  pass(std::chrono::seconds(2));
  EXPECT_EQ(one.answers(200), 3);
}

// --- closing

TEST_F(HttpServerDeadlineTest, AGracefulStopClosesIdleConnectionsAndFinishesWhatRuns) {
  ResponsePtr running;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    if (request->url() == "/slow") {
      running = response;
    } else {
      response->end();
    }
  });
  RawClient idle = client();
  RawClient busy = client();
  RawClient half = client();
  idle.send(kGet);
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  half.send("GET / HT");
  settle();
  bool closed = false;
  server_->close([&] { closed = true; });
  settle();
  EXPECT_TRUE(idle.ended());
  EXPECT_FALSE(busy.ended());
  EXPECT_FALSE(closed);
  running->end("done");
  settle();
  EXPECT_TRUE(busy.received().ends_with("done"));
  EXPECT_NE(busy.received().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(busy.ended());
  half.send("TP/1.1\r\nHost: a\r\n\r\n");
  settle();
  EXPECT_EQ(half.answers(200), 1);
  EXPECT_TRUE(half.ended());
  EXPECT_FALSE(closed) << "it lingers, for clients that keep their ends open";
  pass(std::chrono::seconds(4));
  EXPECT_TRUE(closed);
}

TEST_F(HttpServerDeadlineTest, CloseAllConnectionsDoesNotWait) {
  ResponsePtr running;
  serve([&](const RequestPtr&, const ResponsePtr& response) { running = response; });
  RawClient busy = client();
  busy.send(kGet);
  settle();
  server_->close();
  server_->closeAllConnections();
  settle();
  EXPECT_TRUE(busy.ended());
  EXPECT_TRUE(server_->closed());
  EXPECT_FALSE(running->write("x"));
}

TEST_F(HttpServerDeadlineTest, AServerOfWhichOneAnswerIsAskedClosesAfterIt) {
  serveAll({.max_requests_per_connection = 2});
  RawClient one = client();
  one.send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  settle();
  EXPECT_EQ(requests_, 2);
  EXPECT_EQ(one.answers(200), 2);
  EXPECT_TRUE(one.ended());
}

}  // namespace
}  // namespace weft::net
