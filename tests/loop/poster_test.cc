#include "weft/loop/poster.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"

namespace weft::loop {
namespace {

TEST(PosterTest, EveryPostOfFourThreadsRunsOnceAndInItsThreadsOrder) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 20'000;
  EventLoop loop;
  std::array<int, kThreads> next{};
  int finished = 0;
  bool in_order = true;
  loop.hold();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t, poster = loop.poster()] {
      for (int i = 0; i < kPosts; ++i) {
        const auto posted = poster.post([&, t, i] {
          in_order = in_order && next[t] == i;
          next[t] = i + 1;
          if (i + 1 == kPosts && ++finished == kThreads) loop.release();
        });
        ASSERT_TRUE(posted.ok());
      }
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order);
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(next[t], kPosts);
}

TEST(PosterTest, PostingToALoopThatHasEndedIsAnErrorValue) {
  std::optional<EventLoop> loop;
  loop.emplace();
  const Poster poster = loop->poster();
  EXPECT_FALSE(poster.loopHasEnded());
  loop.reset();
  EXPECT_TRUE(poster.loopHasEnded());
  const auto held = std::make_shared<int>(0);
  const absl::Status posted = poster.post([held] { FAIL(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(posted));
  EXPECT_EQ(held.use_count(), 1);
  poster.stop();
}

TEST(PosterTest, ThreadsMayPostWhileTheLoopEnds) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> go = false;
    std::thread thread;
    const auto held = std::make_shared<int>(0);
    {
      EventLoop loop;
      thread = std::thread([&go, held, poster = loop.poster()] {
        go.wait(false);
        while (poster.post([held] {}).ok()) {
        }
      });
      ASSERT_TRUE(loop.post([] {}).ok());
      go = true;
      go.notify_one();
      loop.run();
    }
    thread.join();
    EXPECT_EQ(held.use_count(), 1);
  }
}

TEST(PosterTest, ABoundedQueueRefusesMoreThanItsLimit) {
  EventLoop loop({.max_posts = 2});
  int ran = 0;
  const auto count = [&ran] { ++ran; };
  EXPECT_TRUE(loop.post(count).ok());
  EXPECT_TRUE(loop.post(count).ok());
  const absl::Status refused = loop.post(count);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  loop.run();
  EXPECT_EQ(ran, 2);
  EXPECT_TRUE(loop.post(count).ok());
  loop.run();
  EXPECT_EQ(ran, 3);
}

TEST(PosterTest, APostWhoseCopyThrowsIsNotQueued) {
  struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) { throw std::runtime_error("copy"); }
    void operator()() const { FAIL(); }
  };
  EventLoop loop;
  const Throwing throwing;
  EXPECT_THROW(loop.post(throwing).IgnoreError(), std::runtime_error);
  loop.run();
}

TEST(PosterTest, ACallableMayPostWhenItIsCopied) {
  struct Nested {
    EventLoop* loop;
    int* ran;
    Nested(EventLoop* l, int* r) : loop(l), ran(r) {}
    Nested(const Nested& other) : loop(other.loop), ran(other.ran) {
      EXPECT_TRUE(loop->post([r = ran] { ++*r; }).ok());
    }
    void operator()() const { ++*ran; }
  };
  EventLoop loop;
  int ran = 0;
  const Nested nested(&loop, &ran);
  EXPECT_TRUE(loop.post(nested).ok());
  loop.run();
  EXPECT_EQ(ran, 2);
}

TEST(PosterTest, StopFromAnotherThreadEndsALoopThatSleeps) {
  EventLoop loop;
  loop.hold();
  std::thread thread([poster = loop.poster()] { poster.stop(); });
  loop.run();
  thread.join();
  EXPECT_TRUE(loop.alive());
  loop.release();
}

TEST(PosterTest, PostsOfOtherThreadsCarryNoContextAndThoseOfTheOwnDo) {
  cls::Namespace ns = cls::createNamespace("post");
  EventLoop loop;
  std::vector<std::string> seen;
  const auto see = [&] {
    const auto* id = ns.get<std::string>("id");
    seen.push_back(id != nullptr ? *id : "none");
  };
  ns.run([&](const cls::Context&) {
    ns.set("id", "a");
    ASSERT_TRUE(loop.post(see).ok());
  });
  loop.run();
  loop.hold();
  std::thread thread([&, poster = loop.poster()] {
    cls::Namespace own = cls::createNamespace("other thread");
    own.run([&](const cls::Context&) {
      ASSERT_TRUE(poster
                      .post([&] {
                        see();
                        loop.release();
                      })
                      .ok());
    });
  });
  loop.run();
  thread.join();
  EXPECT_EQ(seen, (std::vector<std::string>{cls::kEnabled ? "a" : "none", "none"}));
}

TEST(PosterTest, NullCallablesAreRefused) {
  EventLoop loop;
  EXPECT_THROW(loop.post(std::function<void()>()).IgnoreError(), UsageError);
  EXPECT_THROW(loop.poster().post(std::function<void()>()).IgnoreError(), UsageError);
}

}  // namespace
}  // namespace weft::loop
