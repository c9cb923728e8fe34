#include "weft/loop/co_group.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

using namespace std::chrono_literals;

class CoGroupTest : public testing::Test {
 protected:
  // Notes its end, cancelled or not.
  struct Note {
    std::string* to;
    char name;
    ~Note() { *to += name; }
  };
  Co<int> after(Duration delay, int value) {
    co_await sleep(delay);
    co_return value;
  }
  Co<int> noted(Duration delay, char name) {
    const Note note{&ended_, name};
    co_await sleep(delay);
    went_on_ += name;
    co_return name;
  }
  Co<int> failing(Duration delay) {
    co_await sleep(delay);
    throw std::runtime_error("failed");
  }
  Co<std::string> now() { co_return "now"; }
  Co<> nothing() { co_await nextTick(); }

  ManualClock clock_;
  EventLoop loop_{LoopOptions{.clock = &clock_}};
  std::string ended_, went_on_;
};

TEST_F(CoGroupTest, AllGivesEveryResultInOrder) {
  bool done = false;
  spawn(loop_, [&]() -> Co<> {
    auto [number, text, none] = co_await all(after(5ms, 7), now(), nothing());
    EXPECT_EQ(number, 7);
    EXPECT_EQ(text, "now");
    EXPECT_EQ(none, std::monostate());
    std::vector<Co<int>> many;
    for (int i = 3; i > 0; --i) many.push_back(after(i * 1ms, i));
    const std::vector<int> numbers = co_await all(std::move(many));
    EXPECT_EQ(numbers, (std::vector<int>{3, 2, 1}));
    EXPECT_EQ(co_await all(std::vector<Co<int>>()), std::vector<int>());
    done = true;
  });
  loop_.run();
  EXPECT_TRUE(done);
}

TEST_F(CoGroupTest, AllThrowsTheFirstFailureAndCancelsTheOthers) {
  std::string seen;
  spawn(loop_, [&]() -> Co<> {
    try {
      co_await all(noted(1ms, 'a'), failing(2ms), noted(3ms, 'b'));
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
    EXPECT_EQ(ended_, "ab");
    EXPECT_EQ(went_on_, "a");
  });
  loop_.run();
  EXPECT_EQ(seen, "failed");
  EXPECT_EQ(clock_.now().time_since_epoch(), TimePoint(2ms).time_since_epoch());
}

TEST_F(CoGroupTest, AnyGivesTheFirstResultAndCancelsTheOthers) {
  int got = 0;
  spawn(loop_, [&]() -> Co<> {
    got = co_await any(failing(1ms), noted(3ms, 'b'), noted(2ms, 'a'));
    EXPECT_EQ(ended_, "ab");
  });
  loop_.run();
  EXPECT_EQ(got, 'a');
  EXPECT_EQ(went_on_, "a");
}

TEST_F(CoGroupTest, AnyOfFailuresTellsThemAll) {
  std::size_t errors = 0;
  spawn(loop_, [&]() -> Co<> {
    try {
      (void)co_await any(failing(1ms), failing(2ms));
    } catch (const AllFailed& failed) {
      errors = failed.errors().size();
      EXPECT_THROW(failed.errors()[1].rethrow(), std::runtime_error);
    }
  });
  loop_.run();
  EXPECT_EQ(errors, 2u);
}

TEST_F(CoGroupTest, RaceGivesTheFirstOutcome) {
  std::string seen;
  spawn(loop_, [&]() -> Co<> {
    EXPECT_EQ(co_await race(after(2ms, 2), after(1ms, 1)), 1);
    try {
      (void)co_await race(after(2ms, 2), failing(1ms));
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
  });
  loop_.run();
  EXPECT_EQ(seen, "failed");
}

TEST_F(CoGroupTest, AllOfNothingIsAnEmptyList) {
  bool empty = false;
  spawn(loop_, [&]() -> Co<> {
    const std::vector<int> results = co_await all(std::vector<Co<int>>());
    empty = results.empty();
  });
  loop_.run();
  EXPECT_TRUE(empty);
}

TEST_F(CoGroupTest, AnyAndRaceOfNothingAreRefused) {
  int refused = 0;
  spawn(loop_, [&]() -> Co<> {
    try {
      (void)co_await any(std::vector<Co<int>>());
    } catch (const UsageError&) {
      ++refused;
    }
    try {
      (void)co_await race(std::vector<Co<int>>());
    } catch (const UsageError&) {
      ++refused;
    }
  });
  loop_.run();
  EXPECT_EQ(refused, 2);
}

TEST_F(CoGroupTest, WhatEndsAtOnceDecidesBeforeTheOthersBegin) {
  int got = 0;
  bool began = false;
  const auto beginning = [&]() -> Co<std::string> {
    began = true;
    co_return "late";
  };
  spawn(loop_,
        [&]() -> Co<> { got = static_cast<int>((co_await race(now(), beginning())).size()); });
  loop_.run();
  EXPECT_EQ(got, 3);
  EXPECT_FALSE(began);
}

TEST_F(CoGroupTest, ADroppedWaiterCancelsEveryMember) {
  {
    const Running<> waiting = start(loop_, [&]() -> Co<> {
      co_await all(noted(1ms, 'a'), noted(2ms, 'b'));
      ADD_FAILURE() << "went on";
    });
    EXPECT_EQ(ended_, "");
  }
  EXPECT_EQ(ended_.size(), 2u);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(CoGroupTest, TimeoutGivesTheResultOrDeadlineExceeded) {
  std::vector<absl::StatusCode> codes;
  spawn(loop_, [&]() -> Co<> {
    const absl::StatusOr<int> in_time = co_await timeout(after(1ms, 4), 2ms);
    EXPECT_EQ(*in_time, 4);
    const absl::StatusOr<int> late = co_await timeout(noted(3ms, 'a'), 2ms);
    codes.push_back(late.status().code());
    EXPECT_EQ(ended_, "a");
    const absl::Status nothing_late = co_await timeout(nothing(), 2ms);
    codes.push_back(nothing_late.code());
    EXPECT_THROW((void)co_await timeout(failing(1ms), 2ms), std::runtime_error);
  });
  loop_.run();
  EXPECT_EQ(codes, (std::vector{absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kOk}));
  EXPECT_FALSE(loop_.alive());
}

#if WEFT_CLS
TEST_F(CoGroupTest, MembersRunInTheWaitersContextsAndLeaveNothingThere) {
  const cls::Namespace ns = cls::createAnonymousNamespace();
  std::vector<int> seen;
  const auto member = [&](int n) -> Co<> {
    seen.push_back(*ns.get<int>("n"));
    ns.enter(ns.createContext());
    ns.set("n", n);
    co_await nextTick();
    seen.push_back(*ns.get<int>("n"));
  };
  ns.run([&] {
    ns.set("n", 1);
    spawn(loop_, [&]() -> Co<> {
      co_await all(member(2), member(3));
      seen.push_back(*ns.get<int>("n"));
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<int>{1, 1, 2, 3, 1}));
}
#endif

}  // namespace
}  // namespace weft::loop
