#include "weft/loop/internal/task_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace weft::loop::internal {
namespace {

void runAll(TaskRing& ring) {
  while (ring.openStretch()) {
    while (Task* task = ring.takeNext()) task->runOnce();
  }
}

TEST(TaskRingTest, RunsInTheOrderOfPushing) {
  TaskRing ring;
  std::vector<int> ran;
  for (int i = 0; i < 1000; ++i) ring.push([&ran, i] { ran.push_back(i); });
  EXPECT_EQ(ring.size(), 1000u);
  runAll(ring);
  ASSERT_EQ(ran.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[i], i);
  EXPECT_TRUE(ring.empty());
}

TEST(TaskRingTest, ARunningTaskStaysWhileManyArePushed) {
  TaskRing ring;
  int ran = 0;
  const auto held = std::make_shared<int>(7);
  ring.push([&ring, &ran, held] {
    for (int i = 0; i < 10'000; ++i) ring.push([&ran] { ++ran; });
    EXPECT_EQ(*held, 7);
  });
  runAll(ring);
  EXPECT_EQ(ran, 10'000);
}

TEST(TaskRingTest, MemoryIsUsedAgainAndGivenBackAfterAPeak) {
  TaskRing ring;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 200; ++i) ring.push([] {});
    runAll(ring);
  }
  EXPECT_LE(ring.capacity(), 400u);
  for (int i = 0; i < 100'000; ++i) ring.push([] {});
  runAll(ring);
  EXPECT_GE(ring.capacity(), 100'000u);
  ring.trim();
  EXPECT_LE(ring.capacity(), TaskRing::kSlots * TaskRing::kKeptChunks);
  bool ran = false;
  ring.push([&ran] { ran = true; });
  runAll(ring);
  EXPECT_TRUE(ran);
}

TEST(TaskRingTest, APushThatThrowsQueuesNothing) {
  struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) { throw std::runtime_error("copy"); }
    void operator()() const {}
  };
  TaskRing ring;
  const Throwing throwing;
  int ran = 0;
  // At the end of a chunk as well.
  for (std::size_t i = 0; i < 2 * TaskRing::kSlots; ++i) {
    EXPECT_THROW(ring.push(throwing), std::runtime_error);
    ring.push([&ran] { ++ran; });
  }
  EXPECT_THROW(ring.push(throwing), std::runtime_error);
  EXPECT_EQ(ring.size(), 2 * TaskRing::kSlots);
  runAll(ring);
  EXPECT_EQ(ran, static_cast<int>(2 * TaskRing::kSlots));
  EXPECT_EQ(ring.size(), 0u);
}

TEST(TaskRingTest, AnInterruptionEndsTheStretchAndLosesNothing) {
  TaskRing ring;
  int ran = 0;
  for (int i = 0; i < 10; ++i) {
    ring.push([&ring, &ran] {
      ++ran;
      ring.interrupt();
    });
  }
  for (int stretch = 1; ring.openStretch(); ++stretch) {
    while (Task* task = ring.takeNext()) task->runOnce();
    EXPECT_EQ(ran, stretch);
  }
  EXPECT_EQ(ran, 10);
}

TEST(TaskRingTest, AStretchCanBeLimited) {
  TaskRing ring;
  int ran = 0;
  for (int i = 0; i < 10; ++i) ring.push([&ran] { ++ran; });
  ASSERT_TRUE(ring.openStretch());
  ring.limitStretch(3);
  while (Task* task = ring.takeNext()) task->runOnce();
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(ring.taken(), 3u);
  EXPECT_EQ(ring.size(), 7u);
  ring.clear();
  EXPECT_EQ(ran, 3);
}

TEST(TaskRingTest, SequenceNumbersTellWhatStillWaits) {
  TaskRing ring;
  std::vector<std::uint64_t> sequences;
  for (int i = 0; i < 200; ++i) {
    ring.push([] {});
    sequences.push_back(ring.lastSequence());
  }
  ASSERT_TRUE(ring.openStretch());
  ring.takeNext()->runOnce();
  EXPECT_FALSE(ring.isWaiting(sequences[0]));
  EXPECT_TRUE(ring.isWaiting(sequences[1]));
  EXPECT_TRUE(ring.isWaiting(sequences[199]));
  EXPECT_FALSE(ring.isWaiting(sequences[199] + 1));
}

TEST(TaskRingTest, ClearingAlsoReleasesWhatDestructorsPush) {
  struct Pusher {
    TaskRing* ring;
    std::shared_ptr<int> held;
    Pusher(TaskRing* r, std::shared_ptr<int> h) : ring(r), held(std::move(h)) {}
    Pusher(Pusher&& other) noexcept : ring(std::exchange(other.ring, nullptr)), held(other.held) {}
    ~Pusher() {
      if (ring != nullptr) ring->push([h = held] {});
    }
    void operator()() {}
  };
  const auto held = std::make_shared<int>(1);
  TaskRing ring;
  ring.push(Pusher(&ring, held));
  ring.clear();
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(held.use_count(), 1);
}

TEST(TaskRingTest, AgreesWithADequeThroughRandomPushesAndStretches) {
  std::mt19937 random(1);
  TaskRing ring;
  TaskRing other;
  std::deque<int> model;
  int next = 0;
  for (int step = 0; step < 20'000; ++step) {
    for (unsigned i = random() % 40; i > 0; --i) {
      const int number = next++;
      model.push_back(number);
      ring.push([&model, number] {
        ASSERT_EQ(model.front(), number);
        model.pop_front();
      });
    }
    if (ring.openStretch()) {
      ring.limitStretch(random() % 60);
      while (Task* task = ring.takeNext()) task->runOnce();
    }
    if (random() % 100 == 0) ring.trim();
    if (random() % 100 == 0) {
      ring.swap(other);
      runAll(other);
      ring.swap(other);
      runAll(ring);
    }
    ASSERT_EQ(ring.size(), model.size());
    ASSERT_EQ(ring.empty(), model.empty());
  }
}

}  // namespace
}  // namespace weft::loop::internal
