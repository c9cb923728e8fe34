#include "weft/net/udp_socket.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/tests/net/loopback.h"

namespace weft::net {
namespace {

using internal::ScopedSocketCalls;
using internal::SocketCalls;
using internal::socketCalls;
using Log = std::vector<std::string>;

class UdpSocketTest : public tests::LoopbackTest {
 protected:
  ~UdpSocketTest() override {
    for (const UdpSocketPtr& socket : sockets_) socket->close();
    settle();
    for (const UdpSocketPtr& socket : sockets_) EXPECT_TRUE(socket->closed());
  }

  // One that notes what it gets.
  UdpSocketPtr make(const UdpOptions& options = {}) {
    const UdpSocketPtr socket =
        dgram::createSocket(loop_, options, [this](std::string_view bytes, const Address& from) {
          log_.emplace_back(bytes);
          from_ = from;
        });
    socket->on(kError, [this](const absl::Status& why) {
      log_.push_back("error: " + std::string(why.message()));
    });
    sockets_.push_back(socket);
    return socket;
  }
  UdpSocketPtr bound(const UdpOptions& options = {},
                     const BindOptions& where = {.host = "127.0.0.1"}) {
    const UdpSocketPtr socket = make(options);
    socket->bind(where);
    return socket;
  }
  auto noteDone() {
    return [this](const absl::Status& how) {
      log_.push_back(how.ok() ? "sent" : std::string(how.message()));
    };
  }

  std::vector<UdpSocketPtr> sockets_;
  Log log_;
  Address from_;
};

TEST_F(UdpSocketTest, ADatagramComesWholeWithItsSender) {
  const UdpSocketPtr server = make();
  server->bind({.host = "127.0.0.1"}, [this] { log_.push_back("listening"); });
  EXPECT_EQ(log_, Log{});
  const UdpSocketPtr client = make();
  client->send("one", server->address(), noteDone());
  client->send("", server->address());
  client->send("three", server->address());
  EXPECT_TRUE(waitFor([&] { return log_.size() == 5; }));
  EXPECT_EQ(log_, (Log{"listening", "sent", "one", "", "three"}));
  EXPECT_EQ(from_.host(), "127.0.0.1");
  EXPECT_EQ(from_.port(), client->address().port());
}

TEST_F(UdpSocketTest, AConnectedSocketTalksToOneOnly) {
  const UdpSocketPtr server = bound();
  const UdpSocketPtr other = bound();
  const UdpSocketPtr client = make();
  EXPECT_THROW(client->send("x"), UsageError);
  client->once(kConnect, [this] { log_.push_back("connect"); });
  client->connect(server->address());
  client->send("a");
  EXPECT_TRUE(waitFor([&] { return log_.size() == 2; }));
  EXPECT_EQ(log_, (Log{"connect", "a"}));
  other->send("not heard", client->address());
  server->send("b", client->address());
  EXPECT_TRUE(waitFor([&] { return log_.size() == 3; }));
  EXPECT_EQ(log_.back(), "b");
  EXPECT_EQ(client->remoteAddress(), server->address());
  EXPECT_TRUE(client->disconnect().ok());
  other->send("heard", client->address());
  EXPECT_TRUE(waitFor([&] { return log_.size() == 4; }));
}

TEST_F(UdpSocketTest, IPv6) {
  const UdpSocketPtr server = bound({.ipv6 = true}, {.host = "::1"});
  make({.ipv6 = true})->send("x", server->address());
  EXPECT_TRUE(waitFor([&] { return log_ == Log{"x"}; }));
  EXPECT_EQ(from_.host(), "::1");
}

TEST_F(UdpSocketTest, MulticastReachesEveryMemberUntilItLeaves) {
  const UdpOptions shared{.reuse_address = true};
  const UdpSocketPtr first = bound(shared, {});
  const Address group = Address::ip("239.255.77.88", first->address().port()).value();
  const UdpSocketPtr second = bound(shared, {.port = group.port()});
  for (const UdpSocketPtr& member : {first, second}) {
    ASSERT_TRUE(member->addMembership("239.255.77.88", "127.0.0.1").ok());
  }
  const UdpSocketPtr sender = make();
  EXPECT_TRUE(sender->setMulticastInterface("127.0.0.1").ok());
  EXPECT_TRUE(sender->setMulticastTTL(1).ok());
  EXPECT_TRUE(sender->setMulticastLoopback(true).ok());
  sender->send("to all", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 2; }));
  EXPECT_EQ(log_, (Log{"to all", "to all"}));
  EXPECT_TRUE(second->dropMembership("239.255.77.88", "127.0.0.1").ok());
  sender->send("to one", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 3; }));
  EXPECT_FALSE(first->addMembership("127.0.0.1").ok()) << "that is no group";
  EXPECT_FALSE(first->addMembership("all").ok());
}

// The first interface on which this machine sends to groups of IPv6; empty if there is none, as
// where only loopback is.
std::string interfaceOfGroups() {
  std::ifstream routes("/proc/net/ipv6_route");
  for (std::string line; std::getline(routes, line);) {
    if (line.starts_with("ff00")) return line.substr(line.find_last_of(' ') + 1);
  }
  return "";
}

