// Socket::sendFile of weft/net/socket.h.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "weft/cls/errors.h"
#include "weft/net/socket.h"
#include "weft/tests/net/tcp_fixture.h"

namespace weft::net {
namespace {

using tests::RawClient;
using tests::TcpTest;

class SendFileTest : public TcpTest {
 protected:
  SendFileTest() : file_(::memfd_create("weft", MFD_CLOEXEC)) {
    for (std::size_t i = 0; i != 3'000'000; ++i) content_ += static_cast<char>('a' + i % 23);
    EXPECT_EQ(::write(file_, content_.data(), content_.size()),
              static_cast<ssize_t>(content_.size()));
    listen();
  }
  ~SendFileTest() override { ::close(file_); }

  auto noteDone() {
    return [this](const absl::Status& how) {
      log_.push_back(how.ok() ? "done" : std::string(how.message()));
    };
  }

  const int file_;
  std::string content_;
};

TEST_F(SendFileTest, AFileGoesInOrderWithWhatIsWritten) {
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  socket->write("before ");
  EXPECT_FALSE(socket->sendFile(file_, 0, content_.size(), noteDone()));
  socket->write(" between ");
  socket->sendFile(file_, 5, 3, noteDone());
  socket->write("", note("all"));
  EXPECT_EQ(socket->writableLength(), content_.size() + 7 + 9 + 3);
  socket->on(kDrain, note("drain"));
  EXPECT_TRUE(waitFor([&] { return log_.size() == 4; }));
  socket->end(" after");
  EXPECT_TRUE(waitFor([&] { return client.ended(); }));
  EXPECT_EQ(client.received(),
            "before " + content_ + " between " + content_.substr(5, 3) + " after");
  EXPECT_EQ(log_[0], "done");
  EXPECT_EQ(socket->bytesWritten(), client.received().size());
}

TEST_F(SendFileTest, AFileThatIsTooShortBreaksTheConnectionOff) {
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  socket->sendFile(file_, content_.size() - 10, 11, noteDone());
  EXPECT_TRUE(waitFor([&] { return socket->closed(); }));
  EXPECT_TRUE(absl::IsDataLoss(socket->error()));
  EXPECT_EQ(log_, Log{std::string(socket->error().message())});
}

TEST_F(SendFileTest, APeerThatLeavesFailsTheFileAndNotTheProcess) {
  RawClient client(loop_, port());
  const SocketPtr socket = accepted(SocketPtr(&client.socket()));
  constexpr std::size_t kMoreThanTheSystemTakes = 64 << 20;
  ASSERT_EQ(::ftruncate(file_, kMoreThanTheSystemTakes), 0);
  socket->pause();
  client.setReading(false);
  settle();
  socket->sendFile(file_, 0, kMoreThanTheSystemTakes, noteDone());
  settle();
  client.reset();
  EXPECT_TRUE(waitFor([&] { return socket->closed(); }));
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find(": "), std::string::npos) << log_[0];
}

TEST_F(SendFileTest, OfADestroyedSocketTheCallbackIsToldInATick) {
  const SocketPtr client = connect();
  client->sendFile(file_, 0, 1, noteDone());
  client->destroy();
  client->sendFile(file_, 0, 1, noteDone());
  EXPECT_EQ(log_, Log{});
  settle();
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_THROW(client->sendFile(file_, 0, 1, nullptr), UsageError);
}

}  // namespace
}  // namespace weft::net
