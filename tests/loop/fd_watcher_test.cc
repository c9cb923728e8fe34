#include "weft/loop/fd_watcher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/loop/message_of.h"

namespace weft::loop {
namespace {

// Two connected sockets.
class Pair {
 public:
  Pair() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) std::abort();
    near_ = fds[0];
    far_ = fds[1];
  }
  ~Pair() {
    close(near_);
    close(far_);
  }
  int near() const { return near_; }
  void sendToNear() const { ASSERT_EQ(write(far_, "x", 1), 1); }
  char receive() const {
    char byte = 0;
    return read(near_, &byte, 1) == 1 ? byte : '-';
  }

 private:
  int near_;
  int far_;
};

class FdWatcherTest : public ::testing::Test {
 protected:
  EventLoop loop_;
  Pair pair_;
};

TEST_F(FdWatcherTest, CallsBackAsLongAsTheDescriptorIsReady) {
  int calls = 0;
  std::optional<FdWatcher> watcher;
  watcher.emplace(loop_, pair_.near(), FdWatcher::kReadable, [&](unsigned ready) {
    EXPECT_EQ(ready, FdWatcher::kReadable);
    if (++calls == 3) {
      EXPECT_EQ(pair_.receive(), 'x');
      watcher->setInterest(FdWatcher::kNone);
    }
  });
  pair_.sendToNear();
  loop_.run();
  EXPECT_EQ(calls, 3);
}

TEST_F(FdWatcherTest, TellsWhatIsReadyWithinTheInterest) {
  std::vector<unsigned> told;
  std::optional<FdWatcher> watcher;
  watcher.emplace(loop_, pair_.near(), FdWatcher::kReadable | FdWatcher::kWritable,
                  [&](unsigned ready) {
                    told.push_back(ready);
                    if (told.size() == 1) pair_.sendToNear();
                    if (told.size() == 2) watcher->setInterest(FdWatcher::kReadable);
                    if (told.size() == 3) watcher.reset();
                  });
  EXPECT_EQ(watcher->interest(), FdWatcher::kReadable | FdWatcher::kWritable);
  EXPECT_EQ(watcher->fd(), pair_.near());
  loop_.run();
  EXPECT_EQ(told, (std::vector<unsigned>{FdWatcher::kWritable,
                                         FdWatcher::kReadable | FdWatcher::kWritable,
                                         FdWatcher::kReadable}));
}

