// Which contexts the events of sockets and servers see: the table of TCP and UDP, row by row.

#include <map>
#include <string>

#include "weft/cls/cls.h"
#include "weft/net/udp_socket.h"
#include "weft/tests/net/named_contexts.h"
#include "weft/tests/net/tcp_fixture.h"

namespace weft::net {
namespace {

using tests::NamedContexts;
using tests::TcpTest;

class SocketContextTest : public TcpTest, protected NamedContexts {
 protected:
  auto see(std::string what) {
    return [this, what] { seen_[what] = here(); };
  }

  std::map<std::string, std::string> seen_;
};

TEST_F(SocketContextTest, EveryEventOfAServerAndItsConnections) {
  in("created", [&] { server_ = createServer(loop_); });
  in("handler", [&] {
    server_->on(kConnection, [this](const SocketPtr& socket) {
      see("connection")();
      accepted_.push_back(socket);
      socket->on(kData, see("data"));
      in("own run", [&] {
        socket->on(kEnd, see("end in own run"));
        socket->on(kClose, see("close in own run"));
        socket->setTimeout(std::chrono::hours(1), see("timeout in own run"));
      });
    });
  });
  in("listening", [&] { server_->listen({.host = "127.0.0.1"}, see("listen callback")); });
  SocketPtr client;
  in("connecting", [&] {
    client = net::connect(loop_, {.port = port()}, see("connect callback"));
    client->on(kError, see("client error"));
  });
  in("client listener", [&] {
    client->on(kConnect, see("client connect"));
    client->on(kData, see("client data"));
    client->on(kEnd, see("client end"));
    client->on(kClose, see("client close"));
  });
  in("writing", [&] { client->write("x", see("write callback")); });
  EXPECT_TRUE(waitFor([&] { return seen_.count("data") != 0; }));
  pass(std::chrono::hours(1));
  accepted_.front()->write("y");
  settle();
  client->end();
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  in("closing", [&] { server_->close(see("server close")); });
  settle();
  const std::map<std::string, std::string> expected{
      {"listen callback", "listening"},
      {"connection", "handler"},
      {"data", "handler"},
      {"end in own run", "own run"},
      {"close in own run", "own run"},
      {"timeout in own run", "own run"},
      {"connect callback", "connecting"},
      {"client connect", "client listener"},
      {"client data", "client listener"},
      {"client end", "client listener"},
      {"client close", "client listener"},
      {"write callback", "writing"},
      {"server close", "closing"},
  };
  EXPECT_EQ(seen_, expected);
}

TEST_F(SocketContextTest, AHandlerWithoutContextsSeesThoseOfListen) {
  server_ = createServer(loop_, [this](const SocketPtr& socket) {
    see("connection")();
    accepted_.push_back(socket);
    socket->on(kData, see("data"));
  });
  in("listening", [&] { server_->listen({.host = "127.0.0.1"}); });
  const SocketPtr client = connect();
  client->write("x");
  EXPECT_TRUE(waitFor([&] { return seen_.size() == 2; }));
  EXPECT_EQ(seen_["connection"], "listening");
  EXPECT_EQ(seen_["data"], "listening");
}

TEST_F(SocketContextTest, AListenerWithoutContextsSeesThoseOfConnect) {
  listenAndEcho();
  SocketPtr client;
  in("connecting", [&] { client = connect(); });
  client->on(kData, see("data"));
  client->on(kClose, see("close"));
  client->end("x");
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(seen_["data"], "connecting");
  EXPECT_EQ(seen_["close"], "connecting");
}

TEST_F(SocketContextTest, AnErrorIsSeenWhereItsListenerWasAdded) {
  SocketPtr client;
  in("connecting", [&] { client = net::connect(loop_, {.path = "/nowhere/weft"}); });
  in("listener", [&] { client->on(kError, see("error")); });
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(seen_["error"], "listener");
}

TEST_F(SocketContextTest, BindingASocketChangesNothing) {
  listenAndEcho();
  const SocketPtr client = connect();
  in("bound", [&] {
    ns_.bindEmitter(*client);
    client->on(kData, see("data"));
  });
  client->end("x");
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(seen_["data"], "bound");
}

TEST_F(SocketContextTest, AConnectionThatIsClosedHoldsNoContext) {
  listenAndEcho();
  bool ended = false;
  const std::size_t before = cls::liveContexts();
  SocketPtr client;
  in("request", [&] {
    ns_.active().onEnd([&] { ended = true; });
    client = connect();
    client->on(kData, see("data"));
    client->end("x", see("written"));
  });
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(cls::liveContexts(), before);
}

TEST_F(SocketContextTest, UdpCallbacksAndMessagesSeeTheirRegistration) {
  UdpSocketPtr receiver;
  in("created", [&] { receiver = dgram::createSocket(loop_); });
  in("binding", [&] { receiver->bind({.host = "127.0.0.1"}, see("listening")); });
  in("listener", [&] { receiver->on(kMessage, see("message")); });
  const UdpSocketPtr sender = dgram::createSocket(loop_);
  in("sending", [&] {
    sender->send("x", receiver->address(), [this](const absl::Status&) { see("sent")(); });
  });
  EXPECT_TRUE(waitFor([&] { return seen_.size() == 3; }));
  const std::map<std::string, std::string> expected{
      {"listening", "binding"}, {"message", "listener"}, {"sent", "sending"}};
  EXPECT_EQ(seen_, expected);
  receiver->close();
  sender->close();
  settle();
}

}  // namespace
}  // namespace weft::net
