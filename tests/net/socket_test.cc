#include "weft/net/socket.h"

#include <netinet/tcp.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/tests/net/tcp_fixture.h"

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using internal::ScopedSocketCalls;
using internal::SocketCalls;
using internal::socketCalls;
using tests::RawClient;
using tests::TcpTest;

class SocketTest : public TcpTest {};

TEST_F(SocketTest, EventsOfAWholeConversationComeInOrderAndCloseOnce) {
  listenAndEcho();
  const SocketPtr client = connect();
  EXPECT_TRUE(client->connecting());
  noteAll(client);
  client->write("a");  // before there is a connection
  client->end("b");
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(log_, (Log{"connect", "finish", "ab", "end", "close"}));
  EXPECT_FALSE(client->write("late")) << "a write after close is false, and no harm";
  EXPECT_EQ(client->bytesRead(), 2u);
  EXPECT_EQ(client->bytesWritten(), 2u);
}

TEST_F(SocketTest, ARefusedConnectionNamesTheAddressAndTheReason) {
  listen();
  const std::uint16_t closed_port = port();
  server_->close();
  settle();
  const SocketPtr client = net::connect(loop_, {.port = closed_port});
  noteAll(client);
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(log_,
            (Log{"error: connect 127.0.0.1:" + std::to_string(closed_port) + ": Connection refused",
                 "close"}));
}

TEST_F(SocketTest, APathWithoutASocketIsAnErrorThatNamesIt) {
  const SocketPtr client = net::connect(loop_, {.path = "/nowhere/weft"});
  noteAll(client);
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(log_, (Log{"error: connect /nowhere/weft: No such file or directory", "close"}));
}

TEST_F(SocketTest, AConnectionThatFailsWithoutAListenerIsThrown) {
  const SocketPtr client = net::connect(loop_, {.path = "/nowhere/weft"});
  EXPECT_THROW(waitFor([&] { return client->closed(); }), UnhandledError);
}

TEST_F(SocketTest, AResetIsAnErrorForWhoListensAndOnlyACloseForOthers) {
  listen();
  for (const bool listens : {true, false}) {
    RawClient client(loop_, port());
    const SocketPtr socket = accepted(SocketPtr(&client.socket()));
    log_.clear();
    std::string peer = socket->remoteAddress().toString();
    if (listens) noteAll(socket);
    socket->resume();
    client.reset();
    EXPECT_TRUE(waitFor([&] { return socket->closed(); }));
    EXPECT_EQ(socket->error().message(), "read " + peer + ": Connection reset by peer");
    EXPECT_EQ(log_.size(), listens ? 2u : 0u);
  }
}

TEST_F(SocketTest, HalfOpenTheOtherDirectionGoesOn) {
  listen();
  server_->setAllowHalfOpen(true);
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  noteAll(socket);
  client.send("question");
  client.endSending();
  EXPECT_TRUE(waitFor([&] { return socket->readableEnded(); }));
  settle();
  EXPECT_FALSE(socket->destroyed());
  socket->end("answer");
  EXPECT_TRUE(waitFor([&] { return socket->closed(); }));
  settle();
  EXPECT_EQ(client.received(), "answer");
  EXPECT_EQ(log_, (Log{"question", "end", "finish", "close"}));
}

TEST_F(SocketTest, WithoutHalfOpenTheEndOfThePeerIsOursToo) {
  listen();
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  noteAll(socket);
  client.endSending();
  EXPECT_TRUE(waitFor([&] { return socket->closed() && client.ended(); }));
  EXPECT_EQ(log_, (Log{"end", "finish", "close"}));
}

TEST_F(SocketTest, ASocketThatNobodyReadsClosesWhenBothSidesAreDone) {
  listen();
  for (const bool we_first : {true, false}) {
    RawClient client(loop_, port());
    const SocketPtr socket = accepted(SocketPtr(&client.socket()));
    if (we_first) socket->end();
    settle();
    client.endSending();
    settle();
    if (!we_first) socket->end();
    EXPECT_TRUE(waitFor([&] { return socket->closed(); }));
  }
}

