// http_client: what does it cost at least to fetch "hello" 64 times at once over connections that
// are kept? epoll, one send and one recv per request, llhttp for the answers.
//
//   http_client_floor PORT REPETITIONS SECONDS
//
// Prints, like every peer of this subject, a JSON line for each value: "us-cpu/req" of its own
// process and "req/s".
#include <llhttp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "weft/bench/net/client_report.h"
#include "weft/bench/net/serve.h"

namespace weft::bench {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

class Connection {
 public:
  void open(std::uint16_t port, int epoll) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("cannot connect");
    }
    setNoDelay(socket_);
    llhttp_settings_init(&settings_);
    settings_.on_message_complete = [](llhttp_t* parser) {
      *static_cast<bool*>(parser->data) = true;
      return 0;
    };
    llhttp_init(&parser_, HTTP_RESPONSE, &settings_);
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = this;
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &interest);
  }

  void request() { send(socket_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL); }

  // True if an answer has ended.
  bool receive() {
    char buffer[4096];
    const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
    bool complete = false;
    parser_.data = &complete;
    if (got <= 0 || llhttp_execute(&parser_, buffer, static_cast<std::size_t>(got)) != HPE_OK ||
        parser_.status_code != 200) {
      throw std::runtime_error("a wrong answer");
    }
    return complete;
  }

 private:
  int socket_ = -1;
  llhttp_t parser_;
  llhttp_settings_t settings_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (Connection& connection : connections_) connection.open(port, epoll_);
  }

  std::uint64_t run(double seconds) {
    const auto start = std::chrono::steady_clock::now();
    for (Connection& connection : connections_) connection.request();
    std::uint64_t answers = 0;
    for (std::size_t waiting = kConnections; waiting > 0;) {
      epoll_event ready[kConnections];
      const int count = epoll_wait(epoll_, ready, kConnections, -1);
      const bool over = secondsSince(start) >= seconds;
      for (int i = 0; i < count; ++i) {
        auto* connection = static_cast<Connection*>(ready[i].data.ptr);
        if (!connection->receive()) continue;
        ++answers;
        if (over) {
          --waiting;
        } else {
          connection->request();
        }
      }
    }
    return answers;
  }

 private:
  int epoll_;
  std::array<Connection, kConnections> connections_;
};

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) { return weft::bench::runClient<weft::bench::Client>(argc, argv); }
