// A server under test, with its clients on the same loop.

#ifndef WEFT_TESTS_NET_HTTP_SERVER_FIXTURE_H_
#define WEFT_TESTS_NET_HTTP_SERVER_FIXTURE_H_

#include <string_view>
#include <utility>

#include "weft/net/http_server.h"
#include "weft/tests/net/loopback.h"

namespace weft::tests {

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpServerTest : public LoopbackTest {
 protected:
  template <typename F>
  net::HttpServer& serve(F&& handler, const net::HttpServerOptions& options = {}) {
    server_ = http::createServer(loop_, options, std::forward<F>(handler));
    server_->listen({.host = "127.0.0.1"});
    return *server_;
  }
  // Answers everything, and counts it in requests_.
  void serveAll(const net::HttpServerOptions& options = {}) {
    serve(
        [this](const net::RequestPtr&, const net::ResponsePtr& response) {
          ++requests_;
          response->end();
        },
        options);
  }
  // Nothing may be left when a test is over.
  ~HttpServerTest() override {
    if (!server_) return;
    server_->close();
    server_->closeAllConnections();
    settle();
    EXPECT_TRUE(server_->closed());
    EXPECT_EQ(server_->connections(), 0u);
  }

  RawClient client() { return RawClient(loop_, server_->address().port()); }

  net::HttpServerPtr server_;
  int requests_ = 0;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_HTTP_SERVER_FIXTURE_H_