TEST_F(SocketTest, PausedBytesWaitAndThePeerIsHeldBack) {
  listen();
  const SocketPtr client = connect();
  const SocketPtr socket = accepted(client);
  socket->pause();
  const std::string block(16 * 1024, 'x');
  std::size_t written = 0;
  while (client->writableLength() == 0) {  // the system takes it still
    client->write(block);
    written += block.size();
    settle();
    ASSERT_LT(written, 100u << 20) << "nothing ever holds the writer back";
  }
  for (; client->write(block); written += block.size()) {
  }
  written += block.size();
  EXPECT_LE(socket->readableLength(), socket->readableHighWaterMark() + 64 * 1024);
  EXPECT_TRUE(client->writableNeedDrain());
  std::size_t received = 0;
  bool drained = false;
  client->on(kDrain, [&] { drained = true; });
  socket->on(kData, [&](std::string_view bytes) { received += bytes.size(); });
  socket->resume();
  EXPECT_TRUE(waitFor([&] { return received == written && drained; }));
}

TEST_F(SocketTest, WriteCallbacksComeWhenTheSystemHasTheBytesOrNever) {
  listen();
  const SocketPtr client = connect();
  client->write("a", note("a"));
  const SocketPtr socket = accepted(client);
  settle();
  EXPECT_EQ(log_, Log{"a"});
  client->write("b", [this](const absl::Status& how) {
    log_.push_back(how.ok() ? "b" : "b: " + std::string(how.message()));
  });
  client->destroy();
  settle();
  EXPECT_EQ(log_, (Log{"a", "b: the stream was destroyed before the bytes were gone"}));
}

TEST_F(SocketTest, WritesOfOneCallbackLeaveInOneCall) {
  static int sends;
  sends = 0;
  SocketCalls counting = socketCalls();
  counting.send = [](int fd, const void* bytes, std::size_t size, int flags) {
    ++sends;
    return internal::kSystemCalls.send(fd, bytes, size, flags);
  };
  const ScopedSocketCalls replaced(counting);
  listen();
  const SocketPtr client = connect();
  accepted(client);
  for (const char* bytes : {"a", "b", "c"}) client->write(bytes);
  settle();
  EXPECT_EQ(sends, 1);
  client->cork();
  client->write("d");
  settle();
  EXPECT_EQ(sends, 1) << "corked across callbacks";
  client->write("e");
  client->uncork();
  settle();
  EXPECT_EQ(sends, 2);
}

TEST_F(SocketTest, TimeoutComesAfterSilenceAndLeavesTheSocketOpen) {
  listenAndEcho();
  const SocketPtr client = connect();
  EXPECT_TRUE(waitFor([&] { return !client->connecting(); }));
  client->on(kData, note("data"));
  client->setTimeout(10s, note("timeout"));
  pass(9s);
  client->write("x");
  settle();
  EXPECT_EQ(log_, Log{"data"});
  pass(9s);
  EXPECT_EQ(log_, Log{"data"}) << "bytes have gone and come";
  pass(1s);
  EXPECT_EQ(log_, (Log{"data", "timeout"}));
  EXPECT_FALSE(client->destroyed());
  client->setTimeout(0s);
  pass(20s);
  EXPECT_EQ(log_, (Log{"data", "timeout"}));
  client->destroy();
}

TEST_F(SocketTest, OptionsReachTheSystem) {
  static std::vector<std::pair<int, int>> set;
  set.clear();
  SocketCalls watching = socketCalls();
  watching.setsockopt = [](int fd, int level, int name, const void* value, socklen_t size) {
    set.emplace_back(name, *static_cast<const int*>(value));
    return internal::kSystemCalls.setsockopt(fd, level, name, value, size);
  };
  listen();
  const SocketPtr client = connect();
  accepted(client);
  const ScopedSocketCalls replaced(watching);
  EXPECT_TRUE(client->setNoDelay(false));
  EXPECT_TRUE(client->setKeepAlive(true, 30s));
  const std::vector<std::pair<int, int>> expected{
      {TCP_NODELAY, 0}, {SO_KEEPALIVE, 1}, {TCP_KEEPIDLE, 30}};
  EXPECT_EQ(set, expected);
  client->destroy();
  EXPECT_FALSE(client->setNoDelay());
  EXPECT_FALSE(client->setKeepAlive(true));
}

TEST_F(SocketTest, BothSidesKnowBothAddresses) {
  listen();
  const SocketPtr client = connect();
  const SocketPtr socket = accepted(client);
  EXPECT_EQ(client->remoteAddress(), server_->address());
  EXPECT_EQ(socket->localAddress(), server_->address());
  EXPECT_EQ(client->localAddress(), socket->remoteAddress());
  EXPECT_NE(client->localAddress().port(), 0);
}