TEST_F(UdpSocketTest, MulticastOfIPv6ReachesEveryMemberUntilItLeaves) {
  const std::string interface = interfaceOfGroups();
  if (interface.empty()) GTEST_SKIP() << "no interface has a route to groups of IPv6";
  const UdpOptions shared{.ipv6 = true, .reuse_address = true};
  const UdpSocketPtr first = bound(shared, {});
  const Address group = Address::ip("ff05::7788", first->address().port()).value();
  const UdpSocketPtr second = bound(shared, {.port = group.port()});
  for (const UdpSocketPtr& member : {first, second}) {
    ASSERT_TRUE(member->addMembership("ff05::7788", interface).ok());
  }
  const UdpSocketPtr sender = make({.ipv6 = true});
  EXPECT_TRUE(sender->setMulticastInterface(interface).ok());
  EXPECT_TRUE(sender->setMulticastTTL(1).ok());
  EXPECT_TRUE(sender->setMulticastLoopback(true).ok());
  sender->send("to all", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 2; }));
  EXPECT_EQ(log_, (Log{"to all", "to all"}));
  EXPECT_TRUE(second->dropMembership("ff05::7788", interface).ok());
  sender->send("to one", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 3; }));
  EXPECT_FALSE(first->addMembership("::1", interface).ok()) << "that is no group";
}

TEST_F(UdpSocketTest, APortInUseIsAnErrorThatNamesIt) {
  const UdpSocketPtr first = bound();
  const UdpSocketPtr second = make();
  second->bind({.port = first->address().port(), .host = "127.0.0.1"});
  settle();
  EXPECT_EQ(log_, Log{"error: bind " + first->address().toString() + ": Address already in use"});
  EXPECT_FALSE(second->destroyed());
  second->bind({.host = "127.0.0.1"});
  EXPECT_THROW(second->bind({}), UsageError);
}

TEST_F(UdpSocketTest, WhatCannotBeSentIsToldToTheCallbackElseAsAnError) {
  const UdpSocketPtr socket = make();
  const Address to = Address::ip("127.0.0.1", 9).value();
  const std::string large(70'000, 'x');
  socket->send(large, to, noteDone());
  socket->send(large, to);
  settle();
  EXPECT_EQ(log_, (Log{"send 127.0.0.1:9: Message too long",
                       "error: send 127.0.0.1:9: Message too long"}));
}

TEST_F(UdpSocketTest, NobodyAtTheOtherEndEndsNothing) {
  const UdpSocketPtr gone = bound();
  const Address nobody = gone->address();
  gone->close();
  settle();
  const UdpSocketPtr client = dgram::createSocket(loop_);  // without an error listener
  sockets_.push_back(client);
  client->connect(nobody);
  client->send("x");
  settle();
  EXPECT_FALSE(client->destroyed());
}

TEST_F(UdpSocketTest, WhatTheSystemDoesNotTakeWaitsInOrderAndNotWithoutBounds) {
  static int refusals;
  refusals = 1'000'000;
  SocketCalls calls = socketCalls();
  calls.sendmsg = [](int fd, const msghdr* message, int flags) -> ssize_t {
    if (refusals-- <= 0) return internal::kSystemCalls.sendmsg(fd, message, flags);
    errno = EAGAIN;
    return -1;
  };
  const ScopedSocketCalls replaced(calls);
  const UdpSocketPtr server = bound();
  const UdpSocketPtr client = make();
  client->send("a", server->address(), noteDone());
  client->send("b", server->address(), noteDone());
  EXPECT_EQ(client->sendQueueCount(), 2u);
  EXPECT_EQ(client->sendQueueSize(), 2u);
  refusals = 0;
  EXPECT_TRUE(waitFor([&] { return log_.size() == 4; }));
  EXPECT_EQ(log_, (Log{"sent", "sent", "a", "b"}));
  log_.clear();
  refusals = 1'000'000;
  const std::string block(60'000, 'x');
  for (int i = 0; i != 40; ++i) client->send(block, server->address());
  EXPECT_LE(client->sendQueueSize(), 1u << 20);
  loop_.runNoWait();
  EXPECT_EQ(log_[0], "error: send: too many datagrams wait already");
}

TEST_F(UdpSocketTest, CloseTellsThoseThatWaitAndIsSaidOnce) {
  SocketCalls calls = socketCalls();
  calls.sendmsg = [](int, const msghdr*, int) -> ssize_t {
    errno = EAGAIN;
    return -1;
  };
  const ScopedSocketCalls replaced(calls);
  const UdpSocketPtr socket = make();
  socket->send("x", Address::ip("127.0.0.1", 9).value(), noteDone());
  socket->close([this] { log_.push_back("close"); });
  socket->close();
  socket->send("y", Address::ip("127.0.0.1", 9).value(), noteDone());
  settle();
  EXPECT_EQ(log_, (Log{"send: the socket was closed", "send: the socket was closed", "close"}));
}

TEST_F(UdpSocketTest, ALoopThatEndsFirstClosesTheSocket) {
  UdpSocketPtr left;
  {
    EventLoop loop;
    left = dgram::createSocket(loop);
    left->bind({.host = "127.0.0.1"});
  }
  EXPECT_TRUE(left->destroyed());
}

}  // namespace
}  // namespace weft::net
