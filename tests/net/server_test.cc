#include "weft/net/server.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

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

class ServerTest : public TcpTest {};

TEST_F(ServerTest, ListeningThenAddressThenConnections) {
  server_ = createServer(loop_, note("connection"));
  server_->on(kConnection, [](const SocketPtr& socket) { socket->resume(); });
  server_->listen({.host = "localhost"}, note("listening"));
  EXPECT_TRUE(server_->listening());
  EXPECT_EQ(log_, Log{}) << "not from the caller's stack";
  RawClient client(loop_, port());
  EXPECT_TRUE(waitFor([&] { return log_.size() == 2; }));
  EXPECT_EQ(log_, (Log{"listening", "connection"}));
  EXPECT_EQ(server_->address().host(), "127.0.0.1");
  EXPECT_EQ(server_->connections(), 1u);
  client.leave();
}

TEST_F(ServerTest, APortInUseIsAnErrorThatNamesItAndAnotherListenMayFollow) {
  listen();
  const ServerPtr second = createServer(loop_);
  second->on(kError, [this](const absl::Status& why) { log_.emplace_back(why.message()); });
  second->listen({.port = port(), .host = "127.0.0.1"});
  settle();
  EXPECT_EQ(log_, Log{"listen 127.0.0.1:" + std::to_string(port()) + ": Address already in use"});
  EXPECT_FALSE(second->listening());
  second->listen({.host = "127.0.0.1"}, note("listening"));
  settle();
  EXPECT_EQ(log_.back(), "listening");
  second->close();
}

TEST_F(ServerTest, AnAddressThatIsNoneIsAnErrorThatNamesIt) {
  server_ = createServer(loop_);
  server_->on(kError, [this](const absl::Status& why) { log_.emplace_back(why.message()); });
  server_->listen({.host = "nowhere"});
  settle();
  EXPECT_EQ(log_, Log{"listen: 'nowhere' is not an IP address"});
}

TEST_F(ServerTest, WithReusePortSeveralListenToOnePort) {
  listen({.host = "127.0.0.1", .reuse_port = true});
  const ServerPtr second = createServer(loop_, note("second"));
  second->on(kConnection, [](const SocketPtr& socket) { socket->resume(); });
  second->listen({.port = port(), .host = "127.0.0.1", .reuse_port = true});
  EXPECT_TRUE(second->listening());
  std::vector<std::unique_ptr<RawClient>> clients;
  while (accepted_.empty() || log_.empty()) {  // the system spreads connections over them
    clients.push_back(std::make_unique<RawClient>(loop_, port()));
    settle();
    ASSERT_LT(clients.size(), 200u);
  }
  clients.clear();
  second->close();
  settle();
}

TEST_F(ServerTest, AnEmptyHostIsBothFamilies) {
  listenAndEcho({});
  for (const char* host : {"127.0.0.1", "::1"}) {
    const SocketPtr client = net::connect(loop_, {.port = port(), .host = host});
    client->on(kData, note(host));
    client->end("x");
    EXPECT_TRUE(waitFor([&] { return client->closed(); }));
  }
  EXPECT_EQ(log_, (Log{"127.0.0.1", "::1"}));
}

TEST_F(ServerTest, AboveMaxConnectionsTheRestIsDroppedWithItsAddress) {
  listen();
  server_->setMaxConnections(2);
  server_->on(kDrop, [this](const Address& peer) { log_.push_back(peer.toString()); });
  RawClient first(loop_, port());
  RawClient second(loop_, port());
  EXPECT_TRUE(waitFor([&] { return accepted_.size() == 2; }));
  RawClient third(loop_, port());
  EXPECT_TRUE(waitFor([&] { return third.ended(); }));
  EXPECT_EQ(accepted_.size(), 2u);
  for (const SocketPtr& socket : accepted_) socket->resume();
  EXPECT_EQ(log_, Log{third.socket().localAddress().toString()});
  first.leave();
  EXPECT_TRUE(waitFor([&] { return server_->connections() == 1; }));
  RawClient fourth(loop_, port());
  EXPECT_TRUE(waitFor([&] { return accepted_.size() == 3; }));
}

TEST_F(ServerTest, CloseAcceptsNoMoreAndIsSaidAfterTheLastConnection) {
  listen();
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  const std::uint16_t old_port = port();
  socket->on(kClose, note("socket"));
  server_->close(note("server"));
  server_->close();
  settle();
  EXPECT_EQ(log_, Log{});
  const SocketPtr late = net::connect(loop_, {.port = old_port});
  late->on(kError, note("refused"));
  EXPECT_TRUE(waitFor([&] { return late->closed(); }));
  socket->end("bye");
  client.endSending();
  EXPECT_TRUE(waitFor([&] { return server_->closed(); }));
  EXPECT_EQ(log_, (Log{"refused", "socket", "server"}));
  EXPECT_EQ(client.received(), "bye");
  EXPECT_THROW(server_->listen({}), UsageError);
}

TEST_F(ServerTest, ListeningTwiceIsMisuse) {
  listen();
  EXPECT_THROW(server_->listen({}), UsageError);
}

// --- out of descriptors -------------------------------------------------------------------------

class OutOfDescriptorsTest : public ServerTest {
 protected:
  OutOfDescriptorsTest() : calls_(socketCalls()) {
    s_error = 0;
    s_accepts = 0;
    calls_.accept = [](int fd, sockaddr* address, socklen_t* size, int flags) {
      ++s_accepts;
      if (s_error == 0) return internal::kSystemCalls.accept(fd, address, size, flags);
      errno = s_error;
      return -1;
    };
  }

  static inline int s_error = 0;
  static inline int s_accepts = 0;
  SocketCalls calls_;
};

TEST_F(OutOfDescriptorsTest, AcceptPausesSaysSoOnceASecondAndRecovers) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL}) {
    const ScopedSocketCalls replaced(calls_);
    accepted_.clear();
    listen();
    s_error = error;
    s_accepts = 0;
    testing::internal::CaptureStderr();
    RawClient client(loop_, port());
    for (int i = 0; i != 50; ++i) pass(100ms);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_LE(s_accepts, 60) << "it does not ask again and again";
    const auto lines = std::count(said.begin(), said.end(), '\n');
    EXPECT_GE(lines, 4) << said;
    EXPECT_LE(lines, 6) << said;
    EXPECT_NE(said.find("accept " + server_->address().toString()), std::string::npos) << said;
    EXPECT_TRUE(accepted_.empty());
    s_error = 0;
    pass(100ms);
    EXPECT_EQ(accepted_.size(), 1u) << "the connection has waited";
    server_->close();
    client.leave();
    settle();
  }
}

TEST_F(OutOfDescriptorsTest, AConnectionThatFailsIsNotTheServersFailure) {
  const ScopedSocketCalls replaced(calls_);
  listen();
  for (const int error : {ECONNABORTED, EINTR, EPERM, EPROTO}) {
    s_error = error;
    RawClient client(loop_, port());
    loop_.runNoWait();
    s_error = 0;
    for (const SocketPtr& socket : accepted_) socket->destroy();
    accepted_.clear();
    testing::internal::CaptureStderr();
    EXPECT_TRUE(waitFor([&] { return accepted_.size() == 1; }));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST_F(OutOfDescriptorsTest, AServerThatIsClosedWhileItRestsIsClosed) {
  const ScopedSocketCalls replaced(calls_);
  listen();
  s_error = EMFILE;
  testing::internal::CaptureStderr();
  RawClient client(loop_, port());
  settle();
  server_->close();
  pass(1s);
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(server_->closed());
}

}  // namespace
}  // namespace weft::net
