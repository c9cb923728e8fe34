#include "weft/loop/perturbed.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"

namespace weft::loop {
namespace {

// A descriptor that is readable.
class Readable {
 public:
  Readable() : fd_(eventfd(1, EFD_CLOEXEC)) {}
  ~Readable() { close(fd_); }
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// What runs when three descriptors are ready and a timeout, posts, and an immediate wait.
std::string orderOf(std::uint64_t seed) {
  ManualClock clock;
  EventLoop loop({.clock = &clock, .perturb_seed = seed});
  std::string order;
  std::array<Readable, 3> readable;
  std::vector<std::unique_ptr<FdWatcher>> watchers(3);
  for (std::size_t i = 0; i < 3; ++i) {
    watchers[i] =
        std::make_unique<FdWatcher>(loop, readable[i].fd(), FdWatcher::kReadable, [&, i](unsigned) {
          order += static_cast<char>('a' + i);
          watchers[i] = nullptr;
        });
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(loop.post([&order, i] { order += static_cast<char>('0' + i); }).ok());
  }
  loop.setTimeout([&order] { order += 'x'; }, Duration::zero());
  loop.setTimeout([&order] { order += 'y'; }, Duration::zero());
  loop.setImmediate([&order] { order += 'i'; });
  loop.run();
  return order;
}

bool comesBefore(const std::string& order, char first, char second) {
  return order.find(first) < order.find(second);
}

TEST(PerturbedTest, EachSeedIsOneOrderAndTheSameEachTime) {
  std::vector<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    orders.push_back(orderOf(seed));
    EXPECT_EQ(orderOf(seed), orders.back()) << "perturb_seed = " << seed;
  }
  std::sort(orders.begin(), orders.end());
  const auto distinct = std::unique(orders.begin(), orders.end()) - orders.begin();
  EXPECT_GT(distinct, 30);
}

TEST(PerturbedTest, WhatThePromisesSayStillHolds) {
  EXPECT_FALSE(firstFailingSeed(200, [](std::uint64_t seed) {
    const std::string order = orderOf(seed);
    return order.size() == 9 && comesBefore(order, '0', '1') && comesBefore(order, '1', '2') &&
           comesBefore(order, 'x', 'y');
  }));
}

// A program with a mistake: it takes what one descriptor brings for granted when another is ready,
// because the kernel happens to report them in the order in which they were added.
bool greetingIsThere(std::uint64_t seed) {
  EventLoop loop({.perturb_seed = seed});
  Readable first;
  Readable second;
  std::string greeting;
  std::string said;
  std::unique_ptr<FdWatcher> loader;
  std::unique_ptr<FdWatcher> speaker;
  loader = std::make_unique<FdWatcher>(loop, first.fd(), FdWatcher::kReadable, [&](unsigned) {
    greeting = "hello";
    loader = nullptr;
  });
  speaker = std::make_unique<FdWatcher>(loop, second.fd(), FdWatcher::kReadable, [&](unsigned) {
    said = greeting;
    speaker = nullptr;
  });
  loop.run();
  return said == "hello";
}

TEST(PerturbedTest, ARaceThatNobodySeesOtherwiseIsFoundWithin200Seeds) {
  EXPECT_TRUE(greetingIsThere(0));
  testing::internal::CaptureStderr();
  const auto seed = firstFailingSeed(200, greetingIsThere);
  const std::string printed = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(seed.has_value());
  EXPECT_FALSE(greetingIsThere(*seed));
  EXPECT_EQ(printed,
            "weft: fails with LoopOptions{.perturb_seed = " + std::to_string(*seed) + "}\n");
}

TEST(PerturbedTest, WhatABodyThrowsIsHandedOnWithItsSeedPrinted) {
  testing::internal::CaptureStderr();
  EXPECT_THROW(firstFailingSeed(10,
                                [](std::uint64_t seed) {
                                  if (seed == 3) throw std::runtime_error("third");
                                  return true;
                                }),
               std::runtime_error);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "weft: fails with LoopOptions{.perturb_seed = 3}\n");
}

}  // namespace
}  // namespace weft::loop
