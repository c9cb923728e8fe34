// Happy eyeballs: a name whose addresses are made up, and connections that hang for ever.

#include "weft/net/internal/connector.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "weft/net/internal/lookup.h"
#include "weft/tests/net/tcp_fixture.h"

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using internal::ScopedSocketCalls;
using internal::SocketCalls;
using internal::socketCalls;
using tests::TcpTest;

// What a host name leads to, and what becomes of a connection to each address.
struct World {
  std::vector<std::string> addresses;
  int lookup_error = 0;
  std::vector<std::string> hanging;  // hosts that never answer
  std::vector<std::string> tried;    // in order
  int open = 0;                      // sockets that were made and not closed
};
World g_world;

int fakeLookup(const char*, const char* service, const addrinfo*, addrinfo** list) {
  if (g_world.lookup_error != 0) return g_world.lookup_error;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo** end = list;
  for (const std::string& address : g_world.addresses) {
    if (::getaddrinfo(address.c_str(), service, &hints, end) != 0) return EAI_FAIL;
    end = &(*end)->ai_next;
  }
  return 0;
}

int countedSocket(int domain, int type, int protocol) {
  const int fd = internal::kSystemCalls.socket(domain, type, protocol);
  if (fd >= 0) ++g_world.open;
  return fd;
}

int countedClose(int fd) {
  --g_world.open;
  return internal::kSystemCalls.close(fd);
}

