#include "weft/loop/observer.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/tests/loop/observer_fixture.h"

namespace weft::loop {
namespace {

TEST_F(ObserverTest, ACallbackIsInitedRunAndDestroyed) {
  loop_.addObserver(recorder_);
  const int line = __LINE__ + 1;
  loop_.nextTick([] {});
  loop_.run();
  EXPECT_EQ(recorder_.log, (Log{"init 1 tick by 0", "before 1", "after 1", "destroy 1"}));
  EXPECT_EQ(recorder_.where[1].line, line);
  EXPECT_NE(std::string(recorder_.where[1].file).find("observer_test.cc"), std::string::npos);
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, TheTriggerIsTheCallbackThatScheduled) {
  loop_.addObserver(recorder_);
  std::vector<AsyncId> seen;
  const auto see = [&] {
    seen.push_back(loop_.executionAsyncId());
    seen.push_back(loop_.triggerAsyncId());
  };
  see();
  loop_.setImmediate([&] {
    see();
    loop_.nextTick([&] {
      see();
      loop_.setTimeout(see, milliseconds(1));
    });
    loop_.queueMicrotask(see);
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<AsyncId>{0, 0, 1, 0, 2, 1, 3, 1, 4, 2}));
  EXPECT_EQ(loop_.executionAsyncId(), 0u);
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, EachKindIsNamed) {
  loop_.addObserver(recorder_);
  const int fd = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  {
    FdWatcher watcher(loop_, fd, FdWatcher::kReadable,
                      [&](unsigned) { watcher.setInterest(FdWatcher::kNone); });
    TimerHandle interval = loop_.setInterval([&] { interval.clear(); }, milliseconds(1));
    ASSERT_TRUE(loop_.post([] {}).ok());
    loop_.queueClose([] {});
    loop_.run();
  }
  ::close(fd);
  Log inits;
  for (const std::string& line : recorder_.log) {
    if (line.starts_with("init")) inits.push_back(line);
  }
  EXPECT_EQ(inits, (Log{"init 1 watcher by 0", "init 2 interval by 0", "init 3 post by 0",
                        "init 4 close by 0"}));
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, AnIntervalIsInitedOnceAndRunsOften) {
  loop_.addObserver(recorder_);
  int rounds = 0;
  TimerHandle interval = loop_.setInterval([&] { ++rounds == 3 && interval.clear(); }, seconds(1));
  loop_.run();
  EXPECT_EQ(recorder_.log, (Log{"init 1 interval by 0", "before 1", "after 1", "before 1",
                                "after 1", "before 1", "after 1", "destroy 1"}));
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, WhatIsClearedIsDestroyedWithoutHavingRun) {
  loop_.addObserver(recorder_);
  loop_.setTimeout([] {}, seconds(1)).clear();
  EXPECT_EQ(recorder_.log, (Log{"init 1 timeout by 0", "destroy 1"}));
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, WhenACallbackThrowsAfterComesWhenTheHandlerHasReturned) {
  loop_.addObserver(recorder_);
  loop_.onUncaughtException([&](std::exception_ptr) {
    recorder_.log.push_back("handler in " + std::to_string(loop_.executionAsyncId()));
  });
  loop_.nextTick([] { throw std::runtime_error("no"); });
  loop_.run();
  EXPECT_EQ(recorder_.log,
            (Log{"init 1 tick by 0", "before 1", "handler in 1", "after 1", "destroy 1"}));
  EXPECT_EQ(loop_.executionAsyncId(), 0u);
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, CallsAreToldAlsoOfWhatWasScheduledBefore) {
  TimerHandle interval = loop_.setInterval([&] { interval.clear(); }, seconds(1));
  recorder_.wanted = Observer::kCalls | Observer::kNumbers;
  loop_.addObserver(recorder_);
  loop_.setImmediate([] {});
  loop_.run();
  EXPECT_EQ(recorder_.calls, (Log{"immediate 1", "timeout"}));
  EXPECT_TRUE(recorder_.log.empty()) << "nobody asked for a life";
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, SeveralObserversOfCallsAreAllToldAndTheLastOneStill) {
  Recorder other;
  recorder_.wanted = other.wanted = Observer::kCalls | Observer::kNumbers;
  loop_.addObserver(recorder_);
  loop_.addObserver(other);
  loop_.setImmediate([] {});
  loop_.run();
  loop_.removeObserver(recorder_);
  loop_.setImmediate([] {});
  loop_.run();
  loop_.removeObserver(other);
  EXPECT_EQ(recorder_.calls, Log{"immediate 1"});
  EXPECT_EQ(other.calls, (Log{"immediate 1", "immediate 2"}));
}

TEST_F(ObserverTest, IterationsSayWhereTheTimeWentAndHowMuchRan) {
  recorder_.wanted = Observer::kIterations;
  loop_.addObserver(recorder_);
  loop_.setTimeout([&] { clock_.advance(milliseconds(3)); }, milliseconds(10));
  loop_.setImmediate([&] {
    clock_.advance(milliseconds(7));
    loop_.nextTick([] {});
    loop_.nextTick([] {});
  });
  loop_.run();
  Duration idle{}, busy{}, timers{}, immediates{};
  for (const Iteration& i : recorder_.iterations) {
    idle += i.idle;
    busy += i.busy();
    timers += i.phases[static_cast<int>(Phase::kTimers)];
    immediates += i.phases[static_cast<int>(Phase::kImmediates)];
  }
  EXPECT_EQ(idle, milliseconds(3));
  EXPECT_EQ(busy, milliseconds(10));
  EXPECT_EQ(timers, milliseconds(3));
  EXPECT_EQ(immediates, milliseconds(7));
  EXPECT_EQ(calls(AsyncKind::kTimeout), 1u);
  EXPECT_EQ(calls(AsyncKind::kImmediate), 1u);
  EXPECT_EQ(calls(AsyncKind::kTick), 2u);
  EXPECT_EQ(recorder_.iterations.front().timers, 1u);
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, IterationsCountIntervalsAsTimeouts) {
  EXPECT_EQ(countedAs(AsyncKind::kInterval), AsyncKind::kTimeout);
  EXPECT_EQ(countedAs(AsyncKind::kWork), AsyncKind::kPost);
  EXPECT_EQ(countedAs(AsyncKind::kTick), AsyncKind::kTick);
  recorder_.wanted = Observer::kIterations;
  loop_.addObserver(recorder_);
  TimerHandle interval = loop_.setInterval([&] { interval.clear(); }, seconds(1));
  loop_.run();
  EXPECT_EQ(calls(AsyncKind::kTimeout), 1u);
  EXPECT_EQ(calls(AsyncKind::kInterval), 0u);
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverTest, OneAddedInACallbackSeesWhatIsScheduledFromThereOn) {
  loop_.setImmediate([&] {
    loop_.addObserver(recorder_);
    loop_.setImmediate([&] { loop_.removeObserver(recorder_); });
  });
  loop_.run();
  EXPECT_EQ(recorder_.log, (Log{"init 1 immediate by 0", "before 1"}));
  loop_.setImmediate([] {});
  loop_.run();
  EXPECT_EQ(recorder_.log.size(), 2u);
}

TEST_F(ObserverTest, TheChainOfCallbacksIsKeptAndBounded) {
  recorder_.wanted = Observer::kNumbers;
  loop_.addObserver(recorder_);
  int depth = 0;
  std::size_t longest = 0;
  std::function<void()> again = [&] {
    std::size_t chain = 0;
    AsyncId last = loop_.executionAsyncId() + 1;
    for (const Scheduled* s = loop_.currentCallback(); s != nullptr; s = s->parent) {
      EXPECT_EQ(s->id, last - 1);
      last = s->id;
      ++chain;
    }
    longest = std::max(longest, chain);
    EXPECT_GE(chain, std::min<std::size_t>(depth + 1, 32));
    if (++depth < 1000) loop_.nextTick(again);
  };
  loop_.nextTick(again);
  loop_.run();
  EXPECT_EQ(depth, 1000);
  EXPECT_LE(longest, 65u);
  loop_.removeObserver(recorder_);
}

#if WEFT_CLS
TEST_F(ObserverTest, ObservedCallbacksKeepTheirContexts) {
  struct Reader final : Observer {
    void init(AsyncId, AsyncKind, AsyncId, cls::Location, FrameId frame) override { see(frame); }
    void before(AsyncId) override { see(cls::currentFrameId()); }
    void after(AsyncId) override { see(cls::currentFrameId()); }
    void see(FrameId frame) {
      const std::string* id = ns.get<std::string>("id");
      log.push_back(id != nullptr && frame != 0 ? *id : "-");
    }
    cls::Namespace ns = cls::createNamespace("request");
    Log log;
  } reader;
  loop_.addObserver(reader);
  reader.ns.run([&] {
    reader.ns.set("id", "one");
    loop_.setTimeout([&] { log_.push_back(*reader.ns.get<std::string>("id")); }, seconds(1));
  });
  loop_.run();
  EXPECT_EQ(log_, Log{"one"});
  EXPECT_EQ(reader.log, (Log{"one", "one", "one"}));
  EXPECT_EQ(cls::liveContexts(), 0u);
  loop_.removeObserver(reader);
}
#endif

TEST_F(ObserverTest, TwoLoopsOfAThreadAreObservedApart) {
  EventLoop other({.clock = &clock_});
  loop_.addObserver(recorder_);
  other.nextTick([&] { loop_.nextTick(note("mine")); });
  other.run();
  loop_.nextTick([&] { other.nextTick(note("theirs")); });
  loop_.run();
  other.run();
  EXPECT_EQ(log_, (Log{"mine", "theirs"}));
  EXPECT_EQ(recorder_.log.size(), 8u);
  loop_.removeObserver(recorder_);
}

}  // namespace
}  // namespace weft::loop
