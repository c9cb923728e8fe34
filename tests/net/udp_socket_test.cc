#include "weft/net/udp_socket.h"

#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

// Gives this process a network of its own: loopback, through which groups of IPv6 are reached, too.
// False if this machine does not allow that.
bool makeNetwork() {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  in6_rtmsg groups{};
  groups.rtmsg_dst.s6_addr[0] = 0xff;
  groups.rtmsg_dst_len = 8;
  groups.rtmsg_metric = 1;
  groups.rtmsg_flags = RTF_UP | RTF_LOCAL;  // loopback takes no other routes
  groups.rtmsg_ifindex = static_cast<int>(::if_nametoindex("lo"));
  const int fd = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool made =
      ::ioctl(fd, SIOCSIFFLAGS, &loopback) == 0 && ::ioctl(fd, SIOCADDRT, &groups) == 0;
  ::close(fd);
  return made;
}

class UdpSocketTest : public tests::LoopbackTest {
 protected:
  static void SetUpTestSuite() { own_network_ = makeNetwork(); }
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

  static inline bool own_network_ = false;
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

TEST_F(UdpSocketTest, MulticastOfIPv6ReachesEveryMemberUntilItLeaves) {
  if (!own_network_) GTEST_SKIP() << "this process may not make a network of its own";
  const UdpOptions shared{.ipv6 = true, .reuse_address = true};
  const UdpSocketPtr first = bound(shared, {});
  const Address group = Address::ip("ff05::7788", first->address().port()).value();
  const UdpSocketPtr second = bound(shared, {.port = group.port()});
  for (const UdpSocketPtr& member : {first, second}) {
    ASSERT_TRUE(member->addMembership("ff05::7788", "lo").ok());
  }
  const UdpSocketPtr sender = make({.ipv6 = true});
  EXPECT_TRUE(sender->setMulticastInterface("lo").ok());
  EXPECT_TRUE(sender->setMulticastTTL(1).ok());
  EXPECT_TRUE(sender->setMulticastLoopback(true).ok());
  sender->send("to all", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 2; }));
  EXPECT_EQ(log_, (Log{"to all", "to all"}));
  EXPECT_TRUE(second->dropMembership("ff05::7788", "lo").ok());
  sender->send("to one", group);
  EXPECT_TRUE(waitFor([&] { return log_.size() == 3; }));
  EXPECT_FALSE(first->addMembership("::1", "lo").ok()) << "that is no group";
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
