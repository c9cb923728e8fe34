#include "weft/loop/timer.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weft/cls/cls.h"

namespace weft::loop {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class TimerTest : public ::testing::Test {
 protected:
  // The time, in seconds, of each call so far.
  auto note() {
    return [this] { times_.push_back((clock_.now() - TimePoint()) / seconds(1)); };
  }
  using Times = std::vector<std::int64_t>;

  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  Times times_;
};

TEST_F(TimerTest, CallsBackOnceEachTimeItIsStarted) {
  Timer timer(loop_, note());
  EXPECT_FALSE(timer.active());
  timer.start(seconds(1));
  EXPECT_TRUE(timer.active());
  loop_.run();
  EXPECT_FALSE(timer.active());
  timer.start(seconds(2));
  loop_.run();
  EXPECT_EQ(times_, (Times{1, 3}));
}

TEST_F(TimerTest, StartingAgainMovesTheDeadline) {
  Timer timer(loop_, note());
  timer.start(seconds(10));
  timer.start(seconds(3));
  timer.start(seconds(5));
  loop_.run();
  EXPECT_EQ(times_, Times{5});
}

TEST_F(TimerTest, RepeatsUntilStopped) {
  std::optional<Timer> timer;
  bool stopped = false;
  timer.emplace(loop_, [&] {
    note()();
    if (times_.size() == 3) stopped = timer->stop();
  });
  timer->startRepeating(seconds(7));
  loop_.run();
  EXPECT_EQ(times_, (Times{7, 14, 21}));
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(timer->stop());
  timer->start(seconds(1));
  loop_.run();
  EXPECT_EQ(times_, (Times{7, 14, 21, 22}));
}

TEST_F(TimerTest, MayBeStartedFromItsOwnCallback) {
  std::optional<Timer> timer;
  timer.emplace(loop_, [&] {
    note()();
    EXPECT_FALSE(timer->active());
    if (times_.size() < 3) timer->start(seconds(times_.size()));
  });
  timer->start(seconds(1));
  loop_.run();
  EXPECT_EQ(times_, (Times{1, 2, 4}));
}

TEST_F(TimerTest, DestroyingCancels) {
  {
    Timer timer(loop_, note());
    timer.start(seconds(1));
  }
  loop_.run();
  EXPECT_EQ(times_, Times{});
  EXPECT_EQ(clock_.now(), TimePoint());
}

TEST_F(TimerTest, MayBeDestroyedInItsOwnCallback) {
  auto timer = std::make_unique<std::optional<Timer>>();
  const auto held = std::make_shared<std::string>("still here");
  timer->emplace(loop_, [this, &timer, held] {
    timer.reset();
    note()();
    EXPECT_EQ(*held, "still here");
  });
  (*timer)->startRepeating(seconds(1));
  loop_.run();
  EXPECT_EQ(times_, Times{1});
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(TimerTest, DestroyingOneThatIsDueKeepsItFromCallingBack) {
  std::optional<Timer> second;
  Timer first(loop_, [&] {
    note()();
    second.reset();
  });
  second.emplace(loop_, note());
  first.start(seconds(1));
  second->start(seconds(1));
  loop_.run();
  EXPECT_EQ(times_, Times{1});
}

TEST_F(TimerTest, AnUnreferencedTimerDoesNotKeepTheLoopRunning) {
  Timer timer(loop_, note());
  timer.unref();
  EXPECT_FALSE(timer.hasRef());
  timer.start(seconds(1));
  EXPECT_FALSE(loop_.alive());
  loop_.setTimeout([] {}, seconds(5));
  loop_.run();
  EXPECT_EQ(times_, Times{1});
  timer.startRepeating(seconds(1));
  timer.ref();
  EXPECT_TRUE(loop_.alive());
  EXPECT_TRUE(timer.stop());
  EXPECT_FALSE(loop_.alive());
}

TEST_F(TimerTest, MixesWithTimeoutsInTheOrderOfDeadlines) {
  std::string order;
  Timer a(loop_, [&] { order += 'a'; });
  Timer b(loop_, [&] { order += 'b'; });
  b.start(seconds(2));
  loop_.setTimeout([&] { order += '2'; }, seconds(2));
  a.start(seconds(2));
  loop_.setTimeout([&] { order += '1'; }, seconds(1));
  loop_.run();
  EXPECT_EQ(order, "1b2a");
}

TEST_F(TimerTest, ManyThatComeAndGoLeaveTheOthersAlone) {
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 5000; ++i) {
    timers.push_back(std::make_unique<Timer>(loop_, note()));
    timers.back()->start(hours(1));
    if (i % 2 == 1) timers[static_cast<std::size_t>(i / 2)] = nullptr;
  }
  loop_.run();
  EXPECT_EQ(times_.size(), 2500u);
}

TEST_F(TimerTest, MayOutliveItsLoopAndIsThenInert) {
  const auto held = std::make_shared<int>(0);
  std::optional<Timer> timer;
  {
    EventLoop loop({.clock = &clock_});
    timer.emplace(loop, [held] {});
    timer->start(seconds(1));
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(timer->stop());
  timer->start(seconds(1));
  timer->unref();
}

TEST_F(TimerTest, ATimerHeldByItsOwnCallbackGoesWithTheLoop) {
  std::weak_ptr<std::optional<Timer>> weak;
  {
    EventLoop loop({.clock = &clock_});
    const auto timer = std::make_shared<std::optional<Timer>>();
    weak = timer;
    timer->emplace(loop, [timer] {});
    (*timer)->start(seconds(1));
  }
  EXPECT_TRUE(weak.expired());
}

TEST_F(TimerTest, RunsInTheContextInWhichItWasMade) {
  cls::Namespace ns = cls::createNamespace("timer");
  std::vector<std::string> seen;
  std::optional<Timer> timer;
  ns.run([&](const cls::Context&) {
    ns.set("id", "maker");
    timer.emplace(loop_, [&] {
      const auto* id = ns.get<std::string>("id");
      seen.push_back(id != nullptr ? *id : "none");
    });
  });
  ns.run([&](const cls::Context&) {
    ns.set("id", "starter");
    timer->start(seconds(1));
  });
  loop_.run();
  timer->start(seconds(1));
  loop_.run();
  const std::string maker = cls::kEnabled ? "maker" : "none";
  EXPECT_EQ(seen, (std::vector<std::string>{maker, maker}));
}

TEST_F(TimerTest, ANullCallbackIsRefused) {
  EXPECT_THROW(Timer(loop_, std::function<void()>()), UsageError);
}

}  // namespace
}  // namespace weft::loop
