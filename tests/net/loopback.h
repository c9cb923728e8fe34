// What tests of sockets and servers share: a loop whose clock is manual, and a client on the same
// loop that remembers what it gets. Nothing sleeps: where all wait, the clock skips ahead.

#ifndef WEFT_TESTS_NET_LOOPBACK_H_
#define WEFT_TESTS_NET_LOOPBACK_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/net/socket.h"

namespace weft::tests {

// A connection to 127.0.0.1 that sends raw bytes and keeps everything that comes back.
class RawClient {
 public:
  RawClient(EventLoop& loop, std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) { socket_->write(bytes); }
  // Sends no more, but reads on.
  void endSending() { socket_->end(); }
  // Leaves with a RST.
  void reset() { socket_->resetAndDestroy(); }
  void leave() { socket_->destroy(); }
  // Whether it reads; it does at first.
  void setReading(bool on) { on ? socket_->resume() : socket_->pause(); }

  const std::string& received() const { return state_->received; }
  // The other side has ended, or reset, the connection.
  bool ended() const { return state_->ended; }
  bool closed() const { return socket_->closed(); }
  net::Socket& socket() { return *socket_; }
  // How many answers with this status line have come.
  int answers(int status) const;

 private:
  struct State {
    std::string received;
    bool ended = false;
  };
  std::shared_ptr<State> state_;
  net::SocketPtr socket_;
};

class LoopbackTest : public testing::Test {
 protected:
  LoopbackTest() : loop_({.clock = &clock_}) {}

  // Runs the loop until `condition` holds. False, and a failure, if it does not within many
  // iterations, or if nothing is left that could make it hold.
  template <typename F>
  bool runUntil(F condition) {
    for (int i = 0; i < 200'000; ++i) {
      if (condition()) return true;
      if (!loop_.runOnce() && !condition()) break;
    }
    ADD_FAILURE() << "the condition never came to hold";
    return false;
  }
  // The same while time stands still.
  template <typename F>
  bool waitFor(F condition) {
    for (int i = 0; i < 1'000'000; ++i) {
      if (condition()) return true;
      loop_.runNoWait();
    }
    ADD_FAILURE() << "the condition never came to hold";
    return false;
  }
  // Runs the loop as long as something is ready, without the clock going on.
  void settle();
  // Lets so much time go by.
  void pass(loop::Duration time);

  ManualClock clock_;
  EventLoop loop_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_LOOPBACK_H_
