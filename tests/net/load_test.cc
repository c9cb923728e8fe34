// Loads that a server must hold within its bounds: of memory, of connections, of descriptors. After
// each of them everything is back to what it was.

#include <dirent.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "weft/stream/pipe.h"
#include "weft/tests/net/http_server_fixture.h"

namespace weft::net {
namespace {

using tests::HttpServerTest;
using tests::kGet;
using tests::RawClient;

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kGiB = 1024 * kMiB;
// What the system itself keeps of a connection to this machine that nobody reads.
constexpr std::size_t kSystemBuffers = 16 * kMiB;

int openDescriptors() {
  int count = 0;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

std::size_t residentBytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Gives `size` bytes, as fast as it may.
class Tap final : public stream::Readable {
 public:
  Tap(EventLoop& loop, std::size_t size) : IoObject(loop), left_(size) { readWhenWanted(); }

  std::size_t left() const noexcept { return left_; }

 private:
  // A few blocks a turn.
  void readMore() override {
    const std::string block(64 * 1024, 'x');
    for (int i = 0; i != 16 && left_ != 0 && !destroyed(); ++i) {
      const std::size_t size = std::min(left_, block.size());
      left_ -= size;
      if (!push({block.data(), size})) return;
    }
    if (destroyed()) return;
    if (left_ == 0) return pushEnd();
    loop().setImmediate([self = stream::RefPtr<Tap>(this)] {
      if (!self->destroyed()) self->readMore();
    });
  }
  void onDestroy() override {}

  std::size_t left_;
};

class LoadTest : public HttpServerTest {
 protected:
  // Nothing is left of the clients and their connections.
  void expectNothingLeft(int descriptors) {
    EXPECT_TRUE(waitFor([&] { return server_->connections() == 0; }));
    EXPECT_EQ(openDescriptors(), descriptors);
  }
};

TEST_F(LoadTest, FiveThousandIdleConnectionsDoNotDisturbSixtyFourActiveOnes) {
  constexpr std::size_t kIdle = 5000;
  constexpr std::size_t kActive = 64;
  constexpr int kRounds = 20;
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end("ok"); });
  const int descriptors = openDescriptors();
  std::vector<std::unique_ptr<RawClient>> idle;
  std::vector<std::unique_ptr<RawClient>> active;
  while (idle.size() != kIdle) {
    for (int i = 0; i != 100; ++i) {
      idle.push_back(std::make_unique<RawClient>(loop_, server_->address().port()));
      idle.back()->send(kGet);
    }
    ASSERT_TRUE(waitFor([&] { return idle.back()->answers(200) == 1; }));
  }
  while (active.size() != kActive) {
    active.push_back(std::make_unique<RawClient>(loop_, server_->address().port()));
  }
  for (int round = 1; round <= kRounds; ++round) {
    for (const auto& client : active) client->send(kGet);
    for (const auto& client : active) {
      ASSERT_TRUE(waitFor([&] { return client->answers(200) == round; }));
    }
  }
  EXPECT_EQ(server_->connections(), kIdle + kActive);
  for (const auto& client : idle) EXPECT_EQ(client->answers(200), 1);
  idle.clear();
  active.clear();
  expectNothingLeft(descriptors);
}

// Clients without memory of their own, so that what is counted is the server's.
TEST_F(LoadTest, AnIdleKeptConnectionHoldsAtMostOneKibibyteOfUserMemory) {
  constexpr std::size_t kClients = 2000;
  serve([](const RequestPtr& request, const ResponsePtr& response) {
    request->on(kEnd, [response] { response->end("ok"); });
    request->resume();
  });
  const Address address = server_->address();
  std::vector<int> clients(kClients + 1);
  const auto ask = [&](int& client) {
    client = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(client, address.data(), address.size()), 0);
    ASSERT_EQ(::send(client, kGet.data(), kGet.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(kGet.size()));
    char answer[1024];
    ASSERT_TRUE(waitFor([&] { return ::recv(client, answer, sizeof answer, MSG_DONTWAIT) > 0; }));
  };
  ask(clients[0]);  // pools and tables have their size
  const std::size_t before = ::mallinfo2().uordblks;
  for (std::size_t i = 1; i <= kClients; ++i) ask(clients[i]);
  settle();
  const std::size_t each = (::mallinfo2().uordblks - before) / kClients;
  EXPECT_EQ(server_->connections(), kClients + 1);
  EXPECT_LE(each, 1024u);
  RecordProperty("bytes_per_idle_connection", static_cast<int>(each));
  for (const int client : clients) ::close(client);
  EXPECT_TRUE(waitFor([&] { return server_->connections() == 0; }));
}

TEST_F(LoadTest, OfTwoThousandClientsFiveHundredAreServedAndTheRestIsDropped) {
  serve([](const RequestPtr&, const ResponsePtr& response) { response->end("ok"); });
  server_->setMaxConnections(500);
  std::size_t dropped = 0;
  server_->on(kDrop, [&] { ++dropped; });
  const int descriptors = openDescriptors();
  std::vector<std::unique_ptr<RawClient>> clients;
  while (clients.size() != 2000) {
    for (int i = 0; i != 100; ++i) {
      clients.push_back(std::make_unique<RawClient>(loop_, server_->address().port()));
      clients.back()->socket().on(kError, [] {});  // those that are dropped may be reset
      clients.back()->send(kGet);
    }
    settle();
  }
  ASSERT_TRUE(waitFor([&] { return dropped == 1500; }));
  std::size_t served = 0;
  for (const auto& client : clients) {
    ASSERT_TRUE(waitFor([&] { return client->ended() || client->answers(200) == 1; }));
    served += client->answers(200);
  }
  EXPECT_EQ(served, 500u);
  clients.clear();
  expectNothingLeft(descriptors);
}

TEST_F(LoadTest, APipelineFloodStopsTheReadingAndNotTheServer) {
  const std::string body(1000, 'x');
  std::size_t answered = 0;
  SocketPtr connection;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    ++answered;
    connection = request->socket();
    response->end(body);
  });
  RawClient flood = client();
  flood.setReading(false);
  std::string requests;
  for (int i = 0; i != 1000; ++i) requests += kGet;
  constexpr std::size_t kRequests = 1'000'000;
  for (std::size_t i = 0; i != kRequests / 1000; ++i) flood.send(requests);
  for (std::size_t before = 1; before != answered;) {
    before = answered;
    settle();
  }
  EXPECT_LT(answered * body.size(), kSystemBuffers) << "it goes on though nobody reads";
  EXPECT_LE(connection->writableLength(), connection->writableHighWaterMark() + 64 * 1024);
  EXPECT_GT(flood.socket().writableLength(), 0u) << "the client is held back";
  RawClient other = client();
  other.send(kGet);
  EXPECT_TRUE(waitFor([&] { return other.answers(200) == 1; }));
  connection.reset();
  flood.reset();
  other.leave();
}

