// The example with a C client library, against a Redis of its own on a Unix socket.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "weft/tests/integration/demo_process.h"

namespace weft::tests {
namespace {

std::string g_program;
constexpr char kServer[] = "/usr/bin/redis-server";

class RedisClientTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    if (::access(kServer, X_OK) == 0) return;
    if (std::getenv("CI") != nullptr) FAIL() << kServer << " is missing: run tools/setup";
    GTEST_SKIP() << kServer << " is missing";
  }
  ~RedisClientTest() override {
    ::unlink(socket().c_str());
    ::rmdir(folder_.c_str());
  }

  // Short, as paths of Unix sockets must be.
  std::string folder_ = "/tmp/weft_redis_XXXXXX";
  std::string socket() const { return folder_ + "/socket"; }
};

void waitForServer(DemoProcess& server) {
  while (server.output().find("ready to accept connections") == std::string::npos) {
    std::this_thread::yield();
  }
}

TEST_F(RedisClientTest, EachReplyIsSeenInTheContextOfItsRequest) {
  DemoProcess server(kServer, {"--port", "0", "--unixsocket", socket(), "--save", "",
                               "--appendonly", "no", "--dir", folder_, "--daemonize", "no"});
  waitForServer(server);
  DemoProcess client(g_program, {"--socket=" + socket()});
  EXPECT_EQ(client.exitCode(), 0) << client.output();
  std::set<std::string> expected;
  for (int id = 1; id <= 20; ++id) {
    const std::string number = std::to_string(id);
    expected.insert("request " + number + ": of weft:" + number);
  }
  std::istringstream output(client.output());
  std::set<std::string> lines;
  for (std::string line; std::getline(output, line);) lines.insert(line);
  EXPECT_EQ(lines, expected);
  server.interrupt();
  EXPECT_EQ(server.exitCode(), 0);
}

TEST_F(RedisClientTest, WithoutAServerEachRequestIsToldInItsContext) {
  DemoProcess client(g_program, {"--socket=" + socket()});
  EXPECT_EQ(client.exitCode(), 1);
  const std::string output = client.output();
  for (int id = 1; id <= 20; ++id) {
    EXPECT_NE(output.find("request " + std::to_string(id) + ": UNAVAILABLE"), std::string::npos)
        << output;
  }
}

}  // namespace
}  // namespace weft::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  weft::tests::g_program = argc > 1 ? argv[1] : "";
  return RUN_ALL_TESTS();
}
