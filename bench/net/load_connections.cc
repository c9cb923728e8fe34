#include "weft/bench/net/load_connections.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "weft/bench/net/serve.h"

namespace weft::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kStatusLine = "HTTP/1.1 200";

// A server that says nothing for so long is broken.
constexpr int kPatienceMilliseconds = 10000;

[[noreturn]] void fail(const char* what) { throw std::runtime_error(what); }

// The length of the HTTP answer that `bytes` begins with; 0 while its head is not complete.
std::size_t httpAnswerLength(const std::string& bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  constexpr std::string_view kName = "\r\nContent-Length:";
  for (std::size_t at = 0; (at = bytes.find("\r\n", at)) < head; ++at) {
    if (strncasecmp(bytes.data() + at, kName.data(), kName.size()) == 0) {
      return head + 4 + std::strtoul(bytes.data() + at + kName.size(), nullptr, 10);
    }
  }
  fail("the answer has no Content-Length");
}

}  // namespace

LoadConnections::LoadConnections(std::uint16_t port, Exchange exchange)
    : port_(port), exchange_(std::move(exchange)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t i = 0; i < exchange_.depth; ++i) batch_ += exchange_.request;
}

LoadConnections::~LoadConnections() {
  for (const Connection& connection : connections_) close(connection.socket);
  close(epoll_);
}

int LoadConnections::connectToServer() const {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fail("cannot connect");
  }
  const timeval patience{kPatienceMilliseconds / 1000, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setNoDelay(socket);
  return socket;
}

// One exchange, blocking.
void LoadConnections::learnAnswer(int socket) {
  if (send(socket, exchange_.request.data(), exchange_.request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(exchange_.request.size())) {
    fail("cannot send");
  }
  std::string answer;
  std::size_t length = exchange_.is_http ? 0 : exchange_.request.size();
  while (length == 0 || answer.size() < length) {
    char buffer[4096];
    const ssize_t got = recv(socket, buffer, sizeof(buffer), 0);
    if (got <= 0) fail("the server does not answer");
    answer.append(buffer, static_cast<std::size_t>(got));
    if (length == 0) length = httpAnswerLength(answer);
  }
  answer_length_ = length;
  answer_start_ = exchange_.is_http ? std::string(kStatusLine) : exchange_.request;
  if (answer.size() != length || !answer.starts_with(answer_start_)) fail("a wrong answer");
}

void LoadConnections::open(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int socket = connectToServer();
    learnAnswer(socket);
    fcntl(socket, F_SETFL, O_NONBLOCK);
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.u64 = connections_.size();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &interest);
    connections_.push_back(Connection{socket});
  }
}

void LoadConnections::sendBatch(Connection& connection) {
  const ssize_t sent = send(connection.socket, batch_.data(), batch_.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(batch_.size())) fail("the server does not read");
  connection.missing = answer_length_ * exchange_.depth;
}

void LoadConnections::checkStart(const Connection& connection, std::string_view bytes) const {
  const bool at_start = connection.missing % answer_length_ == 0;
  if (!at_start) return;
  if (bytes.substr(0, answer_start_.size()) !=
      std::string_view(answer_start_).substr(0, bytes.size())) {
    fail("a wrong answer");
  }
}

void LoadConnections::receive(Connection& connection) {
  static char buffer[64 * 1024];
  const ssize_t got = recv(connection.socket, buffer, sizeof(buffer), 0);
  if (got <= 0) fail("the server closed a connection");
  checkStart(connection, {buffer, static_cast<std::size_t>(got)});
  if (static_cast<std::size_t>(got) > connection.missing) fail("more answers than requests");
  connection.missing -= static_cast<std::size_t>(got);
}

std::uint64_t LoadConnections::run(double seconds) {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  for (Connection& connection : connections_) sendBatch(connection);
  std::size_t waiting = connections_.size();
  std::uint64_t answers = 0;
  while (waiting > 0) {
    epoll_event ready[256];
    const int count = epoll_wait(epoll_, ready, 256, kPatienceMilliseconds);
    if (count <= 0) fail("the server does not answer");
    const bool over = Clock::now() >= end;
    for (int i = 0; i < count; ++i) {
      Connection& connection = connections_[ready[i].data.u64];
      receive(connection);
      if (connection.missing > 0) continue;
      answers += exchange_.depth;
      if (over) {
        --waiting;
      } else {
        sendBatch(connection);
      }
    }
  }
  return answers;
}

}  // namespace weft::bench
