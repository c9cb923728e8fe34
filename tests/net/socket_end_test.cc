// Sockets of weft/net/socket.h whose loop ends while they are at work.

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"
#include "weft/stream/pipe.h"
#include "weft/stream/transform.h"

namespace weft::net {
namespace {

// What is pending holds itself in every way that there is: by listeners, callbacks, pipes, a server
// that waits for its last connection.
TEST(SocketEndTest, ALoopThatEndsWithEverythingPendingReleasesEverything) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  {
    EventLoop loop;
    const ServerPtr server = createServer(loop);
    std::vector<SocketPtr> sockets;
    server->on(kConnection, [&](const SocketPtr& socket) { sockets.push_back(socket); });
    server->on(kClose, [held, server] {});
    server->listen({.host = "127.0.0.1"});
    for (int i = 0; i != 6; ++i) {
      sockets.push_back(net::connect(loop, {.port = server->address().port()}));
    }
    for (int i = 0; i != 100 && sockets.size() != 12; ++i) loop.runOnce();
    ASSERT_EQ(sockets.size(), 12u);
    sockets.push_back(net::connect(loop, {.port = server->address().port()}));
    sockets.push_back(net::connect(loop, {.port = 1, .host = "weft.invalid"}));
    for (const SocketPtr& socket : sockets) {
      socket->on(kData, [held, socket] {});
      socket->on(kClose, [held, socket] {});
      socket->on(kError, [held, socket] {});
      socket->write(std::string(1'000'000, 'x'), [held, socket] {});
    }
    stream::pipe(sockets[0], stream::makeRef<stream::PassThrough>(loop));
    stream::pipeline({sockets[1], stream::makeRef<stream::PassThrough>(loop), sockets[7]},
                     [held](const absl::Status&) {});
    server->close();
    for (std::size_t i : {2u, 3u, 8u}) sockets[i]->destroy();
    sockets[4]->resetAndDestroy();
    held.reset();
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST(SocketEndTest, AServerWhoseLastConnectionIsClosingGoesWithTheLoop) {
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = held;
  {
    EventLoop loop;
    const ServerPtr server = createServer(loop);
    SocketPtr accepted;
    server->on(kConnection, [&](const SocketPtr& socket) { accepted = socket; });
    server->on(kClose, [held = std::move(held), server] {});
    server->listen({.host = "127.0.0.1"});
    const SocketPtr client = net::connect(loop, {.port = server->address().port()});
    for (int i = 0; i != 100 && !accepted; ++i) loop.runOnce();
    ASSERT_TRUE(accepted);
    server->close();
    accepted->destroy();
  }
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace weft::net
