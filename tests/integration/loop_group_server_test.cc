// One server on several loops: each listens to the same port, and the system spreads connections.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <set>
#include <string>

#include "weft/loop/loop_group.h"
#include "weft/net/http_server.h"
#include "weft/tests/integration/demo_process.h"

namespace weft {
namespace {

// A port that stays ours while the object lives, and that others may listen to.
class ReservedPort {
 public:
  ReservedPort() {
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin_port);
  }
  ~ReservedPort() { close(fd_); }
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  std::uint16_t number() const { return number_; }

 private:
  const int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t number_ = 0;
};

TEST(LoopGroupServerTest, EveryLoopOfAGroupAnswersOnTheSamePort) {
  const ReservedPort port;
  std::latch listening(2);
  LoopGroup group({.loops = 2}, [&](EventLoop& loop, std::size_t index) {
    auto server = http::createServer(loop, [index](const RequestPtr&, const ResponsePtr& response) {
      response->end("loop " + std::to_string(index));
    });
    server->listen({.port = port.number(), .host = "127.0.0.1", .reuse_port = true},
                   [&listening] { listening.count_down(); });
    return std::make_shared<decltype(server)>(server);
  });
  listening.wait();
  std::set<std::string> answers;
  // The chance that one of the two is never chosen is nothing.
  for (int i = 0; i < 200 && answers.size() < 2; ++i) {
    const std::string answer =
        tests::Client(port.number()).ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    answers.insert(answer.substr(answer.size() - 6));
  }
  EXPECT_EQ(answers, (std::set<std::string>{"loop 0", "loop 1"}));
  group.stop();
  group.join();
}

}  // namespace
}  // namespace weft
