// What the test suites of the reference packages ask for, restated: contexts with ticks,
// immediates, timers, emitters, errors and promises, without a network.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;
using Ints = std::vector<int>;

class SuiteTest : public testing::Test {
 protected:
  SuiteTest() : loop_({.clock = &clock_}) {}
  ~SuiteTest() override {
    loop_.run();
    EXPECT_EQ(liveContexts(), 0u);
    reset();
  }
  // What ns_ sees under `v` here: 0 for nothing.
  int value() const { return valueIn(ns_); }
  static int valueIn(const Namespace& ns) {
    const int* found = ns.get<int>("v");
    return found != nullptr ? *found : 0;
  }
  // Calls fn in a run of ns_ in which `v` is `value`.
  template <typename F>
  Context in(int value, F fn) {
    return ns_.run([&] {
      ns_.set("v", value);
      fn();
    });
  }

  ManualClock clock_;
  EventLoop loop_;
  Namespace ns_ = createNamespace("suite");
};

// --- namespaces and runs

TEST_F(SuiteTest, AKeyIsReadableInTheTurnInWhichItWasSet) {
  EXPECT_EQ(getNamespace("suite"), ns_);
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
  loop_.onUncaughtException([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::runtime_error& thrown) {
      caught = thrown.what();
    }
  });
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

// --- hops

struct Hop {
  const char* name;
  // Calls fn later; the second parameter is how often, for those that repeat.
  std::function<void(EventLoop&, std::function<void()>)> go;
};
void PrintTo(const Hop& hop, std::ostream* out) { *out << hop.name; }

const Hop kHops[] = {
    {"tick", [](EventLoop& loop, std::function<void()> fn) { loop.nextTick(std::move(fn)); }},
    {"microtask",
     [](EventLoop& loop, std::function<void()> fn) { loop.queueMicrotask(std::move(fn)); }},
    {"immediate",
     [](EventLoop& loop, std::function<void()> fn) { loop.setImmediate(std::move(fn)); }},
    {"timeout", [](EventLoop& loop,
                   std::function<void()> fn) { loop.setTimeout(std::move(fn), milliseconds(25)); }},
    {"interval",
     [](EventLoop& loop, std::function<void()> fn) {
       auto handle = std::make_shared<TimerHandle>();
       *handle = loop.setInterval(
           [fn = std::move(fn), handle] {
             handle->clear();
             fn();
           },
           milliseconds(25));
     }},
    {"post", [](EventLoop& loop, std::function<void()> fn) { (void)loop.post(std::move(fn)); }},
    {"close", [](EventLoop& loop, std::function<void()> fn) { loop.queueClose(std::move(fn)); }},
    {"promise", [](EventLoop& loop,
                   std::function<void()> fn) { Promise<>::resolved(loop).then(std::move(fn)); }},
};

class HopTest : public SuiteTest, public testing::WithParamInterface<Hop> {
 protected:
  void hop(std::function<void()> fn) { GetParam().go(loop_, std::move(fn)); }
};

TEST_P(HopTest, SeesTheValueOfTheNestedRunInWhichItWasScheduled) {
  Ints seen;
  in(1, [&] {
    in(2, [&] { hop([&] { seen.push_back(value()); }); });
    EXPECT_EQ(value(), 1);
  });
  loop_.run();
  EXPECT_EQ(seen, Ints{2});
}

TEST_P(HopTest, TransactionsThatOverlapKeepTheirOwnIds) {
  Ints seen;
  for (int id : {1, 2}) {
    hop([&, id] {
      ns_.bind([&, id] {
        ns_.set("v", id);
        hop([&] {
          seen.push_back(value());
          hop([&] { seen.push_back(value()); });
        });
      })();
    });
  }
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Ints{1, 1, 2, 2}));
}

TEST_P(HopTest, AChainOfHopsSeesTheTransactionAtEach) {
  Ints seen;
  in(7, [&] {
    hop([&] {
      seen.push_back(value());
      hop([&] {
        seen.push_back(value());
        hop([&] { seen.push_back(value()); });
      });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{7, 7, 7}));
}

TEST_P(HopTest, ScheduledWithNoContextItSeesNone) {
  Ints seen;
  in(1, [] {});
  hop([&] { seen.push_back(value()); });
  in(1, [&] { detached([&] { hop([&] { seen.push_back(value()); }); }); });
  loop_.run();
  EXPECT_EQ(seen, (Ints{0, 0}));
}

TEST_P(HopTest, WritesAfterSchedulingAreSeenAndSiblingsShare) {
  Ints seen;
  in(1, [&] {
    hop([&] {
      seen.push_back(value());
      ns_.set("v", 3);
    });
    hop([&] { seen.push_back(value()); });
    ns_.set("v", 2);
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{2, 3}));
}

TEST_P(HopTest, AnInnerRunInACallbackLeavesTheRestOfItAlone) {
  Ints seen;
  in(1, [&] {
    hop([&] {
      in(2, [&] { hop([&] { seen.push_back(value()); }); });
      seen.push_back(value());
      hop([&] { seen.push_back(10 + value()); });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 2, 11}));
}

TEST_P(HopTest, ADestroyedNamespaceIsNotCarriedOn) {
  Namespace named = createNamespace("a");
  Ints seen;
  named.run([&] {
    named.set("v", 1);
    hop([&, named] { seen.push_back(valueIn(named)); });
    destroyNamespace("a");
    hop([&, named] { seen.push_back(valueIn(named)); });
  });
  EXPECT_FALSE(getNamespace("a"));
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 0}));
}

