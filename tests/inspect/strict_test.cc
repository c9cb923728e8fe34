#include "weft/inspect/strict.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "weft/cls/cls.h"

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
  EXPECT_EQ(lines_,
            std::vector<std::string>{"weft: request{id=7}, made at " + at(line) +
                                     ", has not ended; held by timer, made at " + at(line + 2)});
}

}  // namespace
}  // namespace weft::inspect
