// The HTTP server behind a network that delays, cuts, resets, and hands out single bytes.

#include <chrono>
#include <memory>
#include <string>

#include "weft/tests/net/http_server_fixture.h"
#include "weft/tests/net/loopback_proxy.h"

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using tests::HttpServerTest;
using tests::kGet;
using tests::LoopbackProxy;
using tests::ProxyOptions;
using tests::RawClient;

class BadNetworkTest : public HttpServerTest {
 protected:
  // Answers each request with the body that came.
  void serveEcho() {
    serve([this](const RequestPtr& request, const ResponsePtr& response) {
      ++begun_;
      const auto body = std::make_shared<std::string>();
      request->on(kData, [body](std::string_view bytes) { *body += bytes; });
      request->on(kEnd, [this, body, response] {
        ++whole_;
        response->end(*body);
      });
      response->on(kClose, [this] { ++closed_; });
    });
  }
  static std::string post(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  int begun_ = 0;
  int whole_ = 0;
  int closed_ = 0;
};

TEST_F(BadNetworkTest, SingleBytesMakeTheSameRequests) {
  serveEcho();
  const LoopbackProxy proxy(loop_, server_->address().port(), {.single_bytes = true});
  RawClient client(loop_, proxy.port());
  client.send(post("first") + post("second") + std::string(kGet));
  EXPECT_TRUE(runUntil([&] { return client.answers(200) == 3; }));
  EXPECT_NE(client.received().find("first"), std::string::npos);
  EXPECT_NE(client.received().find("second"), std::string::npos);
  client.leave();
  settle();
}

TEST_F(BadNetworkTest, DelayIsOnlyLater) {
  serveEcho();
  const LoopbackProxy proxy(loop_, server_->address().port(), {.delay = 1s});
  RawClient client(loop_, proxy.port());
  client.send(post("late"));
  settle();
  EXPECT_EQ(begun_, 0);
  EXPECT_TRUE(runUntil([&] { return client.answers(200) == 1; }));
  client.leave();
  pass(2s);
}

TEST_F(BadNetworkTest, WhereverItIsCutNoRequestIsTakenForWholeThatIsNot) {
  serveEcho();
  const std::string question = post("0123456789");
  for (const bool reset : {false, true}) {
    for (std::size_t at = 1; at != question.size(); ++at) {
      begun_ = whole_ = closed_ = 0;
      const ProxyOptions options{.cut_after = reset ? ProxyOptions::kNever : at,
                                 .reset_after = reset ? at : ProxyOptions::kNever};
      const LoopbackProxy proxy(loop_, server_->address().port(), options);
      RawClient client(loop_, proxy.port());
      client.send(question);
      EXPECT_TRUE(runUntil([&] { return client.ended() && server_->connections() == 0; }));
      EXPECT_EQ(whole_, 0) << at;
      EXPECT_EQ(begun_, closed_) << at;
    }
  }
}

}  // namespace
}  // namespace weft::net