TEST_F(LoadTest, OfAGibibyteThatNobodyReadsOnlyWhatFitsIsMade) {
  const auto tap = stream::makeRef<Tap>(loop_, kGiB);
  serve([&](const RequestPtr&, const ResponsePtr& response) {
    stream::pipeline({tap, response}, [](const absl::Status&) {});
  });
  const std::size_t before = residentBytes();
  RawClient reader = client();
  reader.setReading(false);
  reader.send(kGet);
  for (std::size_t left = 0; left != tap->left();) {
    left = tap->left();
    settle();
  }
  EXPECT_GT(kGiB - tap->left(), 0u);
  EXPECT_LT(kGiB - tap->left(), kSystemBuffers);
  EXPECT_LT(residentBytes(), before + 2 * kMiB);
  reader.reset();
  EXPECT_TRUE(waitFor([&] { return tap->closed(); })) << "the source learns that nobody wants it";
}

TEST_F(LoadTest, AGibibyteIsUploadedInConstantMemory) {
  std::size_t received = 0;
  serve([&](const RequestPtr& request, const ResponsePtr& response) {
    request->on(kData, [&](std::string_view bytes) { received += bytes.size(); });
    request->on(kEnd, [response] { response->end("thanks"); });
  });
  RawClient uploader = client();
  uploader.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kGiB) +
                "\r\n\r\n");
  const auto tap = stream::makeRef<Tap>(loop_, kGiB);
  stream::pipe(tap, SocketPtr(&uploader.socket()), {.end = false});
  ASSERT_TRUE(waitFor([&] { return received > 16 * kMiB; }));  // all pools have their size
  const std::size_t before = residentBytes();
  ASSERT_TRUE(waitFor([&] { return uploader.answers(200) == 1; }));
  EXPECT_EQ(received, kGiB);
  EXPECT_LT(residentBytes(), before + 2 * kMiB);
  uploader.leave();
}

}  // namespace
}  // namespace weft::net
