#include "weft/loop/co_wait.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

using namespace std::chrono_literals;

TEST(CoWaitTest, TicksImmediatesAndTimeComeInTheLoopsOrder) {
  ManualClock clock;
  EventLoop loop({.clock = &clock});
  std::string trace;
  spawn(loop, [&]() -> Co<> {
    co_await sleep(2ms);
    trace += "t";
  });
  spawn(loop, [&]() -> Co<> {
    co_await nextImmediate();
    trace += "i";
  });
  spawn(loop, [&]() -> Co<> {
    co_await nextTick();
    trace += "n";
  });
  loop.run();
  EXPECT_EQ(trace, "nit");
}

TEST(CoWaitTest, ASleepLastsAsLongAsItSays) {
  ManualClock clock;
  EventLoop loop({.clock = &clock});
  const TimePoint begin = loop.now();
  Duration slept{};
  spawn(loop, [&]() -> Co<> {
    co_await sleep(3s);
    slept = (co_await thisLoop()).now() - begin;
  });
  loop.run();
  EXPECT_EQ(slept, 3s);
}

class CoPipeTest : public testing::Test {
 protected:
  CoPipeTest() { EXPECT_EQ(pipe(ends), 0); }
  ~CoPipeTest() override {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
  EventLoop loop;
};

TEST_F(CoPipeTest, ADescriptorWakesWhenItIsReady) {
  std::string trace;
  spawn(loop, [&]() -> Co<> {
    EXPECT_TRUE(co_await writable(ends[1]) & FdWatcher::kWritable);
    trace += "w";
    EXPECT_TRUE(co_await readable(ends[0]) & FdWatcher::kReadable);
    trace += "r";
  });
  loop.setImmediate([&] { loop.setImmediate([&] { EXPECT_EQ(write(ends[1], "x", 1), 1); }); });
  loop.run();
  EXPECT_EQ(trace, "wr");
}

TEST_F(CoPipeTest, ADroppedWaitForADescriptorIsOver) {
  bool woken = false;
  {
    Running<> running = start(loop, [&]() -> Co<> {
      co_await readable(ends[0]);
      woken = true;
    });
  }
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_FALSE(loop.alive());
  loop.run();
  EXPECT_FALSE(woken);
}

TEST(CoWaitTest, ADroppedWaitKeepsNothingAlive) {
  EventLoop loop;
  {
    Running<> running = start(loop, []() -> Co<> { co_await sleep(1h); });
  }
  {
    Running<> running = start(loop, []() -> Co<> { co_await nextImmediate(); });
  }
  {
    Running<> running = start(loop, []() -> Co<> { co_await nextTick(); });
  }
  loop.run();
  SUCCEED() << "run() returned";
}

TEST(CoWaitTest, ADescriptorThatCannotBePolledIsRefused) {
  EventLoop loop;
  bool refused = false;
  const int file = open("/proc/self/exe", O_RDONLY);
  spawn(loop, [&]() -> Co<> {
    try {
      co_await readable(file);
    } catch (const UsageError&) {
      refused = true;
    }
  });
  EXPECT_TRUE(refused);
  close(file);
}

}  // namespace
}  // namespace weft::loop
