// Coroutines of weft/loop/co.h and the contexts in which they go on.

#include <gtest/gtest.h>

#include <coroutine>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/spawn.h"
#include "weft/tests/loop/stranger.h"

namespace weft::loop {
namespace {

class CoContextTest : public testing::Test {
 protected:
  CoContextTest() : ns(cls::createNamespace("request")) {}
  ~CoContextTest() override { cls::reset(); }

  int id() const {
    const int* found = ns.get<int>("id");
    return found != nullptr ? *found : 0;
  }
  // A new context in which id() is `value`.
  cls::Context contextOf(int value) {
    return ns.run([&] { ns.set("id", value); });
  }

  EventLoop loop;
  cls::Namespace ns;
  std::vector<int> seen;
};

TEST_F(CoContextTest, AWaitEndsInTheContextsInWhichItBegan) {
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      seen.push_back(id());
      co_await nextTick();
      seen.push_back(id());
      co_await nextImmediate();
      seen.push_back(id());
      co_await sleep(Duration(1));
      seen.push_back(id());
    });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{1, 1, 1, 1}));
}

TEST_F(CoContextTest, NoContextIsRestoredAsNone) {
  spawn(loop, [&]() -> Co<> {
    co_await nextTick();
    ns.run([&] { ns.set("id", 7); });
    seen.push_back(id());
    auto entering = [&]() -> Co<> {
      ns.enter(contextOf(8));
      co_await nextTick();
      seen.push_back(id());
    };
    co_await entering();
    seen.push_back(id());
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{0, 8, 0}));
}

TEST_F(CoContextTest, AnEnterStaysForTheRestOfTheCoroutineAndDoesNotReachTheCaller) {
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      ns.enter(contextOf(2));
      seen.push_back(id());
      co_await nextTick();
      seen.push_back(id());
      co_await nextImmediate();
      seen.push_back(id());
    });
    seen.push_back(id());
    loop.nextTick([&] { seen.push_back(id()); });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{2, 1, 2, 1, 2}));
}

TEST_F(CoContextTest, AScopeMaySpanWaits) {
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      {
        auto scope = ns.scope(contextOf(2));
        co_await nextTick();
        seen.push_back(id());
      }
      seen.push_back(id());
      co_await nextTick();
      seen.push_back(id());
    });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{2, 1, 1}));
}

TEST_F(CoContextTest, WhatACalleeEntersDoesNotReachItsCallerWhetherItWaitsOrNot) {
  auto entering = [&](int value, bool waits) -> Co<> {
    ns.enter(contextOf(value));
    if (waits) co_await nextTick();
    seen.push_back(id());
  };
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      co_await entering(2, false);
      seen.push_back(id());
      co_await entering(3, true);
      seen.push_back(id());
    });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{2, 1, 3, 1}));
}

TEST_F(CoContextTest, ACalleeBeginsInTheContextsOfItsCaller) {
  spawn(loop, [&]() -> Co<> {
    ns.enter(contextOf(1));
    ns.enter(contextOf(2));
    auto callee = [&]() -> Co<> {
      seen.push_back(id());
      ns.exit(ns.active());
      seen.push_back(id());
      co_return;
    };
    co_await callee();
    seen.push_back(id());
  });
  EXPECT_EQ(seen, (std::vector{2, 0, 2}));
}

TEST_F(CoContextTest, LocalsParametersAndResultsAreDestroyedInTheirContexts) {
  const std::function<void()> note = [this] { seen.push_back(id()); };
  struct Teller {
    const std::function<void()>* note;
    explicit Teller(const std::function<void()>& fn) : note(&fn) {}
    Teller(Teller&& other) noexcept : note(std::exchange(other.note, nullptr)) {}
    ~Teller() {
      if (note != nullptr) (*note)();
    }
  };
  auto body = [&](Teller, int value) -> Co<Teller> {
    ns.enter(contextOf(value));
    Teller local(note);
    co_await nextTick();
    co_return Teller(note);
  };
  {
    std::optional<Running<Teller>> dropped;
    ns.run([&] {
      ns.set("id", 1);
      dropped.emplace(start(loop, body(Teller(note), 2)));
    });
    dropped.reset();  // while it waits: local and parameter
    EXPECT_EQ(seen, (std::vector{2, 2}));
    seen.clear();
    ns.run([&] {
      ns.set("id", 1);
      dropped.emplace(start(loop, body(Teller(note), 3)));
    });
    loop.run();
    EXPECT_EQ(seen, (std::vector{3}));  // local
    dropped.reset();
    EXPECT_EQ(seen, (std::vector{3, 3, 3}));  // result and parameter
  }
}

TEST_F(CoContextTest, AContextEndsWithTheLastCoroutineThatCouldSeeIt) {
  bool ended = false;
  ns.run([&] {
    ns.active().onEnd([&] { ended = true; });
    spawn(loop, [&]() -> Co<> {
      co_await nextTick();
      co_await nextImmediate();
      EXPECT_FALSE(ended);
    });
  });
  loop.run();
  EXPECT_TRUE(ended);
}

Co<> readLine(int step) {
  if (step == 0) co_await nextTick();
  if (step == 1) co_await nextImmediate();
  if (step == 2) co_await sleep(Duration(1));
}
Co<> serveClient() {
  for (int step = 0; step < 3; ++step) co_await readLine(step);
}

TEST_F(CoContextTest, WithTrackingItsHoldersAreNamedWhileTheyWait) {
  cls::setTracking(true);
  cls::Context held;
  ns.run([&] {
    held = ns.active();
    spawn(loop, serveClient());
  });
  const auto coroutines = [&held] {
    std::vector<std::string> places;
    for (const cls::HolderInfo& holder : cls::holders(held)) {
      if (holder.kind == "coroutine") places.push_back(holder.where.toString());
    }
    return places;
  };
  int waits = 0;
  for (auto places = coroutines(); !places.empty(); places = coroutines()) {
    ++waits;
    ASSERT_EQ(places.size(), 2u);
    EXPECT_NE(places[0].find("readLine("), std::string::npos) << places[0];
    const std::size_t callers = places[0].find(", called by ");
    EXPECT_NE(places[0].find("serveClient(", callers), std::string::npos) << places[0];
    EXPECT_NE(places[1].find("serveClient("), std::string::npos) << places[1];
    EXPECT_EQ(places[1].find("readLine("), std::string::npos) << places[1];
    loop.runNoWait();
  }
  cls::setTracking(false);
  EXPECT_GE(waits, 2);
}

TEST_F(CoContextTest, ADestroyedNamespaceIsLeftOutFromTheNextWaitOn) {
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      cls::destroyNamespace("request");
      seen.push_back(id());
      co_await nextTick();
      seen.push_back(id());
    });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector{1, 0}));
}

TEST_F(CoContextTest, AForeignWakeUpFindsTheContextsOfTheWait) {
  std::coroutine_handle<> waiting;
  ns.run([&] {
    ns.set("id", 1);
    spawn(loop, [&]() -> Co<> {
      ns.enter(contextOf(2));
      seen.push_back(co_await Stranger{&waiting});
      seen.push_back(id());
      ns.enter(contextOf(3));
    });
  });
  ns.run([&] {
    ns.set("id", 9);
    waiting.resume();
    seen.push_back(id());
  });
  EXPECT_EQ(seen, (std::vector{5, 2, 9}));
}

}  // namespace
}  // namespace weft::loop
