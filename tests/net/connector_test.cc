// Happy eyeballs: a name whose addresses are made up, and connections that hang for ever.

#include "weft/net/internal/connector.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "weft/loop/work.h"
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
  std::atomic<int> lookups = 0;
  std::atomic<bool> resolver_hangs = false;
};
World g_world;

int fakeLookup(const char*, const char* service, const addrinfo*, addrinfo** list) {
  ++g_world.lookups;
  g_world.resolver_hangs.wait(true);
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
    g_world.addresses.clear();
    g_world.lookup_error = 0;
    g_world.hanging.clear();
    g_world.tried.clear();
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

TEST_F(ConnectorTest, AResolverThatHangsHasHalfOfThePoolAtMost) {
  loop::useThreadPool(loop_, std::make_shared<ThreadPool>(loop::ThreadPoolOptions{.threads = 4}));
  g_world.lookups = 0;
  g_world.resolver_hangs = true;
  std::vector<SocketPtr> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(net::connect(loop_, {.port = port(), .host = "weft.test"}));
    clients.back()->on(kError, [](const absl::Status&) {});
  }
  while (g_world.lookups < 2) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) {
    bool done = false;
    loop::work(
        loop_, [] {}, [&done](const absl::Status&) { done = true; });
    while (!done) loop_.runNoWait();
  }
  EXPECT_EQ(g_world.lookups, 2);
  for (const SocketPtr& client : clients) client->destroy();
  server_->close();
  settle();
  EXPECT_FALSE(loop_.alive()) << "nobody waits for the resolver";
  g_world.resolver_hangs = false;
  g_world.resolver_hangs.notify_all();
}

TEST_F(ConnectorTest, WhatIsNoNameIsToldSoAndNotLookedUp) {
  g_world.lookups = 0;
  for (const std::string& host : {std::string(), std::string(300, 'x'), std::string("a..b"),
                                  std::string("weft.test\0", 10), std::string(64, 'x') + ".test"}) {
    log_.clear();
    client_ = net::connect(loop_, {.port = port(), .host = host});
    noteAll(client_);
    EXPECT_TRUE(waitFor([&] { return client_->closed(); }));
    EXPECT_TRUE(absl::IsInvalidArgument(client_->error())) << client_->error();
  }
  EXPECT_EQ(g_world.lookups, 0);
}

TEST_F(ConnectorTest, AListenerThatThrowsAfterTheLookupIsReported) {
  g_world.lookup_error = EAI_NONAME;
  int reported = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++reported; });
  client_ = net::connect(loop_, {.port = port(), .host = "weft.test"});
  client_->on(kError, [](const absl::Status&) { throw std::runtime_error("a listener"); });
  EXPECT_TRUE(waitFor([&] { return client_->closed() && reported == 1; }));
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
