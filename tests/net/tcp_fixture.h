// A net::Server under test, with its clients on the same loop.

#ifndef WEFT_TESTS_NET_TCP_FIXTURE_H_
#define WEFT_TESTS_NET_TCP_FIXTURE_H_

#include <string>
#include <string_view>
#include <vector>

#include "weft/net/internal/socket_calls.h"
#include "weft/net/server.h"
#include "weft/tests/net/loopback.h"

namespace weft::tests {

class TcpTest : public LoopbackTest {
 protected:
  // Nothing may be left when a test is over.
  ~TcpTest() override {
    for (const net::SocketPtr& socket : accepted_) socket->destroy();
    if (server_) server_->close();
    settle();
    if (server_) {
      EXPECT_TRUE(server_->closed());
      EXPECT_EQ(server_->connections(), 0u);
    }
  }

  // A server that keeps what it accepts in accepted_.
  net::Server& listen(const net::ListenOptions& options = {.host = "127.0.0.1"}) {
    server_ = net::createServer(
        loop_, [this](const net::SocketPtr& socket) { accepted_.push_back(socket); });
    server_->listen(options);
    return *server_;
  }
  // One that sends back what it gets.
  net::Server& listenAndEcho(const net::ListenOptions& options = {.host = "127.0.0.1"}) {
    server_ = net::createServer(loop_, [](const net::SocketPtr& socket) {
      socket->on(kData, [socket](std::string_view bytes) { socket->write(bytes); });
    });
    server_->listen(options);
    return *server_;
  }
  std::uint16_t port() const { return server_->address().port(); }
  net::SocketPtr connect() { return net::connect(loop_, {.port = port()}); }
  // The server's end of a new connection; `client` is the other one.
  net::SocketPtr accepted(const net::SocketPtr& client) {
    const std::size_t before = accepted_.size();
    waitFor([&] { return accepted_.size() > before && !client->connecting(); });
    return accepted_.back();
  }

  auto note(std::string text) {
    return [this, text] { log_.push_back(text); };
  }
  // Notes every event of a socket.
  void noteAll(const net::SocketPtr& socket) {
    socket->on(kConnect, note("connect"));
    socket->on(kData, [this](std::string_view bytes) { log_.emplace_back(bytes); });
    socket->on(kEnd, note("end"));
    socket->on(kDrain, note("drain"));
    socket->on(kFinish, note("finish"));
    socket->on(net::kTimeout, note("timeout"));
    socket->on(kError, [this](const absl::Status& why) {
      log_.push_back("error: " + std::string(why.message()));
    });
    socket->on(kClose, note("close"));
  }

  using Log = std::vector<std::string>;
  net::ServerPtr server_;
  std::vector<net::SocketPtr> accepted_;
  Log log_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_TCP_FIXTURE_H_
