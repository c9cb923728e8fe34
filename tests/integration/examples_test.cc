// The programs of examples/, each with a real client: curl for HTTP, a plain socket for TCP.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "weft/tests/integration/demo_process.h"

namespace {

using weft::tests::Client;
using weft::tests::DemoProcess;

std::string g_echo;

class ExamplesTest : public testing::Test {
 protected:
  // Lies beside the echo server, and is called alike: each build has its own names.
  static std::string program(const std::string& name) {
    return g_echo.substr(0, g_echo.size() - std::string_view("echo").size()) + name;
  }

  // What curl prints.
  static std::string curl(const std::string& arguments) {
    const std::string command = "curl -s -S --max-time 30 " + arguments + " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      output.append(buffer.data(), size);
    }
    ::pclose(pipe);
    return output;
  }
  static std::string url(std::uint16_t port, const std::string& path) {
    return "http://127.0.0.1:" + std::to_string(port) + path + " ";
  }
  // Reads until the text has come.
  static std::string readUntil(Client& client, const std::string& text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      const std::string more = client.receiveSome();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  static void endByInterrupt(DemoProcess& demo) {
    demo.interrupt();
    EXPECT_EQ(demo.exitCode(), 0) << demo.output();
  }
};

TEST_F(ExamplesTest, EchoSendsBackWhatItGets) {
  DemoProcess demo(program("echo"), {"0"});
  Client client(demo.port());
  client.send("hello\n");
  EXPECT_EQ(readUntil(client, "\n"), "hello\n");
  client.send(std::string(100'000, 'x') + "end");
  client.endSending();
  EXPECT_EQ(client.receiveAll(), std::string(100'000, 'x') + "end");
  endByInterrupt(demo);
}

TEST_F(ExamplesTest, ChatTellsEverybodyWhoSaidWhat) {
  DemoProcess demo(program("chat"), {"0"});
  Client ann(demo.port());
  ann.send("ann\n");
  readUntil(ann, "name? ");
  {
    Client ben(demo.port());
    readUntil(ben, "name? ");
    ben.send("ben\nhello ");
    EXPECT_EQ(readUntil(ann, "come\n"), "ben has come\n");
    ben.send("all\n");
    EXPECT_EQ(readUntil(ann, "all\n"), "ben: hello all\n");
    ann.send("hello ben\n");
    // Perhaps after "ann has come": nobody says which of two connections is heard first.
    EXPECT_TRUE(readUntil(ben, "ann: hello ben\n").ends_with("ann: hello ben\n"));
  }
  EXPECT_EQ(readUntil(ann, "left\n"), "ben has left\n");
  demo.interrupt();
  EXPECT_EQ(readUntil(ann, "night\n"), "good night\n");
}

TEST_F(ExamplesTest, EveryLogLineOfTheJsonApiCarriesItsRequestsId) {
  DemoProcess demo(program("json_api"), {"0"});
  const std::uint16_t port = demo.port();
  EXPECT_EQ(curl("-H 'X-Request-Id: abc' -d '\"buy milk\"' " + url(port, "/notes")),
            "{\"note\": 1}\n");
  EXPECT_EQ(curl("-H 'X-Request-Id: def' " + url(port, "/notes/1")), "\"buy milk\"\n");
  EXPECT_EQ(curl("-o /dev/null -w '%{http_code}' " + url(port, "/none")), "404");
  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0);
  const std::string log = demo.output();
  EXPECT_EQ(log.substr(log.find('\n') + 1),
            "[abc] POST /notes\n[abc] answered 201\n[def] GET /notes/1\n[def] answered 200\n"
            "[1] GET /none\n[1] answered 404\n");
}

TEST_F(ExamplesTest, TheProxyStreamsBothWaysAndSaysWhatFailed) {
  DemoProcess api(program("json_api"), {"0"});
  const std::uint16_t api_port = api.port();
  DemoProcess demo(program("proxy"), {std::to_string(api_port), "0"});
  const std::uint16_t port = demo.port();
  EXPECT_EQ(curl("-d '\"through\"' " + url(port, "/notes")), "{\"note\": 1}\n");
  EXPECT_EQ(curl(url(port, "/notes/1")), "\"through\"\n");
  const std::string large(60'000, 'x');
  EXPECT_EQ(curl("-H 'Transfer-Encoding: chunked' -d '" + large + "' " + url(port, "/notes")),
            "{\"note\": 2}\n");
  EXPECT_EQ(curl(url(port, "/notes/2")), large + "\n");
  api.interrupt();
  api.exitCode();
  EXPECT_EQ(curl("-w '%{http_code}' " + url(port, "/notes/1")),
            "connect 127.0.0.1:" + std::to_string(api_port) + ": Connection refused\n502");
  endByInterrupt(demo);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: examples_test PATH_OF_ECHO\n");
    return 2;
  }
  g_echo = argv[1];
  return RUN_ALL_TESTS();
}
