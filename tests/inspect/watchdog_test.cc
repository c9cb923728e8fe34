#include "weft/inspect/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

namespace weft::inspect {
namespace {

using std::chrono::milliseconds;

class WatchdogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  WatchdogOptions options() {
    return {milliseconds(2), [this](const std::string& text) {
              ++reports_;
              if (reports_ == 1) report_.set_value(text);
            }};
  }
  EventLoop loop_;
  std::promise<std::string> report_;
  std::atomic<int> reports_{0};
};

// Is stuck until it was reported: the test ends only if that happens meanwhile.
[[gnu::noinline]] std::string stuckUntilReported(std::future<std::string> report) {
  while (report.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
  return report.get();
}

TEST_F(WatchdogTest, AStuckLoopIsReportedWhileItIsStuckWithItsStack) {
  Watchdog watchdog(loop_, options());
  std::string text;
  const int line = __LINE__ + 2;
  loop_.nextTick(
      [&] { loop_.setImmediate([&] { text = stuckUntilReported(report_.get_future()); }); });
  loop_.run();
  EXPECT_TRUE(text.starts_with("weft: the loop has been stuck for ")) << text;
  EXPECT_NE(text.find(" in an immediate set at " + std::string(__FILE__) + ":" +
                      std::to_string(line) + ", by a tick set at "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\n    #0 "), std::string::npos) << text;
  EXPECT_NE(text.find("stuckUntilReported"), std::string::npos) << text;
}

TEST_F(WatchdogTest, ACallbackIsReportedOnce) {
  Watchdog watchdog(loop_, options());
  loop_.setImmediate([&] {
    stuckUntilReported(report_.get_future());
    // Stuck for as long again, by the watchdog's own clock.
    const auto until = std::chrono::steady_clock::now() + milliseconds(20);
    while (std::chrono::steady_clock::now() < until) continue;
  });
  loop_.run();
  EXPECT_EQ(reports_, 1);
}

TEST_F(WatchdogTest, ALoopThatSleepsOrRestsIsNotStuck) {
  Watchdog watchdog(loop_, options());
  loop_.setTimeout([] {}, milliseconds(20));
  loop_.run();
  EXPECT_FALSE(loop_.busy());
  EXPECT_EQ(reports_, 0);
}

TEST_F(WatchdogTest, TwoLoopsOfOneThreadHaveOneEach) {
  EventLoop other;
  Watchdog watchdog(loop_, options());
  Watchdog other_watchdog(other, {milliseconds(2), [](const std::string&) {}});
  other.setImmediate([] {});
  other.run();
  std::string text;
  loop_.setImmediate([&] { text = stuckUntilReported(report_.get_future()); });
  loop_.run();
  EXPECT_NE(text.find("an immediate set at"), std::string::npos) << text;
}

}  // namespace
}  // namespace weft::inspect
