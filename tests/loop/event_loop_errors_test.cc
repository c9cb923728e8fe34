#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/loop/event_loop_fixture.h"
#include "weft/tests/loop/message_of.h"

namespace weft::loop {
namespace {

using EventLoopErrorsTest = EventLoopTest;

TEST_F(EventLoopErrorsTest, AnExceptionLeavesRunAndTheRestWaits) {
  loop_.nextTick([] { throw std::runtime_error("tick"); });
  loop_.nextTick(note("after"));
  EXPECT_THROW(loop_.run(), std::runtime_error);
  EXPECT_EQ(log_, Log{});
  loop_.run();
  EXPECT_EQ(log_, Log{"after"});
}

TEST_F(EventLoopErrorsTest, AHandlerTakesExceptionsOfEveryPhase) {
  loop_.onUncaughtException(
      [this](std::exception_ptr error) { log_.push_back(tests::messageOf(error)); });
  const auto thrower = [this](std::string text) {
    return [this, text] {
      loop_.nextTick(note("tick after " + text));
      throw std::runtime_error(text);
    };
  };
  loop_.nextTick(thrower("tick"));
  loop_.queueMicrotask(thrower("microtask"));
  loop_.setTimeout(thrower("timeout"), seconds(0));
  ASSERT_TRUE(loop_.post(thrower("post")).ok());
  loop_.setImmediate(thrower("immediate"));
  loop_.queueClose(thrower("close"));
  loop_.run();
  EXPECT_EQ(log_, (Log{"tick", "tick after tick", "microtask", "tick after microtask", "timeout",
                       "tick after timeout", "post", "tick after post", "immediate",
                       "tick after immediate", "close", "tick after close"}));
}

TEST_F(EventLoopErrorsTest, WhatAHandlerThrowsLeavesRun) {
  loop_.onUncaughtException([](std::exception_ptr) { throw std::logic_error("handler"); });
  loop_.setImmediate([] { throw std::runtime_error("immediate"); });
  loop_.setImmediate(note("other"));
  EXPECT_THROW(loop_.run(), std::logic_error);
  EXPECT_EQ(log_, Log{});
  loop_.onUncaughtException(nullptr);
  loop_.run();
  EXPECT_EQ(log_, Log{"other"});
}

TEST_F(EventLoopErrorsTest, EachPhaseGoesOnAfterAnExceptionLeftRun) {
  const auto thrower = [] { throw std::runtime_error("thrown"); };
  loop_.queueMicrotask(thrower);
  loop_.queueMicrotask(note("microtask"));
  loop_.setTimeout(thrower, seconds(0));
  loop_.setTimeout(note("timeout"), seconds(0));
  ASSERT_TRUE(loop_.post(thrower).ok());
  ASSERT_TRUE(loop_.post(note("post")).ok());
  loop_.setImmediate(thrower);
  loop_.setImmediate(note("immediate"));
  loop_.queueClose(thrower);
  loop_.queueClose(note("close"));
  int thrown = 0;
  while (loop_.alive()) {
    try {
      loop_.run();
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  }
  EXPECT_EQ(thrown, 5);
  EXPECT_EQ(log_, (Log{"microtask", "timeout", "post", "immediate", "close"}));
}

TEST_F(EventLoopErrorsTest, AnIntervalThatThrowsGoesOn) {
  int runs = 0;
  TimerHandle interval;
  loop_.onUncaughtException([](std::exception_ptr) {});
  interval = loop_.setInterval(
      [&] {
        if (++runs == 3) interval.clear();
        throw std::runtime_error("interval");
      },
      seconds(1));
  loop_.run();
  EXPECT_EQ(runs, 3);
}

TEST_F(EventLoopErrorsTest, AThrowingCallableIsDestroyedAndOnlyOnce) {
  const auto held = std::make_shared<int>(0);
  const auto thrower = [held] { throw std::runtime_error("thrown"); };
  loop_.onUncaughtException([&](std::exception_ptr) { EXPECT_GT(held.use_count(), 1); });
  loop_.nextTick(thrower);
  loop_.setImmediate(thrower);
  loop_.setTimeout(thrower, seconds(0));
  EXPECT_EQ(held.use_count(), 5);
  loop_.run();
  EXPECT_EQ(held.use_count(), 2);
}

TEST_F(EventLoopErrorsTest, NestedRunsAreRefused) {
  loop_.nextTick([this] {
    EXPECT_TRUE(loop_.running());
    EXPECT_THROW(loop_.run(), UsageError);
    EXPECT_THROW(loop_.runOnce(), UsageError);
    EXPECT_THROW(loop_.runNoWait(), UsageError);
    EXPECT_THROW(loop_.runFor(seconds(1)), UsageError);
    log_.push_back("went on");
  });
  loop_.run();
  EXPECT_EQ(log_, Log{"went on"});
  EXPECT_FALSE(loop_.running());
}

TEST_F(EventLoopErrorsTest, OtherThreadsAreRefusedAllButPostAndStop) {
  std::thread([this] {
    EXPECT_THROW(loop_.nextTick([] {}), UsageError);
    EXPECT_THROW(loop_.queueMicrotask([] {}), UsageError);
    EXPECT_THROW(loop_.setImmediate([] {}), UsageError);
    EXPECT_THROW(loop_.setTimeout([] {}, seconds(1)), UsageError);
    EXPECT_THROW(loop_.run(), UsageError);
    EXPECT_THROW(loop_.now(), UsageError);
  }).join();
  const TimerHandle timeout = loop_.setTimeout([] {}, seconds(1));
  std::thread([timeout] { EXPECT_THROW(timeout.clear(), UsageError); }).join();
  EXPECT_TRUE(timeout.clear());
  loop_.run();
}

TEST_F(EventLoopErrorsTest, NullCallablesAreRefused) {
  const std::function<void()> null;
  EXPECT_THROW(loop_.nextTick(null), UsageError);
  EXPECT_THROW(loop_.queueMicrotask(null), UsageError);
  EXPECT_THROW(loop_.setImmediate(null), UsageError);
  EXPECT_THROW(loop_.setTimeout(null, seconds(1)), UsageError);
  EXPECT_THROW(loop_.setInterval(null, seconds(1)), UsageError);
  EXPECT_THROW(loop_.queueClose(null), UsageError);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(EventLoopErrorsTest, AnExceptionReachesItsHandlerInTheContextOfTheCallback) {
  cls::Namespace ns = cls::createNamespace("uncaught");
  loop_.onUncaughtException([&](std::exception_ptr) {
    const std::string* id = ns.get<std::string>("id");
    log_.push_back(id != nullptr ? *id : "none");
  });
  const auto thrower = [] { throw std::runtime_error("thrown"); };
  const auto in = [&](const std::string& id, auto schedule) {
    ns.run([&](const cls::Context&) {
      ns.set("id", id);
      schedule();
    });
  };
  in("tick", [&] { loop_.nextTick(thrower); });
  in("timeout", [&] { loop_.setTimeout(thrower, seconds(0)); });
  in("immediate", [&] { loop_.setImmediate(thrower); });
  loop_.setImmediate(thrower);
  loop_.run();
  if (cls::kEnabled) {
    EXPECT_EQ(log_, (Log{"tick", "timeout", "immediate", "none"}));
  } else {
    EXPECT_EQ(log_, (Log{"none", "none", "none", "none"}));
  }
}

TEST_F(EventLoopErrorsTest, AnExceptionFromAnEndListenerIsUncaughtLikeAnyOther) {
  cls::Namespace ns = cls::createNamespace("end");
  loop_.onUncaughtException([this](std::exception_ptr) { log_.push_back("caught"); });
  ns.run([&](cls::Context context) {
    context.onEnd([] { throw std::runtime_error("end"); });
    context.onEnd(note("second listener"));
    loop_.setImmediate([] {});
  });
  loop_.setTimeout(note("timeout"), seconds(1));
  loop_.run();
  if (cls::kEnabled) {
    EXPECT_EQ(log_, (Log{"caught", "second listener", "timeout"}));
  } else {
    EXPECT_EQ(log_, Log{"timeout"});
  }
}

}  // namespace
}  // namespace weft::loop