TEST_F(FdWatcherTest, APausedWatcherIsNotCalledAndDoesNotKeepTheLoopRunning) {
  FdWatcher watcher(loop_, pair_.near(), FdWatcher::kNone, [](unsigned) { FAIL(); });
  pair_.sendToNear();
  loop_.run();
  watcher.setInterest(FdWatcher::kReadable);
  EXPECT_TRUE(loop_.alive());
  watcher.setInterest(FdWatcher::kNone);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(FdWatcherTest, MayBeDestroyedInItsOwnCallback) {
  const auto held = std::make_shared<std::string>("still here");
  std::optional<FdWatcher> watcher;
  watcher.emplace(loop_, pair_.near(), FdWatcher::kWritable, [&watcher, held](unsigned) {
    watcher.reset();
    EXPECT_EQ(*held, "still here");
  });
  loop_.run();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(FdWatcherTest, OneThatIsReadyButDestroyedBeforeItsTurnIsNotCalled) {
  Pair other;
  std::optional<FdWatcher> first;
  std::optional<FdWatcher> second;
  int calls = 0;
  first.emplace(loop_, pair_.near(), FdWatcher::kWritable, [&](unsigned) {
    ++calls;
    second.reset();
    first.reset();
  });
  second.emplace(loop_, other.near(), FdWatcher::kWritable, [&](unsigned) {
    ++calls;
    first.reset();
    second.reset();
  });
  loop_.run();
  EXPECT_EQ(calls, 1);
}

TEST_F(FdWatcherTest, OneWhoseInterestWasTakenAwayBeforeItsTurnIsNotCalled) {
  Pair other;
  std::optional<FdWatcher> first;
  std::optional<FdWatcher> second;
  int calls = 0;
  const auto pause = [&](unsigned) {
    ++calls;
    first->setInterest(FdWatcher::kNone);
    second->setInterest(FdWatcher::kNone);
  };
  first.emplace(loop_, pair_.near(), FdWatcher::kWritable, pause);
  second.emplace(loop_, other.near(), FdWatcher::kWritable, pause);
  loop_.run();
  EXPECT_EQ(calls, 1);
}

TEST_F(FdWatcherTest, AnExceptionFromADestroyedWatcherReachesTheHandler) {
  std::optional<FdWatcher> watcher;
  std::string caught;
  loop_.onUncaughtException([&](std::exception_ptr error) { caught = tests::messageOf(error); });
  watcher.emplace(loop_, pair_.near(), FdWatcher::kWritable, [&](unsigned) {
    watcher.reset();
    throw std::runtime_error("thrown");
  });
  loop_.run();
  EXPECT_EQ(caught, "thrown");
}

TEST_F(FdWatcherTest, TicksRunBetweenReadyDescriptors) {
  Pair other;
  std::string order;
  std::optional<FdWatcher> first;
  std::optional<FdWatcher> second;
  first.emplace(loop_, pair_.near(), FdWatcher::kWritable, [&](unsigned) {
    order += 'w';
    loop_.nextTick([&] { order += 't'; });
    first.reset();
  });
  second.emplace(loop_, other.near(), FdWatcher::kWritable, [&](unsigned) {
    order += 'w';
    loop_.nextTick([&] { order += 't'; });
    second.reset();
  });
  loop_.run();
  EXPECT_EQ(order, "wtwt");
}

TEST_F(FdWatcherTest, AnUnreferencedWatcherDoesNotKeepTheLoopRunning) {
  FdWatcher watcher(loop_, pair_.near(), FdWatcher::kReadable, [](unsigned) {});
  EXPECT_TRUE(loop_.alive());
  watcher.unref();
  EXPECT_FALSE(watcher.hasRef());
  EXPECT_FALSE(loop_.alive());
  loop_.run();
  watcher.ref();
  EXPECT_TRUE(loop_.alive());
}

TEST_F(FdWatcherTest, TheContextIsThatInWhichTheWatcherWasMade) {
  cls::Namespace ns = cls::createNamespace("fd");
  std::vector<std::string> seen;
  std::optional<FdWatcher> watcher;
  ns.run([&](const cls::Context&) {
    ns.set("id", "maker");
    watcher.emplace(loop_, pair_.near(), FdWatcher::kNone, [&](unsigned) {
      const auto* id = ns.get<std::string>("id");
      seen.push_back(id != nullptr ? *id : "none");
      if (seen.size() == 2) watcher.reset();
    });
  });
  ns.run([&](const cls::Context&) {
    ns.set("id", "other");
    watcher->setInterest(FdWatcher::kWritable);
  });
  loop_.run();
  const std::string maker = cls::kEnabled ? "maker" : "none";
  EXPECT_EQ(seen, (std::vector<std::string>{maker, maker}));
}

TEST_F(FdWatcherTest, MayOutliveItsLoopAndIsThenInert) {
  const auto held = std::make_shared<int>(0);
  std::optional<FdWatcher> watcher;
  {
    EventLoop loop;
    watcher.emplace(loop, pair_.near(), FdWatcher::kReadable, [held](unsigned) {});
  }
  EXPECT_EQ(held.use_count(), 1);
  watcher->setInterest(FdWatcher::kWritable);
  watcher->unref();
}

TEST_F(FdWatcherTest, AWatcherHeldByItsOwnCallbackGoesWithTheLoop) {
  std::weak_ptr<std::optional<FdWatcher>> weak;
  {
    EventLoop loop;
    const auto watcher = std::make_shared<std::optional<FdWatcher>>();
    weak = watcher;
    watcher->emplace(loop, pair_.near(), FdWatcher::kReadable, [watcher](unsigned) {});
  }
  EXPECT_TRUE(weak.expired());
}

TEST_F(FdWatcherTest, WhatCannotBePolledIsRefused) {
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_THROW(FdWatcher(loop_, file, FdWatcher::kReadable, [](unsigned) {}), UsageError);
  close(file);
  EXPECT_THROW(FdWatcher(loop_, file, FdWatcher::kReadable, [](unsigned) {}), UsageError);
  EXPECT_THROW(
      FdWatcher(loop_, pair_.near(), FdWatcher::kReadable, std::function<void(unsigned)>()),
      UsageError);
  EXPECT_FALSE(loop_.alive());
}

}  // namespace
}  // namespace weft::loop
