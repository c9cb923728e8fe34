#include "weft/inspect/slow.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"

namespace weft::inspect {
namespace {

using std::chrono::milliseconds;

class SlowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  SlowOptions options(loop::Duration callback, loop::Duration iteration = {}) {
    return {callback, iteration, [this](const std::string& line) { lines_.push_back(line); }};
  }
  static std::string at(int line) { return std::string(__FILE__) + ":" + std::to_string(line); }

  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  std::vector<std::string> lines_;
};

TEST_F(SlowTest, ALineSaysHowLongWhereAndByWhom) {
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  const int tick = __LINE__ + 1;
  loop_.nextTick(
      [&] { loop_.setTimeout([&] { clock_.advance(milliseconds(150)); }, milliseconds(10)); });
  const int timeout = tick + 1;
  loop_.run();
  EXPECT_EQ(lines_, std::vector<std::string>{"weft: slow callback: 150.0 ms in a timeout set at " +
                                             at(timeout) + ", by a tick set at " + at(tick)});
}

#if WEFT_CLS
TEST_F(SlowTest, TheLineHasTheValuesOfTheContextButPrivateOnes) {
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  const cls::Namespace ns = cls::createNamespace("request");
  const cls::PrivateKey<std::string> secret;
  ns.run([&] {
    ns.set("id", 7);
    ns.set("user", "ada");
    ns.set(secret, "hush");
    loop_.setImmediate([&] { clock_.advance(milliseconds(51)); });
  });
  loop_.run();
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_TRUE(lines_[0].ends_with("; request{id=7, user=\"ada\"}")) << lines_[0];
  EXPECT_NE(lines_[0].find("an immediate set at"), std::string::npos) << lines_[0];
}
#endif

TEST_F(SlowTest, WhatIsQuickIsNotReported) {
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  for (int i = 0; i < 10; ++i) loop_.setImmediate([&] { clock_.advance(milliseconds(49)); });
  loop_.run();
  EXPECT_TRUE(lines_.empty());
}

TEST_F(SlowTest, AnIterationOfManyQuickCallbacksMayBeSlow) {
  SlowCallbacks slow(loop_, options({}, milliseconds(100)));
  for (int i = 0; i < 100; ++i) loop_.setImmediate([&] { clock_.advance(milliseconds(2)); });
  loop_.run();
  EXPECT_EQ(lines_,
            std::vector<std::string>{"weft: slow iteration: 200.0 ms, immediates 200.0 ms; no "
                                     "callback took 6.2 ms"});
}

TEST_F(SlowTest, ASlowIterationNamesTheLongestOfItsCallbacks) {
  SlowCallbacks slow(loop_, options({}, milliseconds(100)));
  const cls::Namespace ns = cls::createNamespace("request");
  loop_.setImmediate([&] { clock_.advance(milliseconds(99)); });
  loop_.run();  // an iteration before
  int tick = 0;
  const int immediate = __LINE__ + 1;
  loop_.setImmediate([&] {
    clock_.advance(milliseconds(40));
    ns.run([&] {
      ns.set("id", 7);
      tick = __LINE__ + 1;
      loop_.nextTick([&] { clock_.advance(milliseconds(50)); });
    });
  });
  loop_.setImmediate([&] { clock_.advance(milliseconds(45)); });
  loop_.run();
  const std::string values = cls::kEnabled ? "; request{id=7}" : "";
  EXPECT_EQ(lines_, std::vector<std::string>{
                        "weft: slow iteration: 135.0 ms, immediates 135.0 ms; the longest "
                        "callback: 50.0 ms in a tick set at " +
                        at(tick) + ", by an immediate set at " + at(immediate) + values});
}

TEST_F(SlowTest, ACallbackThatWasScheduledBeforeIsReportedWithoutItsPlace) {
  loop_.setImmediate([&] { clock_.advance(milliseconds(60)); });
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  loop_.run();
  EXPECT_EQ(lines_, std::vector<std::string>{"weft: slow callback: 60.0 ms in an immediate"});
}

Co<> inner(ManualClock& clock) {
  co_await loop::nextTick();
  clock.advance(milliseconds(60));
}
Co<> outer(ManualClock& clock) { co_await inner(clock); }

TEST_F(SlowTest, TheChainGoesThroughCoroutines) {
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  const int line = __LINE__ + 1;
  loop_.setImmediate([&] { loop::spawn(loop_, outer(clock_)); });
  loop_.run();
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_TRUE(lines_[0].starts_with("weft: slow callback: 60.0 ms in a tick awaited in "))
      << lines_[0];
  EXPECT_NE(lines_[0].find("inner("), std::string::npos) << lines_[0];
  EXPECT_NE(lines_[0].find(", called by "), std::string::npos) << lines_[0];
  EXPECT_TRUE(lines_[0].ends_with(", by an immediate set at " + at(line))) << lines_[0];
}

TEST_F(SlowTest, OneThatThrowsIsReportedToo) {
  SlowCallbacks slow(loop_, options(milliseconds(50)));
  loop_.onUncaughtException([](std::exception_ptr) {});
  loop_.setImmediate([&] {
    clock_.advance(milliseconds(60));
    throw 1;
  });
  loop_.run();
  EXPECT_EQ(lines_.size(), 1u);
}

}  // namespace
}  // namespace weft::inspect