TEST_F(SocketTest, DestroySoonWritesEverythingFirst) {
  listen();
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  socket->write("last words");
  socket->destroySoon();
  EXPECT_FALSE(socket->destroyed());
  EXPECT_TRUE(waitFor([&] { return socket->closed() && client.ended(); }));
  EXPECT_EQ(client.received(), "last words");
}

TEST_F(SocketTest, AListenerThatThrowsStopsNothing) {
  int uncaught = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  listenAndEcho();
  const SocketPtr client = connect();
  for (const auto& event : {kConnect, kEnd, kFinish, kClose}) {
    client->on(event, [] { throw std::runtime_error("listener"); });
  }
  client->on(kData, [] { throw std::runtime_error("listener"); });
  client->end("a");
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(uncaught, 5);
}

TEST_F(SocketTest, DestroyingInsideAnyListenerIsTheEnd) {
  listenAndEcho();
  const auto run = [&](auto listen_to) {
    const SocketPtr client = connect();
    int closes = 0;
    client->on(kClose, [&] { ++closes; });
    listen_to(client);
    client->resume();
    client->end("a");
    EXPECT_TRUE(waitFor([&] { return client->closed(); }));
    settle();
    EXPECT_EQ(closes, 1);
  };
  run([](const SocketPtr& s) { s->on(kConnect, [s] { s->destroy(); }); });
  run([](const SocketPtr& s) { s->on(kData, [s] { s->destroy(); }); });
  run([](const SocketPtr& s) { s->on(kEnd, [s] { s->destroy(); }); });
  run([](const SocketPtr& s) { s->on(kFinish, [s] { s->destroy(); }); });
}

TEST_F(SocketTest, AnOpenSocketKeepsItselfAndUnrefLetsTheLoopGo) {
  listen();
  net::connect(loop_, {.port = port()}, note("connect"));  // nobody holds it
  EXPECT_TRUE(waitFor([&] { return !log_.empty() && !accepted_.empty(); }));
  const SocketPtr socket = accepted_.front();
  server_->unref();
  socket->unref();
  EXPECT_TRUE(loop_.alive()) << "the other end is there still";
  socket->ref();
}

TEST_F(SocketTest, ALoopThatEndsFirstClosesTheDescriptorAndSaysNothing) {
  SocketPtr left;
  bool closed = false;
  {
    EventLoop loop;
    const ServerPtr server = createServer(loop);
    server->listen({.host = "127.0.0.1"});
    left = net::connect(loop, {.port = server->address().port()});
    left->on(kClose, [&] { closed = true; });
    loop.runNoWait();
  }
  EXPECT_TRUE(left->destroyed());
  EXPECT_FALSE(left->write("x"));
  EXPECT_FALSE(closed);
}

// --- Unix sockets -------------------------------------------------------------------------------

TEST_F(SocketTest, UnixSocketsInTheFileSystemAndAbstract) {
  const std::string name = "weft_" + std::to_string(std::random_device()());
  const std::string file = "/tmp/" + name;  // short enough
  const std::string abstract = std::string(1, '\0') + name;
  for (const std::string& path : {file, abstract}) {
    listenAndEcho({.path = path});
    const SocketPtr client = net::connect(loop_, {.path = path});
    std::string received;
    client->on(kData, [&](std::string_view bytes) { received += bytes; });
    client->end("hello");
    EXPECT_TRUE(waitFor([&] { return client->closed(); }));
    EXPECT_EQ(received, "hello");
    EXPECT_EQ(server_->address().host(), path);
    server_->close();
    settle();
  }
  EXPECT_NE(::access(file.c_str(), F_OK), 0) << "a server removes the path that it made";
}

TEST_F(SocketTest, IPv6) {
  listenAndEcho({.host = "::1"});
  const SocketPtr client = net::connect(loop_, {.port = port(), .host = "::1"});
  client->on(kData, [this](std::string_view bytes) { log_.emplace_back(bytes); });
  client->end("hello");
  EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  EXPECT_EQ(log_, Log{"hello"});
  EXPECT_EQ(server_->address().toString().substr(0, 6), "[::1]:");
}

}  // namespace
}  // namespace weft::net
