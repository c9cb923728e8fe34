// A client under test, and a server on the same loop that says what the test tells it to.

#ifndef WEFT_TESTS_NET_HTTP_CLIENT_FIXTURE_H_
#define WEFT_TESTS_NET_HTTP_CLIENT_FIXTURE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/net/http_agent.h"
#include "weft/net/server.h"
#include "weft/tests/net/loopback.h"

namespace weft::tests {

// What became of one request.
struct Outcome {
  int status = 0;  // 0: no response
  std::string body;
  std::vector<std::string> events;  // in order: "response", "end", "error: ...", "close", ...
  net::ClientResponsePtr response;

  bool has(std::string_view event) const {
    for (const std::string& each : events) {
      if (each == event) return true;
    }
    return false;
  }
  // What the request's or the response's `error` said.
  std::string error() const {
    for (const std::string& each : events) {
      if (each.starts_with("error: ")) return each.substr(7);
    }
    return "";
  }
};
using OutcomePtr = std::shared_ptr<Outcome>;

// Writes down what happens to the request, and reads the response.
inline OutcomePtr watch(const net::ClientRequestPtr& request) {
  const auto outcome = std::make_shared<Outcome>();
  const auto note = [outcome](const std::string& event) { outcome->events.push_back(event); };
  const auto noteError = [note](const absl::Status& why) {
    note("error: " + std::string(why.message()));
  };
  request->on(net::kResponse, [outcome, note, noteError](const net::ClientResponsePtr& response) {
    note("response");
    outcome->status = response->statusCode();
    outcome->response = response;
    response->on(kData, [outcome](std::string_view bytes) { outcome->body += bytes; });
    response->on(kEnd, [note] { note("end"); });
    response->on(kError, noteError);
    response->on(kClose, [note] { note("response close"); });
  });
  request->on(kFinish, [note] { note("finish"); });
  request->on(kError, noteError);
  request->on(kClose, [note] { note("close"); });
  return outcome;
}

// A server of bytes: each connection remembers what it got.
class RawServer {
 public:
  struct Connection {
    net::SocketPtr socket;
    std::string received;
    bool ended = false;
  };

  explicit RawServer(EventLoop& loop)
      : server_(net::createServer(loop, [this](const net::SocketPtr& socket) {
          const auto connection = std::make_shared<Connection>();
          connection->socket = socket;
          connections_.push_back(connection);
          socket->on(kData, [this, connection](std::string_view bytes) {
            connection->received += bytes;
            if (!reply_.empty() && connection->received.ends_with("\r\n\r\n")) {
              connection->socket->write(reply_);
            }
          });
          socket->on(kEnd, [connection] { connection->ended = true; });
          socket->on(kClose, [connection] { connection->ended = true; });
        })) {
    server_->setAllowHalfOpen(true);
    server_->listen({.host = "127.0.0.1"});
  }
  ~RawServer() {
    for (const auto& connection : connections_) {
      connection->socket->destroy();
      connection->socket = {};  // whose listeners hold the connection
    }
    server_->close();
  }

  std::uint16_t port() const { return server_->address().port(); }
  std::size_t size() const { return connections_.size(); }
  Connection& at(std::size_t i) { return *connections_.at(i); }
  // To be sent whenever a connection has got an empty line.
  void replyWith(std::string_view bytes) { reply_ = bytes; }

 private:
  std::vector<std::shared_ptr<Connection>> connections_;
  std::string reply_;
  net::ServerPtr server_;
};

class HttpClientTest : public LoopbackTest {
 protected:
  ~HttpClientTest() override {
    agent_.closeIdle();
    settle();
    EXPECT_EQ(agent_.freeSockets() + agent_.activeSockets() + agent_.waitingRequests(), 0u);
  }

  net::RequestOptions to(std::uint16_t port, std::string method = "GET") {
    net::RequestOptions options;
    options.method = std::move(method);
    options.port = port;
    return options;
  }
  net::ClientRequestPtr get(std::uint16_t port) {
    net::ClientRequestPtr request = agent_.request(to(port));
    request->end();
    return request;
  }

  http::Agent agent_{loop_};
};

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_HTTP_CLIENT_FIXTURE_H_
