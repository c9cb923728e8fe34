#include "weft/loop/generator.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

AsyncGenerator<int> upTo(int last, bool wait) {
  for (int i = 1; i <= last; ++i) {
    if (wait) co_await nextTick();
    co_yield i;
  }
}

Co<> gather(AsyncGenerator<int> numbers, std::vector<int>& to) {
  while (const std::optional<int> n = co_await numbers.next()) to.push_back(*n);
  EXPECT_FALSE(co_await numbers.next());  // the end stays the end
}

TEST(AsyncGeneratorTest, GivesItsValuesInOrderWhetherItWaitsOrNot) {
  EventLoop loop;
  std::vector<int> waited, at_once;
  spawn(loop, gather(upTo(3, true), waited));
  spawn(loop, gather(upTo(3, false), at_once));
  EXPECT_EQ(at_once, (std::vector<int>{1, 2, 3}));
  loop.run();
  EXPECT_EQ(waited, (std::vector<int>{1, 2, 3}));
}

TEST(AsyncGeneratorTest, ManyValuesAtOnceNeedNoStack) {
  EventLoop loop;
  std::vector<int> seen;
  spawn(loop, gather(upTo(200000, false), seen));
  loop.run();
  EXPECT_EQ(seen.size(), 200000u);
}

TEST(AsyncGeneratorTest, WhatItThrowsIsThrownAtNextAndEndsIt) {
  EventLoop loop;
  std::string seen;
  const auto failing = []() -> AsyncGenerator<int> {
    co_yield 1;
    co_await nextTick();
    throw std::runtime_error("broken");
  };
  spawn(loop, [&]() -> Co<> {
    auto numbers = failing();
    EXPECT_EQ(co_await numbers.next(), 1);
    try {
      (void)co_await numbers.next();
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
    EXPECT_FALSE(co_await numbers.next());
  });
  loop.run();
  EXPECT_EQ(seen, "broken");
}

TEST(AsyncGeneratorTest, GivesThingsThatOnlyMove) {
  EventLoop loop;
  int sum = 0;
  const auto pointers = []() -> AsyncGenerator<std::unique_ptr<int>> {
    co_yield std::make_unique<int>(1);
    co_yield std::make_unique<int>(2);
  };
  spawn(loop, [&]() -> Co<> {
    auto each = pointers();
    while (std::optional<std::unique_ptr<int>> p = co_await each.next()) sum += **p;
  });
  loop.run();
  EXPECT_EQ(sum, 3);
}

TEST(AsyncGeneratorTest, DroppedBeforeItsEndItIsDestroyedWhereItStands) {
  EventLoop loop;
  std::string seen;
  struct Note {
    std::string* to;
    ~Note() { *to += "gone"; }
  };
  const auto endless = [&]() -> AsyncGenerator<int> {
    const Note note{&seen};
    for (int i = 0;; ++i) co_yield i;
  };
  spawn(loop, [&]() -> Co<> {
    auto numbers = endless();
    EXPECT_EQ(co_await numbers.next(), 0);
    EXPECT_EQ(co_await numbers.next(), 1);
  });
  EXPECT_EQ(seen, "gone");
  const AsyncGenerator<int> never_begun = endless();
}

TEST(AsyncGeneratorTest, ADroppedReaderEndsTheBodyThatWaitsForIt) {
  EventLoop loop;
  auto numbers = upTo(3, true);
  {
    const Running<> reader = start(loop, [&]() -> Co<> { (void)co_await numbers.next(); });
  }
  EXPECT_FALSE(numbers);
  loop.run();
  int refused = 0;
  spawn(loop, [&]() -> Co<> {
    try {
      (void)co_await numbers.next();
    } catch (const UsageError&) {
      ++refused;
    }
  });
  EXPECT_EQ(refused, 1);
}

TEST(AsyncGeneratorTest, OneReaderAtATime) {
  EventLoop loop;
  auto numbers = upTo(3, true);
  int refused = 0, read = 0;
  const auto reader = [&]() -> Co<> {
    try {
      while (co_await numbers.next()) ++read;
    } catch (const UsageError&) {
      ++refused;
    }
  };
  spawn(loop, reader());
  spawn(loop, reader());
  loop.run();
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(read, 3);
}

TEST(AsyncGeneratorTest, ReadersMayTakeTurns) {
  EventLoop loop;
  auto numbers = upTo(4, true);
  std::vector<int> seen;
  const auto readTwo = [&]() -> Co<> {
    for (int i = 0; i < 2; ++i) {
      const std::optional<int> n = co_await numbers.next();
      seen.push_back(*n);
    }
  };
  spawn(loop, readTwo());
  loop.run();
  spawn(loop, readTwo());
  loop.run();
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4}));
}

#if WEFT_CLS
TEST(AsyncGeneratorTest, BodyAndReaderKeepTheirOwnContexts) {
  EventLoop loop;
  const cls::Namespace ns = cls::createAnonymousNamespace();
  std::vector<int> seen;
  const auto body = [&]() -> AsyncGenerator<int> {
    co_yield *ns.get<int>("n");
    ns.enter(ns.createContext());
    ns.set("n", 2);
    co_await nextTick();
    co_yield *ns.get<int>("n");
    co_yield *ns.get<int>("n");
  };
  ns.run([&] {
    ns.set("n", 1);
    spawn(loop, [&]() -> Co<> {
      auto numbers = body();
      while (const std::optional<int> n = co_await numbers.next()) {
        seen.push_back(*n * 10 + *ns.get<int>("n"));
      }
    });
  });
  loop.run();
  EXPECT_EQ(seen, (std::vector<int>{11, 21, 21}));
  EXPECT_FALSE(ns.active());
}
#endif

}  // namespace
}  // namespace weft::loop
