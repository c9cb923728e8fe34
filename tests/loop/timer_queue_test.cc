#include "weft/loop/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace weft::loop {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

void run(TimerQueue::Node& due) { static_cast<TimerQueue::Timer&>(due).callback.run(); }

TimePoint at(Duration since_start) { return TimePoint(since_start); }

// Adds timers whose callbacks note their number.
class Fixture : public ::testing::Test {
 protected:
  TimerQueue::Timer* add(int number) {
    return queue_.add([this, number] { fired_.push_back(number); }).timer;
  }
  TimerQueue::Timer* addArmed(int number, Duration deadline) {
    TimerQueue::Timer* id = add(number);
    queue_.arm(*id, at(deadline));
    return id;
  }
  std::vector<int> fire(Duration now) {
    fired_.clear();
    queue_.advance(at(now));
    while (TimerQueue::Node* due = queue_.takeDue()) run(*due);
    return fired_;
  }

  std::vector<int> fired_;
  TimerQueue queue_;
};
using TimerQueueTest = Fixture;

TEST_F(TimerQueueTest, AnEmptyQueueHasNoNextDeadline) {
  EXPECT_FALSE(queue_.next().has_value());
  EXPECT_FALSE(queue_.advance(at(hours(1))));
  EXPECT_EQ(queue_.takeDue(), nullptr);
}

