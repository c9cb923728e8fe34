// The proof that no context is lost and none leaks: examples/request_log under load, where every
// answer must carry its own id and user at every hop, and nothing may be alive afterwards.

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "weft/native/fs/whole_file.h"
#include "weft/tests/integration/demo_process.h"
#include "weft/tests/integration/load.h"

namespace {

using weft::tests::Client;
using weft::tests::DemoProcess;

std::string g_program;

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

// Contexts that are alive; asks until there are none, or the process tells otherwise for long.
std::string liveContexts(std::uint16_t port) {
  std::string answer;
  Client client(port);
  for (int tries = 0; tries < 1000; ++tries) {
    answer = client.ask(get("/live"));
    if (answer.ends_with("{\"contexts\": 0}\n")) return "0";
  }
  return answer;
}

TEST(RequestLogTest, EveryAnswerCarriesItsOwnIdAtEveryHop) {
  constexpr int kRequests = 20'000;
  // Any file will do that is not empty.
  const std::string content = weft::native::fs::sync::readFile("/etc/passwd").value();
  ASSERT_FALSE(content.empty());
  DemoProcess demo(g_program, {"--port=0", "--file=/etc/passwd"});
  const std::uint16_t port = demo.port();
  ASSERT_NE(port, 0) << demo.output();

  const weft::tests::LoadResult result = weft::tests::runLoad(
      {.port = port, .requests = kRequests, .connections = 64, .file = content});
  EXPECT_EQ(result.right, kRequests);
  EXPECT_EQ(result.first_wrong, "");
  EXPECT_EQ(liveContexts(port), "0");

  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0);
  const std::string output = demo.output();
  EXPECT_TRUE(output.ends_with("live contexts: 0\n"));

  // Lines "ID USER METHOD URL TIME ms", where the user and the URL tell the same id.
  int lines = 0;
  std::istringstream log(output);
  for (std::string line; std::getline(log, line);) {
    std::istringstream words(line);
    std::string id, user, method, url;
    words >> id >> user >> method >> url;
    if (method != "GET" && method != "POST") continue;
    ++lines;
    ASSERT_EQ(user, "u-" + id) << line;
    ASSERT_TRUE(url == "/?user=u-" + id || url == "/co?user=u-" + id) << line;
  }
  EXPECT_EQ(lines, kRequests);
}

TEST(RequestLogTest, APortInUseIsNamedWithItsReason) {
  DemoProcess first(g_program, {"--port=0"});
  const std::string port = std::to_string(first.port());
  DemoProcess second(g_program, {"--port=" + port});
  EXPECT_EQ(second.exitCode(), 1);
  EXPECT_EQ(second.output(),
            "request_log: listen 127.0.0.1:" + port + ": Address already in use\n");
}

TEST(RequestLogTest, AFileThatIsNotThereIsNamedInTheAnswer) {
  DemoProcess demo(g_program, {"--port=0", "--file=/nowhere/weft"});
  for (const char* const target : {"/", "/co"}) {
    const std::string answer = Client(demo.port()).ask(get(target));
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 500") << answer;
    EXPECT_NE(answer.find("/nowhere/weft"), std::string::npos) << answer;
  }
}

TEST(RequestLogTest, AnUnknownOptionIsRefused) {
  DemoProcess demo(g_program, {"--prot=8080"});
  EXPECT_EQ(demo.exitCode(), 2);
  EXPECT_EQ(demo.output(), "request_log: unknown option '--prot=8080'; see --help\n");
}

TEST(RequestLogTest, BadClientsDisturbNobodyAndLeaveNothing) {
  DemoProcess demo(g_program, {"--port=0"});
  const std::uint16_t port = demo.port();
  ASSERT_NE(port, 0) << demo.output();
  Client good(port);
  const auto stillGood = [&good] {
    return good.ask(get("/?user=ada")).find("\"user\": \"ada\"") != std::string::npos;
  };

  Client malformed(port);
  malformed.send("GET / HTTP/1.1\r\nHost localhost\r\n\r\n");
  EXPECT_EQ(malformed.receiveAll().substr(0, 12), "HTTP/1.1 400");
  EXPECT_TRUE(stillGood());

  Client oversized(port);
  oversized.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(oversized.receiveAll().substr(0, 12), "HTTP/1.1 431");
  EXPECT_TRUE(stillGood());

  // The rest of a body that is longer than announced is no request.
  Client too_long(port);
  too_long.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcdefgh\r\n\r\n");
  const std::string answers = too_long.receiveAll();
  EXPECT_EQ(answers.substr(0, 12), "HTTP/1.1 200");
  EXPECT_NE(answers.find("\"body\": 3,"), std::string::npos) << answers;
  EXPECT_NE(answers.find("HTTP/1.1 400"), std::string::npos) << answers;
  EXPECT_TRUE(stillGood());

  for (const char* part :
       {"GE", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"}) {
    { Client(port).send(part); }  // and leaves
    EXPECT_TRUE(stillGood()) << part;
  }
  EXPECT_EQ(liveContexts(port), "0");
  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0) << demo.output();
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: request_log_test PATH_OF_REQUEST_LOG\n");
    return 2;
  }
  g_program = argv[1];
  return RUN_ALL_TESTS();
}
