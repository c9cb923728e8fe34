#include "weft/tests/integration/load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "absl/strings/escaping.h"
#include "weft/native/crypto/hash.h"

namespace weft::tests {
namespace {

std::string hex(std::size_t number) {
  std::array<char, 20> text;
  return std::string(text.data(), static_cast<std::size_t>(
                                      std::snprintf(text.data(), text.size(), "%zx", number)));
}

// One connection: what it has to send, and what must come back.
class Line {
 public:
  Line(std::uint16_t port, int number, const std::string& file)
      : number_(number),
        file_(file),
        fd_(::socket(AF_INET, SOCK_STREAM, 0)),
        random_(unsigned(number) + 1) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("cannot connect");
    }
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    depth_ = 1 + random_() % 8;
  }
  ~Line() { ::close(fd_); }

  bool hasRoom() const { return expected_.size() < depth_; }
  bool waits() const { return !expected_.empty(); }

  void ask() {
    const std::string id = "c" + std::to_string(number_) + "-" + std::to_string(++asked_);
    const bool has_body = random_() % 2 == 0;
    const std::string body = has_body ? std::string(random_() % 5000, 'b') : std::string();
    out_ += (has_body ? "POST" : "GET") +
            std::string(random_() % 2 == 0 ? " /?user=u-" : " /co?user=u-") + id +
            " HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: " + id + "\r\n";
    if (!has_body) {
      out_ += "\r\n";
    } else if (random_() % 2 == 0) {
      out_ += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    } else {
      out_ += "Transfer-Encoding: chunked\r\n\r\n";
      if (!body.empty()) out_ += hex(body.size()) + "\r\n" + body + "\r\n";
      out_ += "0\r\n\r\n";
    }
    expected_.push_back(answerTo(id, body.size()));
  }

  pollfd wish() const {
    const int events = POLLIN | (out_.empty() ? 0 : POLLOUT);
    return {.fd = fd_, .events = static_cast<short>(events), .revents = 0};
  }

  // False if the connection has ended.
  bool move() {
    const ssize_t sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent > 0) out_.erase(0, static_cast<std::size_t>(sent));
    std::array<char, 65536> buffer;
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size > 0) in_.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && errno == EAGAIN);
  }

  // Counts the answers that have come; false if one is wrong.
  bool check(LoadResult* result) {
    while (true) {
      const std::size_t head = in_.find("\r\n\r\n");
      if (head == std::string::npos) return true;
      const std::size_t length = in_.find("Content-Length: ");
      if (length > head || !in_.starts_with("HTTP/1.1 200") || expected_.empty())
        return wrong(result);
      const std::size_t size = std::stoul(in_.substr(length + 16));
      if (in_.size() < head + 4 + size) return true;
      if (in_.compare(head + 4, size, expected_.front()) != 0) return wrong(result);
      expected_.pop_front();
      in_.erase(0, head + 4 + size);
      ++result->right;
    }
  }

 private:
  std::string answerTo(const std::string& id, std::size_t body) const {
    const std::string names = "\"id\": \"" + id + "\", \"user\": \"u-" + id + "\"";
    std::string json =
        "{" + names + ", \"body\": " + std::to_string(body) + ", \"sha256\": \"" +
        absl::BytesToHexString(native::crypto::sync::hash("sha256", id + file_).value()) +
        "\", \"seen\": [";
    for (const char* hop :
         {"end", "tick", "immediate", "timer", "listener", "post", "file", "hash"}) {
      json += std::string("{\"hop\": \"") + hop + "\", " + names + "}, ";
    }
    json.resize(json.size() - 2);
    return json + "]}\n";
  }

  bool wrong(LoadResult* result) const {
    const std::string expected = expected_.empty() ? "nothing" : expected_.front();
    result->first_wrong = "got " + in_.substr(0, 2000) + "\nin place of " + expected;
    return false;
  }

  const int number_;
  const std::string& file_;
  const int fd_;
  std::minstd_rand random_;
  std::size_t depth_ = 1;
  int asked_ = 0;
  std::string out_;
  std::string in_;
  std::deque<std::string> expected_;
};

}  // namespace

LoadResult runLoad(const Load& load) {
  std::vector<std::unique_ptr<Line>> lines;
  for (int i = 0; i < load.connections; ++i) {
    lines.push_back(std::make_unique<Line>(load.port, i, load.file));
  }
  LoadResult result;
  int to_ask = load.requests;
  std::vector<pollfd> wishes(lines.size());
  while (true) {
    bool waiting = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      while (to_ask > 0 && lines[i]->hasRoom()) {
        lines[i]->ask();
        --to_ask;
      }
      wishes[i] = lines[i]->wish();
      waiting = waiting || lines[i]->waits();
    }
    if (!waiting) return result;
    ::poll(wishes.data(), wishes.size(), -1);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (wishes[i].revents == 0) continue;
      const bool open = lines[i]->move();
      if (!lines[i]->check(&result)) return result;
      if (!open && lines[i]->waits()) {
        result.first_wrong = "a connection was closed before all answers had come";
        return result;
      }
    }
  }
}

}  // namespace weft::tests