INSTANTIATE_TEST_SUITE_P(All, HopTest, testing::ValuesIn(kHops),
                         [](const auto& hop) { return std::string(hop.param.name); });

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

// --- bindEmitter

inline constexpr Event<> kEvent{"event"};
inline constexpr Event<std::string_view> kPayload{"payload"};

class BindEmitterTest : public SuiteTest, public testing::WithParamInterface<bool> {
 protected:
  // on() or once(), as the parameter says.
  template <typename F>
  void add(F listener) {
    if (GetParam()) {
      emitter_.once(kEvent, listener);
    } else {
      emitter_.on(kEvent, listener);
    }
  }
  void addLook() {
    add([this] { seen_.push_back(value()); });
  }
  EventEmitter emitter_;
  Ints seen_;
};

TEST_P(BindEmitterTest, AddedInAContextEmittedOutside) {
  in(1, [&] {
    ns_.bindEmitter(emitter_);
    addLook();
  });
  emitter_.emit(kEvent);
  emitter_.emit(kEvent);
  EXPECT_EQ(seen_, GetParam() ? Ints{1} : (Ints{1, 1}));
}

TEST_P(BindEmitterTest, AddedOutsideBoundAndEmittedInside) {
  addLook();
  in(1, [&] {
    ns_.bindEmitter(emitter_);
    emitter_.emit(kEvent);
  });
  EXPECT_EQ(seen_, Ints{1});
}

TEST_P(BindEmitterTest, AddedAndEmittedOutsideOnlyBoundInside) {
  addLook();
  in(1, [&] { ns_.bindEmitter(emitter_); });
  emitter_.emit(kEvent);
  EXPECT_EQ(seen_, Ints{0});
}

TEST_P(BindEmitterTest, BoundInsideAddedAndEmittedOutside) {
  in(1, [&] { ns_.bindEmitter(emitter_); });
  addLook();
  emitter_.emit(kEvent);
  EXPECT_EQ(seen_, Ints{0});
}

TEST_P(BindEmitterTest, AListenerThatThrowsLeavesTheEmitterUsable) {
  in(1, [&] {
    ns_.bindEmitter(emitter_);
    add([] { throw std::runtime_error("out"); });
    addLook();
  });
  EXPECT_THROW(emitter_.emit(kEvent), std::runtime_error);
  EXPECT_FALSE(ns_.active());
  if (!GetParam()) {
    EXPECT_THROW(emitter_.emit(kEvent), std::runtime_error);
  }
  EXPECT_EQ(emitter_.listenerCount(kEvent), GetParam() ? 1u : 2u);
}

TEST_P(BindEmitterTest, TwoNamespacesEachKeepTheirs) {
  Namespace other = createNamespace("other");
  Ints others;
  for (int i = 0; i < 2; ++i) {
    ns_.bindEmitter(emitter_);
    other.bindEmitter(emitter_);
  }
  in(1, [&] {
    other.run([&] {
      other.set("v", 2);
      loop_.nextTick([&] {
        add([&] {
          seen_.push_back(value());
          others.push_back(valueIn(other));
        });
      });
    });
  });
  loop_.setTimeout([&] { emitter_.emit(kEvent); }, milliseconds(10));
  loop_.run();
  emitter_.removeAllListeners();
  EXPECT_EQ(seen_, Ints{1});
  EXPECT_EQ(others, Ints{2});
}

INSTANTIATE_TEST_SUITE_P(OnAndOnce, BindEmitterTest, testing::Bool(),
                         [](const auto& once) { return once.param ? "Once" : "On"; });

TEST_F(SuiteTest, APayloadArrivesWhereTheListenerWasAdded) {
  EventEmitter emitter;
  Strings seen;
  in(1, [&] {
    ns_.bindEmitter(emitter);
    emitter.on(kPayload, [&](std::string_view payload) {
      seen.push_back(std::string(payload) + std::to_string(value()));
    });
  });
  emitter.emit(kPayload, "blabla");
  EXPECT_EQ(seen, Strings{"blabla1"});
  EXPECT_EQ(emitter.listenerCount(kPayload), 1u);
}

TEST_F(SuiteTest, ANewListenerHandlerMayRemoveItself) {
  EventEmitter emitter;
  Strings seen;
  in(1, [&] {
    ns_.bindEmitter(emitter);
    auto own = std::make_shared<ListenerHandle>();
    *own = emitter.on(kNewListener, [&, own](std::string_view event, const ListenerHandle&) {
      if (event != "payload") return;
      EXPECT_TRUE(own->remove());
      loop_.nextTick([&] { emitter.emit(kPayload, "first"); });
    });
    emitter.on(kPayload, [&](std::string_view payload) {
      seen.push_back(std::string(payload) + std::to_string(value()));
    });
    loop_.nextTick([&] { emitter.emit(kPayload, "second"); });
  });
  loop_.run();
  emitter.removeAllListeners();
  EXPECT_EQ(seen, (Strings{"first1", "second1"}));
}

TEST_F(SuiteTest, ABoundEmitterWithoutListenersDoesNothing) {
  EventEmitter emitter;
  ns_.bindEmitter(emitter);
  EXPECT_FALSE(emitter.emit(kEvent));
  EXPECT_FALSE(emitter.emit("never heard of", 1, std::string_view("two")));
}

TEST_F(SuiteTest, ArgumentsArriveWithNoContextAnywhere) {
  EventEmitter emitter;
  Strings seen;
  emitter.on(kPayload, [&](std::string_view payload) { seen.emplace_back(payload); });
  ns_.bindEmitter(emitter);
  emitter.emit(kPayload, "as it is");
  EXPECT_EQ(seen, Strings{"as it is"});
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
