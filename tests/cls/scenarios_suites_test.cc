// What the test suites of the reference packages ask for, restated: contexts with ticks,
// immediates, timers, emitters, errors and promises, without a network. What all ways to schedule
// have in common is in scenarios_hops_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/tests/cls/scenarios_fixture.h"
#include "weft/tests/loop/message_of.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;
using Ints = std::vector<int>;

using SuiteTest = ScenarioTest;

// --- namespaces and runs

TEST_F(SuiteTest, AKeyIsReadableInTheTurnInWhichItWasSet) {
  EXPECT_EQ(getNamespace("scenario"), ns_);
  in(1, [&] { EXPECT_EQ(value(), 1); });
}

TEST_F(SuiteTest, ATickQueuedBeforeTheNamespaceExistsDisturbsNothing) {
  Ints seen;
  loop_.nextTick([&] { seen.push_back(-1); });
  Namespace late = createNamespace("late");
  EXPECT_EQ(valueIn(late), 0);
  late.run([&] {
    late.set("v", 2);
    EXPECT_EQ(valueIn(late), 2);
    loop_.nextTick([&, late] { seen.push_back(valueIn(late)); });
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{-1, 2}));
}

TEST_F(SuiteTest, TheContextThatRunReturnsKeepsItsValues) {
  Context context = in(3, [] {});
  EXPECT_EQ(*context.get<int>("v"), 3);
}

TEST_F(SuiteTest, RunAndReturnHandsBackWhatTheCallbackReturned) {
  auto made = std::make_shared<int>(4);
  const Context* given = nullptr;
  auto returned = ns_.runAndReturn([&](const Context& context) {
    given = &context;
    EXPECT_EQ(context, ns_.active());
    return made;
  });
  EXPECT_NE(given, nullptr);
  EXPECT_EQ(returned, made);
}

TEST_F(SuiteTest, BindMakesAContextOfItsOwnThatNestedCodeAndPlainEmittersSee) {
  EventEmitter emitter;
  Ints seen;
  emitter.on("done", [&](int n) { seen.push_back(n + value()); });
  auto nested = [&] { emitter.emit("done", value()); };
  auto bound = ns_.bind([&](int n) {
    EXPECT_TRUE(ns_.active());
    ns_.set("v", n);
    nested();
  });
  EXPECT_FALSE(ns_.active());
  bound(5);
  EXPECT_EQ(seen, Ints{10});
  EXPECT_EQ(namespaces().size(), 1u);
}

TEST_F(SuiteTest, NestedRunsOverrideOneKeyAndTheOuterValueComesBack) {
  Ints seen;
  in(1, [&] {
    seen.push_back(value());
    in(2, [&] {
      seen.push_back(value());
      in(3, [&] { seen.push_back(value()); });
      seen.push_back(value());
    });
    seen.push_back(value());
  });
  seen.push_back(value());
  EXPECT_EQ(seen, (Ints{1, 2, 3, 2, 1, 0}));
}

// The example of the originals' documentation: by reference, across a tick and a timer.
TEST_F(SuiteTest, ATickSeesTheIdenticalContextAndATimerTheOuterRuns) {
  Ints seen;
  Context inner;
  in(0, [&] {
    Context outer = ns_.active();
    in(1, [&, outer] {
      inner = ns_.active();
      EXPECT_NE(inner, outer);
      loop_.nextTick([&, outer] {
        EXPECT_EQ(ns_.active(), inner);
        ns_.run([&] {
          seen.push_back(value());
          ns_.set("v", 2);
          seen.push_back(value());
        });
        seen.push_back(value());
        EXPECT_EQ(*outer.get<int>("v"), 0);
      });
    });
    loop_.setTimeout(
        [&, outer] {
          EXPECT_EQ(ns_.active(), outer);
          seen.push_back(10 + value());
        },
        milliseconds(100));
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 2, 1, 10}));
}

TEST_F(SuiteTest, AContextThatWasEnteredMayBeLeftInsideARun) {
  Context context = ns_.createContext();
  ns_.enter(context);
  ns_.run([&] {
    EXPECT_EQ(ns_.depth(), 2u);
    ns_.exit(context);
  });
  ns_.exit(context);
  EXPECT_FALSE(ns_.active());
}

