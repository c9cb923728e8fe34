#include "weft/inspect/strict.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"

namespace weft::inspect {
namespace {

using std::chrono::milliseconds;

class StrictTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  void TearDown() override { cls::destroyNamespace(request_); }
  ReportLine report() {
    return [this](const std::string& line) { lines_.push_back(line); };
  }
  static std::string at(int line) { return std::string(__FILE__) + ":" + std::to_string(line); }

  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  const cls::Namespace request_ = cls::createNamespace("request");
  std::vector<std::string> lines_;
};

TEST_F(StrictTest, AnIntervalInsideOfARequestIsReportedOnceForItsPlace) {
  Strict strict(loop_, report());
  int line = 0;
  for (int i = 0; i < 2; ++i) {
    request_.run([&] {
      request_.set("id", i);
      line = __LINE__ + 1;
      loop_.setInterval([] {}, milliseconds(1)).clear();
      cls::detached([&] { loop_.setInterval([] {}, milliseconds(1)).clear(); });
    });
  }
  loop_.setInterval([] {}, milliseconds(1)).clear();
  EXPECT_EQ(lines_,
            std::vector<std::string>{"weft: an interval was set at " + at(line) +
                                     " inside request{id=0}: it keeps the context until it is "
                                     "cleared; make what outlives a request in cls::detached()"});
}

TEST_F(StrictTest, AContextThatACallbackEnteredAndDidNotLeaveIsReported) {
  Strict strict(loop_, report());
  loop_.setImmediate([&] {
    const cls::Context context = request_.createContext();
    request_.enter(context);
    request_.exit(context);
  });
  const int line = __LINE__ + 1;
  loop_.setImmediate([&] { request_.enter(request_.createContext()); });
  ::testing::internal::CaptureStderr();  // a debug build says it, too
  loop_.run();
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_,
            std::vector<std::string>{
                "weft: request{} was entered and not left in an immediate set at " + at(line)});
}

TEST_F(StrictTest, WhatACoroutineEntersAndWaitsForIsItsOwn) {
  Strict strict(loop_, report());
  const int fd = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  const auto body = [this, fd]() -> Co<> {
    co_await loop::nextTick();
    request_.enter(request_.createContext());
    co_await loop::nextTick();
    co_await loop::readable(fd);
  };
  loop::spawn(loop_, body);
  loop_.run();
  ::close(fd);
  EXPECT_TRUE(lines_.empty()) << lines_[0];
}

TEST_F(StrictTest, AConnectionMadeInsideOfARequestIsReportedWithTheCallbackThatMadeIt) {
  EventLoop loop;  // of real time: the connection is made by the system
  Strict strict(loop, report());
  const net::ServerPtr server = net::createServer(
      loop, [](const SocketPtr& socket) { socket->on(kEnd, [socket] { socket->destroy(); }); });
  server->listen({.host = "127.0.0.1"});
  std::array<int, 2> at_line{};
  int open = 2;
  const auto connect = [&](const char* id) {
    request_.run([&] {
      request_.set("id", id);
      const SocketPtr pooled = net::connect(loop, {.port = server->address().port()});
      pooled->on(kConnect, [&, pooled] {
        pooled->destroy();
        if (--open == 0) server->close();
      });
    });
  };
  at_line[0] = __LINE__ + 1;
  loop.setImmediate([&] { connect("one"); });
  at_line[1] = __LINE__ + 1;
  loop.setImmediate([&] { connect("two"); });
  loop.run();
  ASSERT_EQ(lines_.size(), 2u);
  for (int i : {0, 1}) {
    EXPECT_TRUE(lines_[i].starts_with("weft: a watcher was set at ")) << lines_[i];
    EXPECT_NE(lines_[i].find(i == 0 ? "inside request{id=\"one\"}" : "inside request{id=\"two\"}"),
              std::string::npos)
        << lines_[i];
    EXPECT_NE(lines_[i].find(", in an immediate set at " + at(at_line[i])), std::string::npos)
        << lines_[i];
  }
}

TEST_F(StrictTest, WorkOfAnotherLoopsRequestIsReportedOnce) {
  EventLoop other({.clock = &clock_});
  Strict strict(other, report());
  int line = 0;
  for (int i = 0; i < 2; ++i) {
    request_.run([&] {
      request_.set("id", 7);
      loop_.setImmediate([&] {
        line = __LINE__ + 1;
        other.nextTick([] {});
      });
      other.nextTick([] {});  // nobody runs here, so it is nobody else's
    });
  }
  loop_.run();
  other.run();
  EXPECT_EQ(lines_, std::vector<std::string>{"weft: a tick was set at " + at(line) +
                                             " inside request{id=7}, by a callback of another "
                                             "loop: post() it, or do it detached"});
}

TEST_F(StrictTest, ALoopThatEndedInsideAnothersCallbackIsNotLookedAt) {
  auto last_made = std::make_unique<EventLoop>(loop::LoopOptions{.clock = &clock_});
  loop_.setImmediate([&] { last_made = nullptr; });
  loop_.run();
  Strict strict(loop_, report());
  request_.run([&] { loop_.nextTick([] {}); });
  loop_.run();
  EXPECT_TRUE(lines_.empty()) << lines_[0];
}

TEST_F(StrictTest, ContextsThatNeverEndedAreReportedAtTheExit) {
  cls::Context kept;
  int line = 0;
  {
    ExitReport leaks(report());
    EventLoop loop({.clock = &clock_});
    line = __LINE__ + 1;
    kept = request_.run([&] { request_.set("id", "kept"); });
    request_.run([&] { loop.setTimeout([] {}, std::chrono::hours(1)); });
  }
  ASSERT_EQ(lines_.size(), 1u) << "what the loop held went with it";
  EXPECT_EQ(lines_[0], "weft: request{id=\"kept\"}, made at " + at(line) +
                           ", has not ended; held by handle of the user");
}

TEST_F(StrictTest, WhatIsLeftAtTheEndIsReportedWithItsHolders) {
  EXPECT_EQ(reportLiveContexts(report()), 0u);
  cls::setTracking(true);
  const int line = __LINE__ + 1;
  request_.run([&] {
    request_.set("id", 7);
    loop_.setTimeout([] {}, std::chrono::hours(1));
  });
  cls::setTracking(false);
  EXPECT_EQ(reportLiveContexts(report()), 1u);
  ASSERT_EQ(lines_.size(), 1u);
  const std::string expected = "weft: request{id=7}, made at " + at(line) +
                               ", has not ended; held by timer, made at " + at(line + 2) + " ";
  EXPECT_TRUE(lines_[0].starts_with(expected)) << lines_[0];
  EXPECT_TRUE(lines_[0].ends_with(" s ago")) << lines_[0];
}

}  // namespace
}  // namespace weft::inspect
