// examples/request_log with --trace and --inspect: the file is read back and held to what each
// request did, which is the same for all: a tick, an immediate, a timer, a listener, a post.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "weft/tests/integration/demo_process.h"

namespace {

using nlohmann::json;
using weft::tests::Client;
using weft::tests::DemoProcess;

std::string g_program;

std::string temporary(const std::string& name) {
  return testing::TempDir() + "/" + name + "." + std::to_string(::getpid());
}

void ask(std::uint16_t port, const std::string& id) {
  const std::string answer =
      Client(port).ask("GET /?user=ada HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + id +
                       "\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("\"id\": \"" + id + "\""), std::string::npos) << answer;
}

TEST(RequestLogInspectTest, TheTraceTellsTheWayOfEachRequest) {
  const std::string path = temporary("trace.json");
  DemoProcess demo(g_program, {"--port=0", "--trace=" + path});
  const std::uint16_t port = demo.port();
  ASSERT_NE(port, 0) << demo.output();
  for (const char* id : {"one", "two", "three"}) ask(port, id);
  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0) << demo.output();
  EXPECT_NE(demo.output().find("wrote " + path + ": "), std::string::npos) << demo.output();

  std::ifstream file(path);
  const json trace = json::parse(file);
  std::map<std::string, int> tracks;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("name") == "thread_name") tracks[event.at("args").at("name")] = event.at("tid");
  }
  for (const char* id : {"one", "two", "three"}) {
    ASSERT_TRUE(tracks.contains(id)) << id;
    std::map<std::string, int> kinds;
    int arrows = 0;
    for (const json& event : trace.at("traceEvents")) {
      if (event.at("tid") != tracks[id]) continue;
      const std::string name = event.at("name");
      if (event.at("ph") == "X") ++kinds[name.substr(0, name.find(' '))];
      arrows += event.at("ph") == "f";
    }
    EXPECT_GE(kinds["tick"], 1) << id;
    EXPECT_EQ(kinds["immediate"], 1) << id;
    EXPECT_EQ(kinds["timeout"], 1) << id;
    EXPECT_GE(arrows, 2) << id << ": the tick set the immediate, and that the timer";
  }
  ::unlink(path.c_str());
}

TEST(RequestLogInspectTest, ASignalStopsTheTraceAndStartsAnother) {
  const std::string path = temporary("toggled.json");
  DemoProcess demo(g_program, {"--port=0", "--trace=" + path});
  const std::uint16_t port = demo.port();
  ASSERT_NE(port, 0) << demo.output();
  const auto traced = [&path](const std::string& id) {
    std::ifstream file(path);
    const json trace = json::parse(file);
    const auto& events = trace.at("traceEvents");
    return std::any_of(events.begin(), events.end(), [&](const json& event) {
      return event.at("name") == "thread_name" && event.at("args").at("name") == id;
    });
  };
  ask(port, "one");
  demo.signal(SIGUSR2);
  ASSERT_TRUE(demo.says("wrote " + path)) << demo.output();
  EXPECT_TRUE(traced("one"));
  ask(port, "two");
  demo.signal(SIGUSR2);
  ASSERT_TRUE(demo.says("recording\n")) << demo.output();
  ask(port, "three");
  demo.signal(SIGUSR2);
  ASSERT_TRUE(demo.says("wrote " + path, 2)) << demo.output();
  EXPECT_TRUE(traced("three"));
  EXPECT_FALSE(traced("one")) << "that was the recording before";
  EXPECT_FALSE(traced("two")) << "nothing was recorded then";
  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0) << demo.output();
  ::unlink(path.c_str());
}

TEST(RequestLogInspectTest, ATraceThatCannotBeWrittenIsSaidOnceAndTheServerServes) {
  DemoProcess demo(g_program, {"--port=0", "--trace=/no/such/folder/trace.json"});
  const std::uint16_t port = demo.port();
  ASSERT_NE(port, 0) << demo.output();
  ask(port, "one");
  demo.interrupt();
  EXPECT_EQ(demo.exitCode(), 0);
  EXPECT_NE(demo.output().find("request_log: cannot write the trace to '/no/such/folder/"
                               "trace.json': No such file or directory"),
            std::string::npos)
      << demo.output();
}

TEST(RequestLogInspectTest, APagePortInUseIsSaidAndTheServerServes) {
  DemoProcess first(g_program, {"--port=0"});
  const std::string taken = std::to_string(first.port());
  DemoProcess second(g_program, {"--port=0", "--inspect=" + taken});
  const std::uint16_t port = second.port();
  ASSERT_NE(port, 0) << second.output();
  EXPECT_NE(second.output().find("request_log: --inspect: listen 127.0.0.1:" + taken +
                                 ": Address already in use\n"),
            std::string::npos)
      << second.output();
  ask(port, "one");
}

TEST(RequestLogInspectTest, BadValuesOfTheOptionsAreRefused) {
  for (const char* option : {"--inspect=", "--inspect=70000", "--trace="}) {
    DemoProcess demo(g_program, {option});
    EXPECT_EQ(demo.exitCode(), 2) << option;
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: request_log_inspect_test PATH_OF_REQUEST_LOG\n");
    return 2;
  }
  g_program = argv[1];
  return RUN_ALL_TESTS();
}
