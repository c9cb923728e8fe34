// Situations that no suite of the reference packages covers and in which they fail, found by
// probing them: the registry, keys, errors, enter and exit, promises and coroutines.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/run_async.h"
#include "weft/loop/spawn.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Ints = std::vector<int>;
using FoundTest = ScenarioTest;

// --- the registry from inside callbacks

TEST_F(FoundTest, ResetAfterADestroyLeavesAnEmptyTable) {
  createNamespace("gone");
  destroyNamespace("gone");
  reset();
  EXPECT_TRUE(namespaces().empty());
}

TEST_F(FoundTest, ANamespaceMadeInACallbackPropagatesFromUnrelatedCallbacks) {
  loop_.setTimeout([] { createNamespace("late"); }, milliseconds(1));
  int seen = 0;
  loop_.setTimeout(
      [&] {
        Namespace late = getNamespace("late");
        late.run([&, late] {
          late.set("v", 3);
          loop_.setImmediate([&, late] { seen = *late.get<int>("v"); });
        });
      },
      milliseconds(2));
  loop_.run();
  EXPECT_EQ(seen, 3);
}

TEST_F(FoundTest, DestroyingInACallbackStopsNewCapturesEverywhere) {
  in(1, [&] {
    loop_.setTimeout(
        [&] {
          look();
          loop_.nextTick(looking());
        },
        milliseconds(5));
  });
  loop_.setTimeout([] { destroyNamespace("scenario"); }, milliseconds(1));
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 0}));
}

TEST_F(FoundTest, AThousandNamespacesThatCameAndWentAreNotInTheWay) {
  for (int i = 0; i < 1000; ++i) {
    Namespace ns = createNamespace("one of " + std::to_string(i));
    ns.run([&] { loop_.nextTick([] {}); });
    destroyNamespace(ns.name());
  }
  for (int i = 0; i < 1000; ++i) createNamespace("same name");
  in(1, [&] { loop_.nextTick(looking()); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{1});
}

// --- keys

TEST_F(FoundTest, AKeyCalledIdIsTheUsersOwn) {
  ns_.run([&] {
    ns_.set("id", std::string("mine"));
    ns_.run([&] {
      loop_.nextTick([&] { EXPECT_EQ(*ns_.get<std::string>("id"), "mine"); });
      EXPECT_EQ(*ns_.get<std::string>("id"), "mine");
    });
  });
}

TEST_F(FoundTest, NamesOfBaseObjectsAreAbsent) {
  ns_.run([&] {
    for (const char* name : {"toString", "constructor", "__proto__", "_ns_name"}) {
      EXPECT_EQ(ns_.get<int>(name), nullptr) << name;
      EXPECT_FALSE(getNamespace(name)) << name;
    }
  });
}

// --- errors

TEST_F(FoundTest, AnyThrownTypeArrivesAsItWasThrown) {
  loop_.setImmediate([&] { ns_.run([] { throw "text"; }); });
  loop_.setImmediate([&] { ns_.run([] { throw 42; }); });
  std::vector<std::string> seen;
  loop_.onUncaughtException([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const char* text) {
      seen.push_back(text);
    } catch (int n) {
      seen.push_back(std::to_string(n));
    }
    EXPECT_TRUE(ns_.fromException(error));
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"text", "42"}));
}

TEST_F(FoundTest, AnErrorThatCrossesRunsOfTwoNamespacesHasTheInnermostOfEach) {
  Namespace other = createNamespace("other");
  in(1, [&] {
    try {
      in(2, [&] { other.run([&] { in(3, [] { throw 0; }); }); });
    } catch (int) {
      const std::exception_ptr error = std::current_exception();
      EXPECT_EQ(*ns_.fromException(error).get<int>("v"), 3);
      EXPECT_TRUE(other.fromException(error));
      EXPECT_NE(other.fromException(error), ns_.fromException(error));
    }
  });
  EXPECT_FALSE(ns_.fromException(nullptr));
}

TEST_F(FoundTest, TheUncaughtHandlerSeesTheThrowersContextAndLaterCallbacksNone) {
  in(1, [&] { loop_.setTimeout([] { throw std::runtime_error("out"); }, milliseconds(1)); });
  loop_.setTimeout(looking(), milliseconds(2));
  loop_.onUncaughtException([&](const std::exception_ptr&) {
    look();
    loop_.nextTick(looking());
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1, 0}));
}

TEST_F(FoundTest, ARejectionThatNobodyTakesIsReportedWhereItWasProduced) {
  std::optional<Promise<int>> promise;
  in(1, [&] {
    auto [made, resolver] = Promise<int>::withResolvers(loop_);
    promise = made;
    in(2, [&, settle = resolver] {
      loop_.setTimeout([settle]() mutable { settle.reject(std::runtime_error("out")); },
                       milliseconds(1));
    });
  });
  loop_.onUncaughtException([&](const std::exception_ptr&) { look(); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{2});
}

TEST_F(FoundTest, AThrowInACatchThatNobodyHandlesLeavesNoContextBehind) {
  loop_.onUncaughtException([](const std::exception_ptr&) {});
  in(1, [&] {
    Promise<>::rejected(loop_, std::runtime_error("first")).catchError([](std::exception_ptr) {
      throw std::runtime_error("second");
    });
  });
  loop_.setTimeout(looking(), milliseconds(1));
  loop_.run();
  EXPECT_EQ(seen_, Ints{0});
}

// --- enter and exit

TEST_F(FoundTest, ARunThatLeavesItsOwnContextCompletes) {
  EXPECT_EQ(ns_.runAndReturn([&](const Context& context) {
    ns_.exit(context);
    return 5;
  }),
            5);
  EXPECT_THROW(ns_.run([&](const Context& context) {
    ns_.exit(context);
    throw std::runtime_error("the user's");
  }),
               std::runtime_error);
}

TEST_F(FoundTest, LeavingTheAmbientContextLastsForTheRestOfTheCallback) {
  in(1, [&] {
    loop_.setTimeout(
        [&] {
          look();
          ns_.exit(ns_.active());
          look();
          loop_.nextTick(looking());
        },
        milliseconds(1));
    loop_.setTimeout(looking(), milliseconds(2));
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 0, 0, 1}));
}

