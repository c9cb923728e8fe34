#include "weft/loop/loop_group.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/work.h"

namespace weft::loop {
namespace {

// Stops the group at the last of so many.
class Countdown {
 public:
  Countdown(LoopGroup& group, int count) : group_(group), left_(count) {}
  void operator()() {
    if (--left_ == 0) group_.stop();
  }

 private:
  LoopGroup& group_;
  std::atomic<int> left_;
};

TEST(LoopGroupTest, EachLoopHasAThreadAndWorkGoesRound) {
  LoopGroup group({.loops = 3});
  EXPECT_EQ(group.size(), 3u);
  Countdown countdown(group, 6);
  std::mutex mutex;
  std::multiset<std::thread::id> threads;
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(group
                    .post([&] {
                      {
                        const std::lock_guard lock(mutex);
                        threads.insert(std::this_thread::get_id());
                      }
                      countdown();
                    })
                    .ok());
  }
  group.join();
  const std::set<std::thread::id> different(threads.begin(), threads.end());
  EXPECT_EQ(different.size(), 3u);
  for (const std::thread::id& id : different) EXPECT_EQ(threads.count(id), 2u);
}

TEST(LoopGroupTest, AKeyAlwaysMeansTheSameLoop) {
  LoopGroup group({.loops = 4});
  std::set<std::size_t> used;
  for (int key = 0; key < 64; ++key) {
    EXPECT_EQ(group.indexOf(key), group.indexOf(key));
    used.insert(group.indexOf(key));
  }
  EXPECT_EQ(used.size(), 4u);
  Countdown countdown(group, 20);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(group
                    .postByKey(std::string("ada"),
                               [&] {
                                 {
                                   const std::lock_guard lock(mutex);
                                   threads.insert(std::this_thread::get_id());
                                 }
                                 countdown();
                               })
                    .ok());
  }
  group.join();
  EXPECT_EQ(threads.size(), 1u);
}

#if WEFT_CLS
TEST(LoopGroupTest, ContextsCrossAsASnapshotAndNothingComesBack) {
  const cls::Namespace ns = cls::createAnonymousNamespace();
  LoopGroup group({.loops = 2});
  std::atomic<int> seen = 0;
  std::atomic<bool> leaked = false;
  std::atomic<int> done = 0;
  const auto end = [&] {
    if (++done == 2) group.stop();
  };
  ns.run([&] {
    ns.set("n", 7);
    EXPECT_TRUE(group
                    .postTo(0,
                            [&] {
                              seen = *ns.get<int>("n");
                              ns.set("n", 8);
                              // From loop to loop.
                              EXPECT_TRUE(group
                                              .postTo(1,
                                                      [&] {
                                                        seen = seen * 10 + *ns.get<int>("n");
                                                        end();
                                                      })
                                              .ok());
                            })
                    .ok());
    EXPECT_TRUE(group
                    .postTo(0,
                            [&] {
                              leaked = *ns.get<int>("n") != 7;
                              end();
                            })
                    .ok());
    EXPECT_EQ(*ns.get<int>("n"), 7);
  });
  group.join();
  EXPECT_EQ(seen, 78);
  EXPECT_FALSE(leaked);
}
#endif

TEST(LoopGroupTest, WhatASetupReturnsIsDestroyedOnItsThreadBeforeItsLoop) {
  struct Server {
    EventLoop* loop;
    std::thread::id home = std::this_thread::get_id();
    std::atomic<int>* destroyed;
    ~Server() {
      EXPECT_EQ(std::this_thread::get_id(), home);
      loop->nextTick([] {});  // it is there still
      ++*destroyed;
    }
  };
  std::atomic<int> destroyed = 0;
  std::atomic<std::size_t> indexes = 0;
  {
    LoopGroup group({.loops = 3}, [&](EventLoop& loop, std::size_t index) {
      indexes += index + 1;
      return std::make_shared<Server>(Server{&loop, std::this_thread::get_id(), &destroyed});
    });
    destroyed = 0;  // of the temporaries
  }
  EXPECT_EQ(destroyed, 3);
  EXPECT_EQ(indexes, 6u);
}

TEST(LoopGroupTest, WhatASetupThrowsIsThrownAndNobodyRuns) {
  std::atomic<int> ran = 0;
  const auto make = [&] {
    LoopGroup group({.loops = 3}, [&](EventLoop& loop, std::size_t index) {
      loop.nextTick([&] { ++ran; });
      if (index == 1) throw std::runtime_error("no port");
      return nullptr;
    });
  };
  EXPECT_THROW(make(), std::runtime_error);
  EXPECT_EQ(ran, 0);
}

TEST(LoopGroupTest, AnExceptionThatNobodyTakesStopsTheGroupAndLeavesJoin) {
  LoopGroup group({.loops = 3});
  EXPECT_TRUE(group.post([] { throw std::runtime_error("broken"); }).ok());
  EXPECT_THROW(group.join(), std::runtime_error);
  EXPECT_EQ(group.postTo(0, [] {}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(LoopGroupTest, ItsLoopsShareOnePool) {
  auto pool = std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 1});
  std::vector<EventLoop*> loops(2);
  LoopGroup group({.loops = 2, .pool = pool}, [&](EventLoop& loop, std::size_t index) {
    loops[index] = &loop;
    return nullptr;
  });
  Countdown countdown(group, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(group
                    .postTo(i,
                            [&, i] {
                              work(
                                  *loops[i], [] {},
                                  [&](absl::Status status) {
                                    EXPECT_TRUE(status.ok());
                                    countdown();
                                  });
                            })
                    .ok());
  }
  group.join();
  EXPECT_EQ(pool->load().threads, 1u);
}

TEST(LoopGroupTest, WrongUsesAreRefused) {
  LoopGroup group({.loops = 1});
  EXPECT_THROW((void)group.postTo(1, [] {}), UsageError);
  EXPECT_THROW((void)group.post(std::function<void()>()), UsageError);
  group.stop();
  group.stop();
}

}  // namespace
}  // namespace weft::loop
