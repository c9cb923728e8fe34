#include "weft/emitter/max_listeners.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/emitter/event_emitter.h"

namespace weft {
namespace {

constexpr Event<> kEnd{"end"};
constexpr Event<> kOther{"other"};

class MaxListenersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = emitter::onTooManyListeners([this](const emitter::TooManyListeners& warning) {
      warnings_.push_back(std::string(warning.event) + " " + std::to_string(warning.count) + "/" +
                          std::to_string(warning.limit));
      last_ = warning.last_added;
      text_ = warning.toString();
    });
  }
  void TearDown() override {
    emitter::onTooManyListeners(std::move(before_));
    emitter::setDefaultMaxListeners(10);
  }

  static void add(EventEmitter& emitter, const Event<>& event, int count) {
    for (int i = 0; i < count; ++i) emitter.on(event, [] {});
  }

  emitter::TooManyListenersHandler before_;
  std::vector<std::string> warnings_;
  Location last_;
  std::string text_;
};

TEST_F(MaxListenersTest, TheEleventhListenerOfAnEventWarnsOnce) {
  EventEmitter emitter;
  add(emitter, kEnd, 10);
  EXPECT_TRUE(warnings_.empty());
  add(emitter, kEnd, 5);
  EXPECT_EQ(warnings_, (std::vector<std::string>{"end 11/10"}));
  EXPECT_EQ(emitter.listenerCount(kEnd), 15u);
  add(emitter, kOther, 11);
  EXPECT_EQ(warnings_, (std::vector<std::string>{"end 11/10", "other 11/10"}));
}

TEST_F(MaxListenersTest, WarningsAreCountedAndTheHandlerBeforeIsGivenBack) {
  int mine = 0;
  const std::uint64_t before = emitter::listenerWarnings();
  emitter::TooManyListenersHandler first =
      emitter::onTooManyListeners([&](const emitter::TooManyListeners&) { ++mine; });
  EventEmitter emitter;
  add(emitter, kEnd, 11);
  emitter::onTooManyListeners(std::move(first));
  add(emitter, kOther, 11);
  EXPECT_EQ(mine, 1);
  EXPECT_EQ(warnings_, (std::vector<std::string>{"other 11/10"}));
  EXPECT_EQ(emitter::listenerWarnings() - before, 2u);
}

TEST_F(MaxListenersTest, TheWarningSaysWhereTheLastListenerWasAdded) {
  EventEmitter emitter;
  emitter.setMaxListeners(1);
  emitter.on(kEnd, [] {});
  const int line = __LINE__ + 1;
  emitter.on(kEnd, [] {});
  EXPECT_EQ(last_.line, line);
  EXPECT_NE(std::string(last_.file).find("max_listeners_test.cc"), std::string::npos);
  EXPECT_EQ(text_, "possible leak: event 'end' has 2 listeners, the last of which was added at " +
                       last_.toString() + "; call setMaxListeners() if more than 1 are meant");
}

TEST_F(MaxListenersTest, AnEmitterMayHaveItsOwnLimit) {
  EventEmitter emitter;
  EXPECT_EQ(emitter.getMaxListeners(), 10);
  emitter.setMaxListeners(20);
  EXPECT_EQ(emitter.getMaxListeners(), 20);
  add(emitter, kEnd, 20);
  EXPECT_TRUE(warnings_.empty());
  add(emitter, kEnd, 1);
  EXPECT_EQ(warnings_, (std::vector<std::string>{"end 21/20"}));
}

TEST_F(MaxListenersTest, ZeroIsNoLimit) {
  EventEmitter emitter;
  emitter.setMaxListeners(0);
  add(emitter, kEnd, 100);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(MaxListenersTest, TheDefaultIsForAllThatHaveNone) {
  EventEmitter emitter;
  emitter::setDefaultMaxListeners(2);
  EXPECT_EQ(emitter::defaultMaxListeners(), 2);
  EXPECT_EQ(emitter.getMaxListeners(), 2);
  add(emitter, kEnd, 3);
  EXPECT_EQ(warnings_, (std::vector<std::string>{"end 3/2"}));
}

TEST_F(MaxListenersTest, AnEventThatLostItsListenersMayWarnAgain) {
  EventEmitter emitter;
  emitter.setMaxListeners(1);
  add(emitter, kEnd, 2);
  emitter.removeAllListeners();
  add(emitter, kEnd, 2);
  EXPECT_EQ(warnings_.size(), 2u);
}

TEST_F(MaxListenersTest, NegativeLimitsAreRefused) {
  EventEmitter emitter;
  EXPECT_THROW(emitter::setDefaultMaxListeners(-1), UsageError);
  try {
    emitter.setMaxListeners(-1);
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "setMaxListeners(-1): give a positive number, or 0 for no limit");
  }
  EXPECT_EQ(emitter.getMaxListeners(), 10);
}

TEST_F(MaxListenersTest, WithoutAHandlerTheWarningGoesToStandardError) {
  emitter::onTooManyListeners(nullptr);
  EventEmitter emitter;
  emitter.setMaxListeners(1);
  ::testing::internal::CaptureStderr();
  add(emitter, kEnd, 2);
  EXPECT_EQ(::testing::internal::GetCapturedStderr().rfind("weft: possible leak: event 'end'", 0),
            0u);
}

}  // namespace
}  // namespace weft
