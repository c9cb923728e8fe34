// The events of HttpServer's requests and responses: which come, once and in order, also when the
// client leaves.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

using HttpServerEventsTest = HttpServerTest;

TEST_F(HttpServerEventsTest, FinishAndCloseComeOnceAndInOrder) {
  std::vector<std::string> events;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    request->on(kEnd, [&] { events.push_back("end"); });
    request->on(kClose, [&] { events.push_back("request close"); });
    response->on(kFinish, [&] { events.push_back("finish"); });
    response->on(kClose, [&] { events.push_back("close"); });
    response->end("x", [&] { events.push_back("gone"); });
    EXPECT_TRUE(events.empty());
  });
  RawClient one = client();
  one.send(kGet);
  settle();
  EXPECT_EQ(events, (std::vector<std::string>{"gone", "finish", "end", "request close", "close"}));
}

TEST_F(HttpServerEventsTest, AnEndBehindTheLastByteFinishesTheResponse) {
  ResponsePtr response;
  std::string log;
  serve([&](const RequestPtr& request, const ResponsePtr& answer) {
    response = answer;
    answer->on(kFinish, [&log] { log += "finish "; });
    answer->on(kClose, [&log] { log += "close "; });
    answer->setHeader("Content-Length", "5");
    request->method() == "HEAD" ? answer->flushHeaders() : void(answer->write("hello"));
  });
  for (const char* method : {"GET", "HEAD"}) {
    RawClient peer = client();
    peer.send(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(waitFor([&] { return peer.answers(200) == 1; }));
    settle();
    EXPECT_EQ(log, "");
    response->end();
    settle();
    EXPECT_EQ(log, "finish close ") << method;
    pass(std::chrono::seconds(6));
    EXPECT_TRUE(peer.ended()) << "the connection was idle for longer than it may be";
    log.clear();
  }
}

TEST_F(HttpServerEventsTest, AClientThatLeavesClosesBothWithoutFinish) {
  std::vector<std::string> events;
  ResponsePtr kept;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    kept = response;
    request->on(kError, [&](const absl::Status&) { events.push_back("error"); });
    request->on(kEnd, [&] { events.push_back("end"); });
    request->on(kClose, [&] { events.push_back("request close"); });
    response->on(kFinish, [&] { events.push_back("finish"); });
    response->on(kClose, [&] { events.push_back("close"); });
    response->write("x");
  });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  settle();
  one.reset();
  settle();
  EXPECT_EQ(events, (std::vector<std::string>{"close", "error", "request close"}));
  EXPECT_FALSE(kept->write("y"));
  kept->end("z");
  EXPECT_EQ(kept->socket(), nullptr);
}

TEST_F(HttpServerEventsTest, ATruncatedBodyIsAnErrorAndNeverAnEnd) {
  bool ended = false;
  absl::Status error;
  serve([&](const RequestPtr& request, const ResponsePtr&) {
    request->on(kData, [](std::string_view) {});
    request->on(kEnd, [&] { ended = true; });
    request->on(kError, [&](const absl::Status& why) { error = why; });
  });
  RawClient one = client();
  one.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  one.endSending();
  settle();
  EXPECT_FALSE(ended);
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(one.answers(400), 1);
}

TEST_F(HttpServerEventsTest, AHalfClosedClientStillGetsItsAnswer) {
  ResponsePtr kept;
  serve([&](const RequestPtr&, const ResponsePtr& response) { kept = response; });
  RawClient one = client();
  one.send(kGet);
  one.endSending();
  settle();
  ASSERT_TRUE(kept);
  kept->end("late");
  settle();
  EXPECT_TRUE(one.received().ends_with("late"));
  EXPECT_TRUE(one.ended());
}

TEST_F(HttpServerEventsTest, AResponseThatIsKeptOutlivesItsConnection) {
  std::vector<ResponsePtr> kept;
  std::vector<RequestPtr> requests;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    kept.push_back(response);
    requests.push_back(request);
    response->end();
  });
  {
    RawClient one = client();
    one.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
  }
  settle();
  RawClient two = client();
  two.send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  settle();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0]->url(), "/first");
  EXPECT_EQ(requests[1]->url(), "/second");
  EXPECT_TRUE(kept[0]->closed());
}

}  // namespace
}  // namespace weft::net