TEST_F(TimerQueueTest, DeadlinesAreKeptToTheNanosecond) {
  addArmed(1, nanoseconds(1'000'000'001));
  addArmed(2, nanoseconds(1'000'000'000));
  EXPECT_EQ(queue_.next(), at(nanoseconds(1'000'000'000)));
  EXPECT_EQ(fire(nanoseconds(999'999'999)), std::vector<int>{});
  EXPECT_EQ(fire(nanoseconds(1'000'000'000)), std::vector<int>{2});
  EXPECT_EQ(fire(nanoseconds(1'000'000'001)), std::vector<int>{1});
}

TEST_F(TimerQueueTest, EqualDeadlinesFireInTheOrderTheyWereSet) {
  // Some are set when the deadline is far away, some when it is near: on different levels.
  for (int i = 0; i < 10; ++i) addArmed(i, seconds(100));
  queue_.advance(at(seconds(64)));
  for (int i = 10; i < 20; ++i) addArmed(i, seconds(100));
  queue_.advance(at(seconds(99)));
  for (int i = 20; i < 300; ++i) addArmed(i, seconds(100));
  std::vector<int> expected(300);
  for (int i = 0; i < 300; ++i) expected[i] = i;
  EXPECT_EQ(fire(seconds(100)), expected);
}

TEST_F(TimerQueueTest, MovingATimerPutsItBehindItsEquals) {
  TimerQueue::Timer* const first = addArmed(1, seconds(5));
  addArmed(2, seconds(5));
  queue_.arm(*first, at(seconds(5)));
  EXPECT_EQ(queue_.size(), 2u);
  EXPECT_EQ(fire(seconds(5)), (std::vector<int>{2, 1}));
}

TEST_F(TimerQueueTest, ADeadlineInThePastCountsAsNow) {
  queue_.advance(at(seconds(10)));
  addArmed(1, seconds(10));
  addArmed(2, seconds(3));
  EXPECT_EQ(queue_.next(), at(seconds(10)));
  EXPECT_EQ(fire(seconds(10)), (std::vector<int>{1, 2}));
}

TEST_F(TimerQueueTest, WhatIsArmedWhileFiringWaitsForTheNextAdvance) {
  addArmed(1, seconds(1));
  TimerQueue::Timer* const late = add(2);
  queue_.advance(at(seconds(2)));
  ASSERT_NE(queue_.takeDue(), nullptr);
  queue_.arm(*late, at(seconds(1)));
  EXPECT_EQ(queue_.takeDue(), nullptr);
  EXPECT_EQ(fire(seconds(2)), std::vector<int>{2});
}

TEST_F(TimerQueueTest, ATimerDisarmedOrMovedWhileItIsDueDoesNotFire) {
  addArmed(1, seconds(1));
  TimerQueue::Timer* const disarmed = addArmed(2, seconds(1));
  TimerQueue::Timer* const moved = addArmed(3, seconds(1));
  queue_.advance(at(seconds(1)));
  EXPECT_NE(queue_.takeDue(), nullptr);
  EXPECT_TRUE(queue_.disarm(*disarmed));
  EXPECT_FALSE(queue_.disarm(*disarmed));
  queue_.arm(*moved, at(seconds(2)));
  EXPECT_EQ(queue_.takeDue(), nullptr);
  EXPECT_EQ(queue_.next(), at(seconds(2)));
}

TEST_F(TimerQueueTest, TheNextDeadlineFollowsCancelledTimers) {
  TimerQueue::Timer* const early = addArmed(1, seconds(1));
  addArmed(2, hours(1));
  EXPECT_EQ(queue_.next(), at(seconds(1)));
  queue_.remove(*early);
  EXPECT_EQ(queue_.next(), at(hours(1)));
}

TEST_F(TimerQueueTest, TheGenerationTellsATimerFromTheNextInItsPlace) {
  TimerQueue::Timer* const timer = add(1);
  const std::uint32_t generation = timer->generation();
  queue_.remove(*timer);
  EXPECT_NE(timer->generation(), generation);
  EXPECT_EQ(add(2), timer);
  EXPECT_NE(timer->generation(), generation);
}

TEST_F(TimerQueueTest, ACallbackThatCannotBeMadeLeavesNothing) {
  struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) { throw 1; }
    void operator()() const {}
  };
  const Throwing throwing;
  TimerQueue::Timer* const before = add(1);
  queue_.remove(*before);
  EXPECT_THROW(queue_.add(throwing), int);
  EXPECT_EQ(add(2), before);
}

TEST_F(TimerQueueTest, RemovingDestroysTheCallbackAtOnce) {
  auto shared = std::make_shared<int>(1);
  TimerQueue::Timer* const timer = queue_.add([shared] {}).timer;
  queue_.arm(*timer, at(seconds(1)));
  EXPECT_EQ(shared.use_count(), 2);
  queue_.remove(*timer);
  EXPECT_EQ(shared.use_count(), 1);
}

TEST_F(TimerQueueTest, TheEndOfTimeIsADeadlineLikeAnother) {
  TimerQueue::Timer* id = add(1);
  queue_.arm(*id, TimePoint::max());
  EXPECT_EQ(queue_.next(), TimePoint::max() - nanoseconds(1));
  addArmed(2, seconds(1));
  EXPECT_EQ(fire(hours(24 * 365 * 200)), std::vector<int>{2});
  EXPECT_EQ(queue_.next(), TimePoint::max() - nanoseconds(1));
  EXPECT_EQ(fire(TimePoint::max().time_since_epoch()), std::vector<int>{1});
}

TEST_F(TimerQueueTest, AMillionReArmingsOfOneTimerKeepTheQueueSmall) {
  TimerQueue::Timer* id = add(1);
  for (int i = 0; i < 1'000'000; ++i) queue_.arm(*id, at(seconds(30) + nanoseconds(i)));
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_LT(queue_.entries(), 4096u);
  EXPECT_EQ(queue_.next(), at(seconds(30) + nanoseconds(999'999)));
}

// --- against a sorted list ----------------------------------------------------------------------

// What a queue must do, in the plainest way: a map by deadline and arming.
class Model {
 public:
  void arm(int number, std::int64_t deadline) {
    disarm(number);
    const Place place{std::max(deadline, now_), ++armings_};
    places_[number] = place;
    sorted_[place] = number;
  }
  bool disarm(int number) {
    const auto it = places_.find(number);
    if (it == places_.end()) return false;
    sorted_.erase(it->second);
    places_.erase(it);
    return true;
  }
  std::vector<int> fire(std::int64_t now) {
    now_ = now;
    std::vector<int> fired;
    while (!sorted_.empty() && sorted_.begin()->first.first <= now) {
      fired.push_back(sorted_.begin()->second);
      disarm(fired.back());
    }
    return fired;
  }
  std::int64_t next() const { return sorted_.begin()->first.first; }
  std::size_t size() const { return sorted_.size(); }

 private:
  using Place = std::pair<std::int64_t, std::uint64_t>;
  std::int64_t now_ = 0;
  std::uint64_t armings_ = 0;
  std::map<Place, int> sorted_;
  std::map<int, Place> places_;
};

// A time span of any magnitude up to `bits` bits.
std::int64_t anySpan(std::mt19937_64& random, int bits) {
  return static_cast<std::int64_t>(random() >> (64 - 1 - random() % bits));
}

class TimerQueueRandomTest : public ::testing::TestWithParam<int> {};

// 250,000 operations for each of four populations.
TEST_P(TimerQueueRandomTest, AgreesWithASortedList) {
  const int timers = GetParam();
  std::mt19937_64 random(static_cast<std::uint64_t>(timers));
  TimerQueue queue;
  Model model;
  std::vector<int> fired;
  std::vector<TimerQueue::Timer*> timers_by_number;
  for (int i = 0; i < timers; ++i)
    timers_by_number.push_back(queue.add([&fired, i] { fired.push_back(i); }).timer);
  std::int64_t now = 0;
  for (int step = 0; step < 250'000; ++step) {
    const int number = static_cast<int>(random() % timers);
    TimerQueue::Timer*& timer = timers_by_number[number];
    switch (random() % 16) {
      case 0: {  // nanoseconds to years; in all, less than three centuries
        now += anySpan(random, step % 1000 == 0 ? 56 : 32);
        ASSERT_EQ(queue.advance(at(nanoseconds(now))), model.size() > 0 && model.next() <= now);
        fired.clear();
        while (TimerQueue::Node* due = queue.takeDue()) run(*due);
        ASSERT_EQ(fired, model.fire(now)) << "at step " << step;
        break;
      }
      case 1:
      case 2:
      case 3:
        ASSERT_EQ(queue.disarm(*timer), model.disarm(number));
        break;
      case 4:
        model.disarm(number);
        queue.remove(*timer);
        timer = queue.add([&fired, number] { fired.push_back(number); }).timer;
        break;
      case 5:
        ASSERT_EQ(queue.next().has_value(), model.size() > 0);
        if (model.size() > 64) {
          ASSERT_LE(*queue.next(), at(nanoseconds(model.next())));
        } else if (model.size() > 0) {
          ASSERT_EQ(*queue.next(), at(nanoseconds(model.next())));
        }
        break;
      default: {
        // Few distinct deadlines near by, so that many are equal; or anything.
        const std::int64_t delay = random() % 2 == 0
                                       ? static_cast<std::int64_t>(random() % 8) * 1000
                                       : anySpan(random, 40) - 1000;
        queue.arm(*timer, at(nanoseconds(now + delay)));
        model.arm(number, now + delay);
      }
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Populations, TimerQueueRandomTest, ::testing::Values(1, 20, 500, 20'000));

}  // namespace
}  // namespace weft::loop