// A socket that takes nothing more: to whoever polls it, a connection that never stands.
int silentDescriptor() {
  static int ends[2] = {-1, -1};
  if (ends[0] < 0) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    const std::string block(64 * 1024, 'x');
    while (::send(ends[0], block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  }
  return ends[0];
}

int fakeConnect(int fd, const sockaddr* address, socklen_t size) {
  Address to;
  std::memcpy(to.data(), address, size);
  to.setSize(size);
  g_world.tried.push_back(to.host());
  for (const std::string& host : g_world.hanging) {
    if (host != to.host()) continue;
    ::dup2(silentDescriptor(), fd);
    errno = EINPROGRESS;
    return -1;
  }
  return internal::kSystemCalls.connect(fd, address, size);
}

class ConnectorTest : public TcpTest {
 protected:
  ConnectorTest() : calls_(socketCalls()) {
    g_world = {};
    calls_.getaddrinfo = &fakeLookup;
    calls_.connect = &fakeConnect;
    calls_.socket = &countedSocket;
    calls_.close = &countedClose;
    replaced_.emplace(calls_);
    listenAndEcho();  // 127.0.0.1
    g_world.open = 0;
  }
  ~ConnectorTest() override {
    settle();
    if (client_) client_->destroy();
    settle();
    EXPECT_LE(g_world.open, 0) << "a descriptor was left open";
  }

  // Begins to connect, and waits until the name is resolved.
  void connectByName() {
    client_ = net::connect(loop_, {.port = port(), .host = "weft.test"});
    noteAll(client_);
    for (int i = 0; i < 1'000'000 && g_world.tried.empty() && !client_->closed(); ++i) {
      loop_.runNoWait();  // not runOnce(): time must not pass
    }
  }
  std::string to(const std::string& host) const { return Address::ip(host, port())->toString(); }

  SocketCalls calls_;
  std::optional<ScopedSocketCalls> replaced_;
  SocketPtr client_;
};

TEST_F(ConnectorTest, ANameIsLookedUpAndTheConnectionStands) {
  g_world.addresses = {"127.0.0.1"};
  connectByName();
  client_->write("x");
  client_->end();
  EXPECT_TRUE(waitFor([&] { return client_->closed(); }));
  EXPECT_EQ(log_, (Log{"connect", "finish", "x", "end", "close"}));
  EXPECT_EQ(client_->remoteAddress().host(), "127.0.0.1");
}

TEST_F(ConnectorTest, ASilentAddressHas250MillisecondsThenTheNextIsTriedAsWell) {
  g_world.addresses = {"::1", "127.0.0.1"};
  g_world.hanging = {"::1"};
  connectByName();
  EXPECT_EQ(g_world.tried, Log{"::1"});
  pass(249ms);
  EXPECT_EQ(g_world.tried, Log{"::1"});
  EXPECT_TRUE(client_->connecting());
  pass(1ms);
  EXPECT_EQ(g_world.tried, (Log{"::1", "127.0.0.1"}));
  EXPECT_EQ(log_, Log{"connect"});
  EXPECT_EQ(g_world.open, 1) << "the silent one is closed";
}

TEST_F(ConnectorTest, AnAddressThatRefusesMakesWayAtOnce) {
  g_world.addresses = {"127.0.0.2", "127.0.0.1"};  // nobody listens to the first
  connectByName();
  settle();
  EXPECT_EQ(g_world.tried, (Log{"127.0.0.2", "127.0.0.1"}));
  EXPECT_EQ(log_, Log{"connect"});
}

TEST_F(ConnectorTest, FamiliesTakeTurns) {
  g_world.addresses = {"::1", "::2", "::3", "127.0.0.2", "127.0.0.3"};
  g_world.hanging = g_world.addresses;
  connectByName();
  for (int i = 0; i != 6; ++i) pass(250ms);
  EXPECT_EQ(g_world.tried, (Log{"::1", "127.0.0.2", "::2", "127.0.0.3", "::3"}));
  EXPECT_TRUE(client_->connecting());
}

TEST_F(ConnectorTest, WhenAllFailTheErrorNamesEveryAddressAndReason) {
  g_world.addresses = {"127.0.0.2", "127.0.0.3"};
  connectByName();
  EXPECT_TRUE(waitFor([&] { return client_->closed(); }));
  EXPECT_EQ(log_,
            (Log{"error: connect weft.test:" + std::to_string(port()) + ": " + to("127.0.0.2") +
                     ": Connection refused; " + to("127.0.0.3") + ": Connection refused",
                 "close"}));
  EXPECT_TRUE(absl::IsUnavailable(client_->error())) << client_->error();
}

TEST_F(ConnectorTest, ANameThatIsNotFoundIsAnErrorThatSaysSo) {
  for (const auto& [error, code] : {std::pair{EAI_NONAME, absl::StatusCode::kNotFound},
                                    std::pair{EAI_AGAIN, absl::StatusCode::kUnavailable},
                                    std::pair{EAI_MEMORY, absl::StatusCode::kResourceExhausted}}) {
    log_.clear();
    g_world.lookup_error = error;
    connectByName();
    EXPECT_TRUE(waitFor([&] { return client_->closed(); }));
    EXPECT_EQ(client_->error().code(), code);
    EXPECT_EQ(log_[0],
              "error: connect weft.test:" + std::to_string(port()) + ": " + ::gai_strerror(error));
  }
}

TEST_F(ConnectorTest, DestroyGivesUpInTheLookupAndInTheRace) {
  g_world.addresses = {"::1", "127.0.0.2"};
  g_world.hanging = g_world.addresses;
  client_ = net::connect(loop_, {.port = port(), .host = "weft.test"});
  noteAll(client_);
  client_->destroy();
  settle();
  EXPECT_EQ(log_, Log{"close"});
  connectByName();
  pass(250ms);
  EXPECT_EQ(g_world.open, 2);
  client_->destroy();
  settle();
  EXPECT_EQ(g_world.open, 0);
  EXPECT_EQ(log_, (Log{"close", "close"}));
}

TEST_F(ConnectorTest, OptionsThatAreSetBeforeAreThereAfterwards) {
  g_world.addresses = {"127.0.0.1"};
  client_ = net::connect(loop_, {.port = port(), .host = "weft.test"});
  EXPECT_TRUE(client_->setKeepAlive(true));
  EXPECT_TRUE(waitFor([&] { return !client_->connecting(); }));
  int on = 0;
  static int fd;
  calls_.setsockopt = [](int which, int, int, const void*, socklen_t) {
    fd = which;
    return 0;
  };
  replaced_.emplace(calls_);
  client_->setNoDelay();  // tells us the descriptor
  socklen_t size = sizeof(on);
  EXPECT_EQ(::getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
  EXPECT_EQ(on, 1);
}

TEST_F(ConnectorTest, ALoopThatEndsDuringLookupOrRaceLeavesNothing) {
  g_world.addresses = {"::1", "127.0.0.2"};
  g_world.hanging = g_world.addresses;
  for (const bool resolved : {false, true}) {
    SocketPtr client;
    {
      EventLoop loop;
      client = net::connect(loop, {.port = 1, .host = "weft.test"});
      while (resolved && g_world.tried.empty()) loop.runNoWait();
    }
    EXPECT_TRUE(client->destroyed());
    EXPECT_EQ(g_world.open, 0);
  }
}

}  // namespace
}  // namespace weft::net