TEST_F(FoundTest, AnEnterThatIsNeverLeftDoesNotReachUnrelatedCallbacks) {
  Context context = in(1, [] {});
  loop_.setTimeout([&, context] { ns_.enter(context); }, milliseconds(1));
  loop_.setTimeout(looking(), milliseconds(2));
  context = Context();
  testing::internal::CaptureStderr();
  loop_.run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(seen_, Ints{0});
}

// --- promises and coroutines

TEST_F(FoundTest, RunAsyncLeavesItsCallersContextAlone) {
  in(1, [&] {
    const Context before = ns_.active();
    loop::runAsync(loop_, ns_, [this]() -> Co<> {
      ns_.set("v", 2);
      co_await loop::nextTick();
      look();
    });
    EXPECT_EQ(ns_.active(), before);
    look();
    loop_.setImmediate(looking());
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 1}));
}

TEST_F(FoundTest, RunAsyncTwiceInParallelMakesIsolatedSiblings) {
  in(1, [&] {
    for (int id : {2, 3}) {
      loop::runAsync(loop_, ns_, [this, id](const Context& own) -> Co<> {
        EXPECT_EQ(*own.parent().get<int>("v"), 1);
        look();
        ns_.set("v", id);
        co_await loop::nextTick();
        look();
      });
    }
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1, 2, 3}));
}

TEST_F(FoundTest, WhatRunAsyncThrowsAtOnceRejectsAndItsContextIsLeft) {
  bool rejected = false;
  in(1, [&] {
    loop::runAsync(loop_, ns_, [this] {
      ns_.set("v", 2);
      throw std::runtime_error("at once");
    }).catchError([&](const std::exception_ptr& error) {
      rejected = true;
      look();
      EXPECT_EQ(*ns_.fromException(error).get<int>("v"), 2);
    });
    look();
  });
  int plain = 0;
  loop::runAsync(loop_, ns_, [] { return 5; }).then([&](int n) { plain = n; });
  EXPECT_FALSE(ns_.active());
  loop_.run();
  EXPECT_TRUE(rejected);
  EXPECT_EQ(plain, 5);
  EXPECT_EQ(seen_, (Ints{1, 1}));
}

TEST_F(FoundTest, RunAsyncRejectsWithTheVeryThingThatWasThrown) {
  std::string text;
  bool null = false;
  loop::runAsync(loop_, ns_, []() -> Co<> {
    co_await loop::nextTick();
    throw std::string("text");
  }).catchError([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::string& thrown) {
      text = thrown;
    }
  });
  loop::runAsync(loop_, ns_, []() -> Co<> {
    co_await loop::nextTick();
    throw nullptr;
  }).catchError([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (std::nullptr_t) {
      null = true;
    }
  });
  loop_.run();
  EXPECT_EQ(text, "text");
  EXPECT_TRUE(null);
}

TEST_F(FoundTest, AwaitInEveryFormGoesOnWhereItWaited) {
  auto [pending, resolver] = Promise<>::withResolvers(loop_);
  in(9, [&, settle = resolver] {
    loop_.setTimeout([settle]() mutable { settle.resolve(); }, milliseconds(5));
  });
  in(1, [&, waiting = pending] {
    loop::spawn(loop_, [this, waiting]() -> Co<> {
      co_await waiting;
      look();
      co_await Promise<>::resolved(loop_);
      look();
      co_await loop::sleep(milliseconds(1));
      look();
      co_await loop::nextImmediate();
      look();
      auto inner = [this]() -> Co<> {
        ns_.enter(ns_.createContext({.root = true}));
        ns_.set("v", 7);
        co_await loop::nextTick();
        look();
      };
      co_await inner();
      look();
    });
  });
  testing::internal::CaptureStderr();
  loop_.run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(seen_, (Ints{1, 1, 1, 1, 7, 1}));
}

TEST_F(FoundTest, APromiseThatIsSharedGivesEachWaiterItsOwnContext) {
  std::optional<Promise<>> lazily;
  auto connect = [&] {
    if (!lazily) {
      auto [promise, resolver] = Promise<>::withResolvers(loop_);
      lazily = promise;
      loop_.setTimeout([settle = resolver]() mutable { settle.resolve(); }, milliseconds(5));
    }
    return *lazily;
  };
  for (int request : {1, 2}) {
    in(request, [&] { connect().then(looking()); });
    in(request, [&] {
      loop::spawn(loop_, [this, connection = connect()]() -> Co<> {
        co_await connection;
        look();
      });
    });
  }
  loop_.run();
  lazily.reset();
  EXPECT_EQ(seen_, (Ints{1, 1, 2, 2}));
}

}  // namespace
}  // namespace weft::cls
