#include "weft/tests/net/loopback.h"

namespace weft::tests {

RawClient::RawClient(EventLoop& loop, std::uint16_t port)
    : state_(std::make_shared<State>()),
      socket_(net::connect(loop, {.port = port, .allow_half_open = true})) {
  socket_->on(kData, [state = state_](std::string_view bytes) { state->received += bytes; });
  socket_->on(kEnd, [state = state_] { state->ended = true; });
  socket_->on(kClose, [state = state_] { state->ended = true; });
}

RawClient::~RawClient() { socket_->destroy(); }

int RawClient::answers(int status) const {
  const std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
  int count = 0;
  for (std::size_t at = received().find(line); at != std::string::npos;
       at = received().find(line, at + 1)) {
    ++count;
  }
  return count;
}

// A round trip through the kernel of this machine takes a few iterations at most.
void LoopbackTest::settle() {
  for (int i = 0; i < 50; ++i) loop_.runNoWait();
}

void LoopbackTest::pass(loop::Duration time) {
  settle();
  clock_.advance(time);
  settle();
}

}  // namespace weft::tests