TEST_F(SuiteTest, EnteringAndLeavingMayBeStaggered) {
  Context first = ns_.createContext();
  ns_.enter(first);
  Context second = ns_.createContext();
  ns_.enter(second);
  ns_.exit(first);
  ns_.exit(second);
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(SuiteTest, AnExceptionFromARunReachesTheUncaughtHandlerAsItIs) {
  std::string caught;
  loop_.onUncaughtException(
      [&](const std::exception_ptr& error) { caught = tests::messageOf(error); });
  loop_.setImmediate([&] { ns_.run([] { throw std::runtime_error("expected"); }); });
  bool later = false;
  loop_.setImmediate([&] { later = !ns_.active(); });
  loop_.run();
  EXPECT_EQ(caught, "expected");
  EXPECT_TRUE(later);
}

// --- errors

TEST_F(SuiteTest, AThrowInAContinuationIsHandledWithTheOuterContext) {
  std::size_t depth = 0;
  int seen = 0, inner = 0;
  loop_.onUncaughtException([&](const std::exception_ptr& error) {
    depth = ns_.depth();
    seen = value();
    inner = *ns_.fromException(error).get<int>("v");
  });
  in(1, [&] { loop_.nextTick([&] { in(2, [] { throw 0; }); }); });
  loop_.run();
  EXPECT_EQ(depth, 1u);
  EXPECT_EQ(seen, 1) << "the contexts of the callback, not of the run that was left";
  EXPECT_EQ(inner, 2);
}

TEST_F(SuiteTest, ASynchronousThrowCarriesItsContext) {
  in(1, [&] {
    try {
      in(2, [] { throw std::runtime_error("cls@synchronous"); });
      FAIL();
    } catch (const std::runtime_error&) {
      EXPECT_EQ(*ns_.fromException(std::current_exception()).get<int>("v"), 2);
    }
    EXPECT_EQ(value(), 1);
  });
}

TEST_F(SuiteTest, AThrownNullIsNoSecondError) {
  in(1, [&] {
    try {
      in(2, [] { throw nullptr; });
      FAIL();
    } catch (std::nullptr_t) {
    }
    EXPECT_EQ(value(), 1);
  });
}

class ThrownAcrossTheLoopTest : public SuiteTest, public testing::WithParamInterface<const char*> {
 protected:
  void schedule(std::function<void()> fn) {
    const std::string_view how = GetParam();
    if (how == "tick") return loop_.nextTick(std::move(fn));
    if (how == "timeout") return void(loop_.setTimeout(std::move(fn), milliseconds(25)));
    loop_.setImmediate(std::move(fn));
  }
};

TEST_P(ThrownAcrossTheLoopTest, CarriesItsInnerContext) {
  int seen = 0;
  loop_.onUncaughtException(
      [&](const std::exception_ptr& error) { seen = *ns_.fromException(error).get<int>("v"); });
  in(1, [&] { schedule([&] { in(2, [] { throw std::runtime_error("cls"); }); }); });
  loop_.run();
  EXPECT_EQ(seen, 2);
}

INSTANTIATE_TEST_SUITE_P(All, ThrownAcrossTheLoopTest,
                         testing::Values("tick", "timeout", "immediate"));

// --- intervals and emitters

TEST_F(SuiteTest, AnIntervalSeesTheTransactionOnEachTurn) {
  Ints seen;
  for (int id : {1, 2}) {
    ns_.bind([&, id] {
      ns_.set("v", id);
      auto turns = std::make_shared<int>(0);
      auto handle = std::make_shared<TimerHandle>();
      *handle = loop_.setInterval(
          [&, turns, handle] {
            if (++*turns == 3) handle->clear();
            seen.push_back(value());
          },
          milliseconds(10 + id));
    })();
  }
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Ints{1, 1, 1, 2, 2, 2}));
}

TEST_F(SuiteTest, AnEmitThatIsScheduledOnASharedEmitterSeesItsTransaction) {
  EventEmitter emitter;
  Ints seen;
  for (int id : {1, 2}) {
    ns_.bind([&, id] {
      ns_.set("v", id);
      emitter.once("unbound", [&] { loop_.nextTick([&] { seen.push_back(value()); }); });
      emitter.emit("unbound");
    })();
  }
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 2}));
}

TEST_F(SuiteTest, ChainedPlainEmittersRunWhereTheFirstIsEmitted) {
  EventEmitter first, second;
  Ints seen;
  first.on("rutabaga", [&] {
    seen.push_back(value());
    second.emit("kumquat");
  });
  second.on("kumquat", [&] { seen.push_back(value()); });
  in(5, [&] { first.emit("rutabaga"); });
  EXPECT_EQ(seen, (Ints{5, 5}));
}

// --- two namespaces at once

TEST_F(SuiteTest, NamespacesDoNotTouchEachOthersValues) {
  Namespace other = createNamespace("other");
  Strings seen;
  auto look = [&] {
    seen.push_back(std::to_string(value()) + "/" + std::to_string(valueIn(other)));
  };
  in(1, [&] {
    other.run([&] {
      other.set("v", 2);
      loop_.setTimeout(
          [&] {
            look();
            in(3, [&] {
              look();
              loop_.nextTick([&] {
                look();
                ns_.set("v", 4);
                other.set("v", 5);
                loop_.setTimeout(look, milliseconds(1));
              });
            });
          },
          milliseconds(0));
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (Strings{"1/2", "3/2", "3/2", "4/5"}));
}

// --- promises

TEST_F(SuiteTest, EveryContinuationOfAChainSeesTheRunsValue) {
  Ints seen;
  auto look = [&](int n) {
    seen.push_back(value());
    return n;
  };
  in(1, [&] { Promise<int>::resolved(loop_, 0).then(look).then(look).then(look); });
  in(2, [&] {
    auto unwrap = [&](int n) { return Promise<int>::resolved(loop_, look(n)); };
    Promise<int>::resolved(loop_, 0).then(unwrap).then(unwrap).then(look);
  });
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Ints{1, 1, 1, 2, 2, 2}));
}

TEST_F(SuiteTest, NestedAndForkedContinuationsSeeTheRunsValue) {
  Ints seen;
  in(1, [&] {
    Promise<>::resolved(loop_).then([&] {
      seen.push_back(value());
      Promise<>::resolved(loop_).then([&] { seen.push_back(value()); });
    });
  });
  in(2, [&] {
    auto promise = Promise<>::resolved(loop_);
    for (int i = 0; i < 3; ++i) promise.then([&] { seen.push_back(value()); });
  });
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Ints{1, 1, 2, 2, 2}));
}

TEST_F(SuiteTest, TheConventionOfPromisesIsThatOfThen) {
  Ints seen;
  in(2, [&] {
    auto [promise, resolver] = Promise<>::withResolvers(loop_);
    in(1, [&, settle = resolver] {
      loop_.setTimeout([settle]() mutable { settle.resolve(); }, milliseconds(5));
    });
    in(3, [&, waiting = promise] { waiting.then([&] { seen.push_back(value()); }); });
  });
  loop_.run();
  EXPECT_EQ(seen, Ints{3});
}

}  // namespace
}  // namespace weft::cls
