// The README's program. Its port is fixed, so it gets a network in which nobody else has that.

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "weft/tests/integration/demo_process.h"

namespace {

using weft::tests::Client;
using weft::tests::DemoProcess;

std::string g_program;

// Gives this process a network of its own, with nothing but 127.0.0.1. False if the system does not
// let it.
bool enterOwnNetwork() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  const bool up = ::ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
  ::close(fd);
  return up;
}

// Connects as soon as the program listens; nothing if it has ended.
std::optional<Client> connectTo(DemoProcess& hello) {
  while (hello.running()) {
    try {
      return std::optional<Client>(std::in_place, 8080);
    } catch (const std::runtime_error&) {
      std::this_thread::yield();
    }
  }
  return std::nullopt;
}

TEST(HelloTest, EveryCallbackOfARequestKnowsWhoseItIs) {
  if (!enterOwnNetwork()) GTEST_SKIP() << "the system gives nobody a network of his own";
  DemoProcess hello(g_program, {});
  std::optional<Client> ada = connectTo(hello);
  ASSERT_TRUE(ada) << hello.output();
  Client bob(8080);
  ada->send("GET /?ada HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(bob.ask("GET /?bob HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\nhello bob\n"));
  EXPECT_TRUE(ada->ask("").ends_with("\r\n\r\nhello ada\n"));
  hello.interrupt();
  EXPECT_EQ(hello.exitCode(), -SIGINT);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: hello_test PATH_OF_THE_EXAMPLE\n");
    return 2;
  }
  g_program = argv[1];
  return RUN_ALL_TESTS();
}
