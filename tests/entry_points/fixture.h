// What the tests of entry points share: contexts with an id, and callbacks that note where they
// run.

#ifndef WEFT_TESTS_ENTRY_POINTS_FIXTURE_H_
#define WEFT_TESTS_ENTRY_POINTS_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"

namespace weft::tests {

class EntryPointFixture : public testing::Test {
 protected:
  ~EntryPointFixture() override { cls::destroyNamespace("entry"); }

  // The id of the context that is active, or 0.
  int here() const {
    const int* id = ns_.get<int>("id");
    return id != nullptr ? *id : 0;
  }
  template <typename F>
  void in(int id, F&& fn) {
    ns_.run(
        [&] {
          ns_.set("id", id);
          fn();
        },
        {.root = true});
  }
  // A callback that notes where it runs.
  auto note() {
    return [this] { seen_.push_back(here()); };
  }
  template <typename... Args>
  auto noteOf() {
    return [this](Args...) { seen_.push_back(here()); };
  }

  // Gives note() to `schedule` in context 7 and runs the loop: it was called once, and there.
  template <typename F>
  void expectKept(F&& schedule) {
    in(7, schedule);
    loop_.run();
    EXPECT_EQ(seen_, std::vector<int>{7});
  }

  // A server whose connections say nothing, in no context.
  net::ServerPtr listen() {
    net::ServerPtr server = net::createServer(loop_, [](const net::SocketPtr& socket) {
      socket->once(stream::kEnd, [socket] { socket->end(); });
      socket->resume();
    });
    server->listen({.host = "127.0.0.1"});
    loop_.runNoWait();
    return server;
  }
  cls::Namespace ns_ = cls::createNamespace("entry");
  EventLoop loop_;
  std::vector<int> seen_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_ENTRY_POINTS_FIXTURE_H_
