// Observers of weft/loop/observer.h that throw, leave, or call the loop while they are told
// something.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string_view>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/observer.h"
#include "weft/tests/loop/observer_fixture.h"

namespace weft::loop {
namespace {

using ObserverChangesTest = ObserverTest;

TEST_F(ObserverChangesTest, AnObserverThatThrowsIsReportedOnceAndTheLoopGoesOn) {
  struct Thrower final : Observer {
    void before(AsyncId) override { throw std::runtime_error("I cannot look"); }
  } thrower;
  loop_.addObserver(thrower);
  loop_.addObserver(recorder_);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) loop_.nextTick(note("ran"));
  loop_.run();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "weft: an observer threw and was removed: I cannot look\n");
  EXPECT_EQ(log_, (Log{"ran", "ran", "ran"}));
  EXPECT_EQ(recorder_.log.size(), 12u) << "the other one is told everything";
  loop_.removeObserver(recorder_);
}

// Does something once, in the function that it is made for.
struct Once final : Observer {
  unsigned hooks() const noexcept override { return kLife | kCalls | kIterations; }
  void init(AsyncId, AsyncKind, AsyncId, cls::Location, FrameId) override { now("init"); }
  void before(AsyncId) override { now("before"); }
  void after(AsyncId) override { now("after"); }
  void destroy(AsyncId) override { now("destroy"); }
  void ran(const Ran&) override { now("ran"); }
  void iterated(const Iteration&) override { now("iterated"); }
  void now(std::string_view here) {
    ++told;
    if (here == in) act();
  }

  std::string_view in;
  std::function<void()> act;
  int told = 0;
};
constexpr std::array kFunctions = {"init", "before", "after", "destroy", "ran", "iterated"};

TEST_F(ObserverChangesTest, AnObserverMayThrowAnywhereAndTheCallbacksRun) {
  for (const char* in : kFunctions) {
    EventLoop loop({.clock = &clock_});
    Once thrower;
    thrower.in = in;
    thrower.act = [] { throw std::runtime_error("I cannot look"); };
    Recorder other;
    loop.addObserver(thrower);
    loop.addObserver(other);
    ::testing::internal::CaptureStderr();
    int ran = 0;
    loop.setImmediate([&] { ++ran; });
    loop.setImmediate([&] { loop.nextTick([&] { ++ran; }); });
    loop.run();
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "weft: an observer threw and was removed: I cannot look\n")
        << in;
    EXPECT_EQ(ran, 2) << in;
    EXPECT_EQ(other.log.size(), 3u * 4) << in << ": the other one is told everything";
    const int told = thrower.told;
    loop.setImmediate([] {});
    loop.run();
    EXPECT_EQ(thrower.told, told) << in << ": it is told nothing more";
    loop.removeObserver(other);
  }
}

TEST_F(ObserverChangesTest, AnObserverMayRemoveItselfAnywhere) {
  for (const char* in : kFunctions) {
    EventLoop loop({.clock = &clock_});
    Once leaver;
    leaver.in = in;
    leaver.act = [&] { loop.removeObserver(leaver); };
    Recorder other;
    loop.addObserver(leaver);
    loop.addObserver(other);
    int ran = 0;
    loop.setImmediate([&] { ++ran; });
    loop.setImmediate([&] { loop.nextTick([&] { ++ran; }); });
    loop.run();
    EXPECT_EQ(ran, 2) << in;
    EXPECT_EQ(other.log.size(), 3u * 4) << in;
    const int told = leaver.told;
    loop.setImmediate([] {});
    loop.run();
    EXPECT_EQ(leaver.told, told) << in;
    loop.removeObserver(other);
  }
}

TEST_F(ObserverChangesTest, WhenTheOnlyObserverThrewTheLoopIsAsUnobservedAsBefore) {
  struct Thrower final : Observer {
    unsigned hooks() const noexcept override { return kIterations | kNumbers; }
    void iterated(const Iteration&) override { throw 1; }
  } thrower;
  const void* const token = cls::idleToken();
  loop_.addObserver(thrower);
  EXPECT_NE(cls::idleToken(), token);
  loop_.setImmediate([] {});
  ::testing::internal::CaptureStderr();
  loop_.run();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "weft: an observer threw and was removed: an exception of unknown type\n");
  EXPECT_EQ(cls::idleToken(), token);
}

TEST_F(ObserverChangesTest, AnObserverMayRemoveItselfAndAddAnother) {
  struct Leaver final : Observer {
    void after(AsyncId) override {
      ++told;
      loop->removeObserver(*this);
      loop->addObserver(*successor);
    }
    EventLoop* loop;
    Observer* successor;
    int told = 0;
  } leaver;
  leaver.loop = &loop_;
  leaver.successor = &recorder_;
  loop_.addObserver(leaver);
  loop_.nextTick([&] { loop_.nextTick(note("second")); });
  loop_.run();
  EXPECT_EQ(leaver.told, 1);
  EXPECT_EQ(log_, Log{"second"});
  EXPECT_EQ(recorder_.log, (Log{"after 1", "destroy 1", "before 2", "after 2", "destroy 2"}));
  loop_.removeObserver(recorder_);
}

TEST_F(ObserverChangesTest, WhatAnObserverSchedulesIsNotObserved) {
  struct Scheduler final : Observer {
    void init(AsyncId, AsyncKind, AsyncId, cls::Location, FrameId) override {
      ++inits;
      loop->nextTick([this] { ++ran; });
    }
    EventLoop* loop;
    int inits = 0;
    int ran = 0;
  } scheduler;
  scheduler.loop = &loop_;
  loop_.addObserver(scheduler);
  loop_.nextTick([] {});
  loop_.run();
  EXPECT_EQ(scheduler.inits, 1);
  EXPECT_EQ(scheduler.ran, 1);
  loop_.removeObserver(scheduler);
}

}  // namespace
}  // namespace weft::loop
