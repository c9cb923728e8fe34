#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/tests/loop/event_loop_fixture.h"

namespace weft::loop {
namespace {

using EventLoopContextTest = EventLoopTest;

TEST_F(EventLoopContextTest, EveryCallbackSeesTheContextItWasScheduledIn) {
  cls::Namespace ns = cls::createNamespace("request");
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::unique_ptr<FdWatcher> watcher;
  const auto see = [&](std::string text) {
    return [this, &ns, text] {
      const std::string* id = ns.get<std::string>("id");
      log_.push_back(text + " " + (id != nullptr ? *id : "none"));
    };
  };
  [[maybe_unused]] TimerHandle interval;
  ns.run([&](const cls::Context&) {
    ns.set("id", "a");
    loop_.nextTick(see("tick"));
    loop_.queueMicrotask(see("microtask"));
    loop_.setImmediate(see("immediate"));
    loop_.setTimeout(see("timeout"), seconds(0));
    ASSERT_TRUE(loop_.post(see("post")).ok());
    watcher = std::make_unique<FdWatcher>(loop_, fds[0], FdWatcher::kWritable, [&](unsigned) {
      see("fd")();
      watcher.reset();
    });
    loop_.queueClose(see("close"));
  });
  loop_.setImmediate(see("other"));
  loop_.run();
  const std::string a = cls::kEnabled ? " a" : " none";
  EXPECT_EQ(log_, (Log{"tick" + a, "microtask" + a, "timeout" + a, "post" + a, "fd" + a,
                       "immediate" + a, "other none", "close" + a}));
  close(fds[0]);
  close(fds[1]);
}

TEST_F(EventLoopContextTest, AContextEndsAfterItsLastCallback) {
  cls::Namespace ns = cls::createNamespace("end");
  ns.run([&](cls::Context context) {
    context.onEnd([this] {
      log_.push_back("end");
      loop_.nextTick(note("tick of end"));
    });
    loop_.setImmediate([this] { loop_.setTimeout(note("last"), seconds(1)); });
  });
  loop_.setTimeout(note("other"), seconds(1));
  loop_.run();
  if (cls::kEnabled) {
    EXPECT_EQ(log_, (Log{"other", "last", "end", "tick of end"}));
  } else {
    EXPECT_EQ(log_, (Log{"other", "last"}));
  }
}

TEST_F(EventLoopContextTest, ClearingTheLastTimerOfAContextEndsIt) {
  cls::Namespace ns = cls::createNamespace("end");
  [[maybe_unused]] TimerHandle interval;
  ns.run([&](cls::Context context) {
    context.onEnd(note("end"));
    interval = loop_.setInterval(note("interval"), seconds(1));
  });
  loop_.setTimeout([&] { EXPECT_TRUE(interval.clear()); }, milliseconds(2500));
  loop_.run();
  Log expected{"interval", "interval"};
  if (cls::kEnabled) expected.push_back("end");
  EXPECT_EQ(log_, expected);
}

TEST_F(EventLoopContextTest, TheEndOfALoopEndsTheContextsOfWhatWasPending) {
  cls::Namespace ns = cls::createNamespace("end");
  int ended = 0;
  {
    EventLoop loop;
    for (int i = 0; i < 3; ++i) {
      ns.run([&](cls::Context context) {
        context.onEnd([&ended] { ++ended; });
        loop.setTimeout([] {}, seconds(1));
        loop.setImmediate([] {});
      });
    }
  }
  EXPECT_EQ(ended, cls::kEnabled ? 3 : 0);
}

TEST_F(EventLoopContextTest, RunInsideAContextGivesThatContextBack) {
  cls::Namespace ns = cls::createNamespace("outer");
  ns.run([&](const cls::Context&) {
    ns.set("id", std::string("outer"));
    EventLoop inner;
    inner.setImmediate([&] { EXPECT_EQ(ns.get<std::string>("id") != nullptr, cls::kEnabled); });
    inner.setImmediate([&] { loop_.nextTick([] {}); });
    inner.run();
    EXPECT_EQ(ns.get<std::string>("id") != nullptr, cls::kEnabled);
  });
  EXPECT_FALSE(cls::frameActive());
}

}  // namespace
}  // namespace weft::loop
