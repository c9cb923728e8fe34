#include "weft/loop/internal/post_queue.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <thread>
#include <vector>

namespace weft::loop::internal {
namespace {

// How often the loop was woken since the last call.
eventfd_t wakeUps(const PostQueue& queue) {
  eventfd_t count = 0;
  return eventfd_read(queue.wakeDescriptor(), &count) == 0 ? count : 0;
}

TEST(PostQueueTest, ALoopThatIsAwakeIsNotWoken) {
  PostQueue queue(0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(queue.push([] {}).ok());
  queue.requestStop();
  EXPECT_EQ(wakeUps(queue), 0u);
  EXPECT_EQ(queue.news(), unsigned{PostQueue::kTasks | PostQueue::kStop});
}

TEST(PostQueueTest, ALoopThatSleepsIsWokenOnceForABatch) {
  PostQueue queue(0);
  TaskRing batch;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(queue.fallAsleep());
    std::vector<std::thread> producers;
    for (int i = 0; i < 4; ++i) {
      producers.emplace_back([&queue] {
        for (int n = 0; n < 1000; ++n) EXPECT_TRUE(queue.push([] {}).ok());
      });
    }
    for (std::thread& producer : producers) producer.join();
    EXPECT_EQ(wakeUps(queue), 1u);
    queue.awake();
    queue.take(batch);
    EXPECT_EQ(batch.size(), 4000u);
    batch.clear();
  }
}

TEST(PostQueueTest, NobodyFallsAsleepOverNews) {
  PostQueue queue(0);
  EXPECT_TRUE(queue.push([] {}).ok());
  EXPECT_FALSE(queue.fallAsleep());
  TaskRing batch;
  EXPECT_EQ(queue.take(batch), unsigned{PostQueue::kTasks});
  EXPECT_TRUE(queue.fallAsleep());
  EXPECT_EQ(wakeUps(queue), 0u);
}

}  // namespace
}  // namespace weft::loop::internal
