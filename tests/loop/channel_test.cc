#include "weft/loop/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace weft::loop {
namespace {

constinit Channel<const std::string&, int> g_channel{"test.job.start"};

TEST(ChannelTest, SubscribersHearWhatIsPublishedInTheirOrder) {
  EXPECT_EQ(g_channel.name(), "test.job.start");
  std::vector<std::string> heard;
  g_channel.publish("nobody listens", 0);
  {
    const ChannelSubscription first = g_channel.subscribe([&](const std::string& job, int n) {
      heard.push_back("first " + job + std::to_string(n));
    });
    const ChannelSubscription second =
        g_channel.subscribe([&](const std::string& job, int) { heard.push_back("second " + job); });
    EXPECT_TRUE(g_channel.hasSubscribers());
    g_channel.publish("a", 1);
  }
  EXPECT_FALSE(g_channel.hasSubscribers());
  g_channel.publish("b", 2);
  EXPECT_EQ(heard, (std::vector<std::string>{"first a1", "second a"}));
}

TEST(ChannelTest, OneThatThrowsIsReportedOnceAndTheOthersAreCalled) {
  int heard = 0;
  const ChannelSubscription bad =
      g_channel.subscribe([](const std::string&, int) { throw std::runtime_error("not today"); });
  const ChannelSubscription good = g_channel.subscribe([&](const std::string&, int) { ++heard; });
  ::testing::internal::CaptureStderr();
  g_channel.publish("a", 1);
  g_channel.publish("b", 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "weft: a subscriber of test.job.start threw and was removed: not today\n");
  EXPECT_EQ(heard, 2);
}

TEST(ChannelTest, ASubscriberMayLeaveFromInside) {
  int heard = 0;
  ChannelSubscription once;
  once = g_channel.subscribe([&](const std::string&, int) {
    ++heard;
    once.reset();
  });
  g_channel.publish("a", 1);
  g_channel.publish("b", 1);
  EXPECT_EQ(heard, 1);
}

TEST(ChannelTest, ASubscriptionThatIsMovedUnsubscribesOnce) {
  int heard = 0;
  ChannelSubscription kept;
  {
    ChannelSubscription made = g_channel.subscribe([&](const std::string&, int) { ++heard; });
    kept = std::move(made);
  }
  g_channel.publish("a", 1);
  EXPECT_EQ(heard, 1);
  kept.reset();
  kept.reset();
  EXPECT_FALSE(g_channel.hasSubscribers());
}

TEST(ChannelTest, ThreadsMayPublishWhileOthersComeAndGo) {
  std::atomic<bool> done{false};
  std::atomic<int> heard{0};
  std::thread publisher([&] {
    while (!done) g_channel.publish("a", 1);
  });
  for (int i = 0; i < 100; ++i) {
    const int before = heard;
    const ChannelSubscription s = g_channel.subscribe([&](const std::string&, int) { ++heard; });
    while (heard == before) continue;
  }
  done = true;
  publisher.join();
  EXPECT_GE(heard, 100);
}

}  // namespace
}  // namespace weft::loop
