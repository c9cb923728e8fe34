#include "weft/inspect/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "weft/cls/cls.h"
#include "weft/loop/work.h"
#include "weft/net/http_server.h"
#include "weft/tests/integration/demo_process.h"

namespace weft::inspect {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using tests::Client;

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
    absl::StatusOr<std::unique_ptr<Server>> started =
        Server::start(loop_, {.slow = milliseconds(5), .name = "main"});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    port_ = static_cast<std::uint16_t>(std::stoi(server_->url().substr(17)));
  }
  // Runs the loop while `visit` asks from another thread.
  void during(const std::function<void()>& visit) {
    loop_.hold();
    std::thread visitor([&] {
      visit();
      ASSERT_TRUE(loop_.post([this] { loop_.release(); }).ok());
    });
    loop_.run();
    visitor.join();
  }
  std::string ask(const std::string& method, const std::string& path,
                  const std::string& headers = "") {
    return Client(port_).ask(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" +
                             std::to_string(port_) + "\r\n" + headers + "\r\n");
  }
  static std::string bodyOf(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  // What /state says, when it satisfies `done`.
  json stateWhen(const std::function<bool(const json&)>& done) {
    for (;;) {
      json state = json::parse(bodyOf(ask("GET", "/state")));
      if (done(state)) return state;
    }
  }

  EventLoop loop_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, ThePageAsksNoOtherMachineForAnything) {
  during([&] {
    for (const char* path : {"/", "/page.js", "/uplot.js", "/uplot.css"}) {
      const std::string answer = ask("GET", path);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << path;
      EXPECT_NE(answer.find("default-src 'self'"), std::string::npos) << path;
    }
    EXPECT_EQ(bodyOf(ask("GET", "/")).find("http"), std::string::npos);
    EXPECT_EQ(bodyOf(ask("GET", "/page.js")).find("http"), std::string::npos);
    EXPECT_TRUE(ask("GET", "/nothing").starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(ask("PUT", "/").starts_with("HTTP/1.1 405"));
  });
}

TEST_F(ServerTest, MetricsComeInTheFormatThatIsAskedFor) {
  during([&] {
    const std::string text = ask("GET", "/metrics");
    EXPECT_NE(text.find("text/plain; version=0.0.4"), std::string::npos);
    EXPECT_NE(text.find("weft_loop_iterations_total{loop=\"main\"}"), std::string::npos);
    const std::string open =
        ask("GET", "/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
    EXPECT_NE(open.find("application/openmetrics-text; version=1.0.0"), std::string::npos);
    EXPECT_TRUE(open.ends_with("# EOF\n"));
  });
}

#if WEFT_CLS
TEST_F(ServerTest, TheStateTellsContextsAndSlowCallbacks) {
  const cls::Namespace ns = cls::createNamespace("request");
  const cls::PrivateKey<std::string> secret;
  cls::Context open;
  loop_.setImmediate([&] {
    open = ns.run([&] {
      ns.set("id", "seven");
      ns.set(secret, "hush");
      loop_.setImmediate([] {
        const auto until = std::chrono::steady_clock::now() + milliseconds(6);
        while (std::chrono::steady_clock::now() < until) continue;
      });
    });
  });
  during([&] {
    const json state =
        stateWhen([](const json& s) { return !s.at("slow").empty() && !s.at("oldest").empty(); });
    EXPECT_EQ(state.at("oldest")[0].at("values"), "request{id=\"seven\"}");
    EXPECT_NE(state.at("slow")[0].at("text").get<std::string>().find("in an immediate set at"),
              std::string::npos);
    EXPECT_EQ(state.dump().find("hush"), std::string::npos);
  });
}
#endif

TEST_F(ServerTest, TheStateTellsThePoolFromItsFirstJobOn) {
  std::promise<void> seen;
  const std::shared_future<void> until = seen.get_future().share();
  const auto work = [&] {
    const auto done = [](const absl::Status&) {};
    ASSERT_TRUE(loop_
                    .post([&, done] {
                      loop::work(
                          loop_, [until] { until.wait(); }, done);
                    })
                    .ok());
  };
  during([&] {
    EXPECT_EQ(stateWhen([](const json&) { return true; }).at("pool").at("threads"), 0);
    work();
    stateWhen([](const json& s) { return s.at("pool").at("running") == 1; });
    EXPECT_NE(ask("GET", "/metrics").find("weft_pool_running_jobs{loop=\"main\",pool=\"main\"} 1"),
              std::string::npos);
    work();  // the first of which times are known
    stateWhen([](const json& s) { return s.at("pool").at("running") == 2; });
    seen.set_value();
    const json pool =
        stateWhen([](const json& s) { return s.at("pool").at("ran") > 0; }).at("pool");
    EXPECT_GT(pool.at("waited"), 0);
  });
}

TEST_F(ServerTest, TheStateTellsTheNetworkOfTheLoopAndNotThePagesOwn) {
  const HttpServerPtr server = http::createServer(
      loop_, [](const RequestPtr&, const ResponsePtr& response) { response->end("hello"); });
  server->listen({.host = "127.0.0.1"});
  during([&] {
    const std::uint16_t port = server->address().port();
    EXPECT_NE(
        Client(port).ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").find("hello"),
        std::string::npos);
    const json net =
        stateWhen([](const json& s) { return s.at("net").at("served") == 1; }).at("net");
    EXPECT_GT(net.at("read"), 0);
    EXPECT_GT(net.at("written"), 0);
    EXPECT_EQ(net.at("failed"), 0);
    stateWhen([](const json& s) { return s.at("net").at("connections") == 0; });
    EXPECT_NE(ask("GET", "/metrics").find("weft_http_begun_requests_total{loop=\"main\"} 1\n"),
              std::string::npos);
    ASSERT_TRUE(loop_.post([&] { server->close(); }).ok());
  });
}

TEST_F(ServerTest, TheLoopIsSeenWhileItIsStuck) {
  loop_.setImmediate([&] {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(ask("GET", "/state").starts_with("HTTP/1.1 200"));
      EXPECT_TRUE(ask("GET", "/metrics").starts_with("HTTP/1.1 200"));
    }
  });
  loop_.run();
}

TEST_F(ServerTest, PagesFromElsewhereGetNothing) {
  during([&] {
    EXPECT_TRUE(Client(port_)
                    .ask("GET /state HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                    .starts_with("HTTP/1.1 403"));
    EXPECT_TRUE(ask("POST", "/record").starts_with("HTTP/1.1 405"))
        << "a form of another page can send this, with no header of ours";
    EXPECT_TRUE(ask("GET", "/trace.json").starts_with("HTTP/1.1 404"));
  });
}

TEST_F(ServerTest, ABrowserMayLeaveInTheMiddleOfTheStream) {
  during([&] {
    for (int i = 0; i < 3; ++i) {
      Client browser(port_);
      browser.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    EXPECT_TRUE(ask("GET", "/state").starts_with("HTTP/1.1 200"));
  });
}

TEST_F(ServerTest, AServerMayGoWhileABrowserWatches) {
  Client browser(port_);
  browser.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  during([&] { EXPECT_TRUE(ask("GET", "/state").starts_with("HTTP/1.1 200")); });
  server_ = nullptr;
  const std::string stream = browser.receiveAll();
  EXPECT_NE(stream.find("text/event-stream"), std::string::npos);
  EXPECT_NE(stream.find("data: {"), std::string::npos);
}

TEST_F(ServerTest, APortInUseIsAStatusThatNamesIt) {
  const absl::StatusOr<std::unique_ptr<Server>> second = Server::start(loop_, {.port = port_});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(std::string(second.status().message()),
            "listen 127.0.0.1:" + std::to_string(port_) + ": Address already in use");
  during([&] { EXPECT_TRUE(ask("GET", "/state").starts_with("HTTP/1.1 200")); });
}

}  // namespace
}  // namespace weft::inspect
