#include "weft/net/channels.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "weft/tests/net/http_server_fixture.h"

namespace weft::tests {
namespace {

TEST_F(HttpServerTest, TheStartOfEachRequestIsPublishedBeforeItsHandler) {
  std::vector<std::string> log;
  const loop::ChannelSubscription subscription =
      net::kHttpRequestStart.subscribe([&](const RequestPtr& request, const ResponsePtr& response) {
        log.push_back("start " + std::string(request->url()));
        response->on(kFinish, [&log] { log.push_back("finish"); });
      });
  EXPECT_EQ(net::kHttpRequestStart.name(), "weft.http.request.start");
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    log.push_back("handler");
    response->end("hello");
  });
  RawClient one = client();
  one.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  settle();
  EXPECT_EQ(log, (std::vector<std::string>{"start /a", "handler", "finish", "start /b", "handler",
                                           "finish"}));
}

}  // namespace
}  // namespace weft::tests
