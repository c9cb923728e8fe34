// Situations that no suite of the reference packages covers and in which they fail, found by
// probing them: what must hold, with ticks, timers, emitters, promises and coroutines.

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Ints = std::vector<int>;

inline constexpr Event<> kEvent{"event"};
inline constexpr Event<> kOther{"other"};

class FoundTest : public testing::Test {
 protected:
  FoundTest() : loop_({.clock = &clock_}) { emitter_ = std::make_unique<EventEmitter>(); }
  ~FoundTest() override {
    emitter_.reset();
    loop_.run();
    EXPECT_EQ(liveContexts(), 0u);
    reset();
  }
  int value() const {
    const int* found = ns_.get<int>("v");
    return found != nullptr ? *found : 0;
  }
  template <typename F>
  Context in(int value, F fn) {
    return ns_.run([&] {
      ns_.set("v", value);
      fn();
    });
  }
  void look() { seen_.push_back(value()); }
  auto looking() {
    return [this] { look(); };
  }

  ManualClock clock_;
  EventLoop loop_;
  Namespace ns_ = createNamespace("found");
  std::unique_ptr<EventEmitter> emitter_;
  Ints seen_;
};

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
  loop_.setTimeout([] { destroyNamespace("found"); }, milliseconds(1));
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

// --- bound emitters

TEST_F(FoundTest, AListenerAddedDuringTheEmissionIsKept) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->once(kEvent, [&] { in(2, [&] { emitter_->on(kEvent, looking()); }); }); });
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{});
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{2});
}

TEST_F(FoundTest, AOnceListenerMayArmItselfAgain) {
  ns_.bindEmitter(*emitter_);
  std::function<void()> arm = [&] {
    emitter_->once(kEvent, [&] {
      look();
      arm();
    });
  };
  in(1, arm);
  for (int i = 0; i < 3; ++i) emitter_->emit(kEvent);
  EXPECT_EQ(seen_, (Ints{1, 1, 1}));
}

TEST_F(FoundTest, AListenerMayRemoveItselfAndAll) {
  ns_.bindEmitter(*emitter_);
  ListenerHandle handle;
  in(1, [&] {
    handle = emitter_->on(kEvent, [&] {
      look();
      handle.remove();
    });
  });
  emitter_->emit(kEvent);
  EXPECT_FALSE(emitter_->emit(kEvent));
  in(2, [&] {
    emitter_->on(kEvent, [&] {
      look();
      emitter_->removeAllListeners(kEvent);
    });
  });
  emitter_->emit(kEvent);
  EXPECT_FALSE(emitter_->emit(kEvent));
  EXPECT_EQ(seen_, (Ints{1, 2}));
}

TEST_F(FoundTest, OneFunctionOnTwoEmittersAndTwiceOnOneEventHasAContextForEach) {
  EventEmitter second;
  ns_.bindEmitter(*emitter_);
  ns_.bindEmitter(second);
  const ListenerFn<> function = looking();
  in(1, [&] { emitter_->on(kEvent, function); });
  in(2, [&] { second.on(kEvent, function); });
  emitter_->emit(kEvent);
  second.emit(kEvent);
  in(3, [&] { emitter_->on(kEvent, function); });
  in(4, [&] { emitter_->on(kOther, function); });
  emitter_->emit(kEvent);
  emitter_->emit(kOther);
  EXPECT_EQ(seen_, (Ints{1, 2, 1, 3, 4}));
}

TEST_F(FoundTest, PrependedListenersAreCapturedToo) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->on(kEvent, looking()); });
  in(2, [&] { emitter_->prependListener(kEvent, looking()); });
  in(3, [&] { emitter_->prependOnceListener(kEvent, looking()); });
  in(9, [&] { emitter_->emit(kEvent); });
  EXPECT_EQ(seen_, (Ints{3, 2, 1}));
}

TEST_F(FoundTest, AddedInAContextRemovedAndAddedWithNoneItSeesTheEmitters) {
  ns_.bindEmitter(*emitter_);
  const ListenerFn<> function = looking();
  in(1, [&] { emitter_->on(kEvent, function); });
  emitter_->off(kEvent, function);
  emitter_->on(kEvent, function);
  in(2, [&] { emitter_->emit(kEvent); });
  EventEmitter bound_later;
  in(3, [&] { emitter_->on(kOther, function); });
  emitter_->off(kOther, function);
  bound_later.on(kOther, function);
  ns_.bindEmitter(bound_later);
  in(4, [&] { bound_later.emit(kOther); });
  EXPECT_EQ(seen_, (Ints{2, 4}));
}

TEST_F(FoundTest, AListenerWithNoContextAnywhereMaySetAndLosesIt) {
  ns_.bindEmitter(*emitter_);
  emitter_->on(kEvent, [&] {
    EXPECT_FALSE(ns_.has("x"));
    ns_.set("x", 1);
    EXPECT_EQ(*ns_.get<int>("x"), 1);
  });
  emitter_->emit(kEvent);
  emitter_->emit(kEvent);
  EXPECT_FALSE(ns_.active());
}

TEST_F(FoundTest, AListenerOutlivesItsNamespacesDestruction) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->on(kEvent, looking()); });
  destroyNamespace("found");
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{1});
}

// --- promises and coroutines

TEST_F(FoundTest, AStartedCoroutineLeavesItsCallersContextAlone) {
  in(1, [&] {
    const Context before = ns_.active();
    for (int id : {2, 3}) {
      ns_.runAndReturn([&, id] {
        ns_.set("v", id);
        loop::spawn(loop_, [this]() -> Co<> {
          look();
          co_await loop::nextTick();
          look();
        });
      });
      EXPECT_EQ(ns_.active(), before);
    }
    look();
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{2, 3, 1, 2, 3}));
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

// --- queues of the user's own: the pool, the batcher, the reply queue

TEST_F(FoundTest, APoolGivesEachWaiterItsOwnContext) {
  class Pool {
   public:
    explicit Pool(int size) : free_(size) {}
    void acquire(Function<void()> ready) {
      waiting_.push_back(std::move(ready));
      serve();
    }
    void release() {
      ++free_;
      serve();
    }

   private:
    void serve() {
      while (free_ > 0 && !waiting_.empty()) {
        --free_;
        Function<void()> next = std::move(waiting_.front());
        waiting_.pop_front();
        next();
      }
    }
    int free_;
    std::deque<Function<void()>> waiting_;
  };
  Pool pool(1);
  for (int request : {1, 2, 3}) {
    in(request, [&] {
      pool.acquire([&] {
        look();
        loop_.setTimeout(
            [&] {
              look();
              pool.release();
            },
            milliseconds(5));
      });
    });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1, 2, 2, 3, 3}));
}

TEST_F(FoundTest, ABatcherGivesEachWaiterItsOwnContext) {
  class Batcher {
   public:
    explicit Batcher(EventLoop& loop) : loop_(loop) {}
    void load(int key, Function<void(int)> done) {
      if (batch_.empty()) loop_.nextTick([this] { flush(); });
      batch_.emplace_back(key, std::move(done));
    }

   private:
    void flush() {
      auto batch = std::move(batch_);
      batch_.clear();
      for (auto& [key, done] : batch) done(key * 10);
    }
    EventLoop& loop_;
    std::vector<std::pair<int, Function<void(int)>>> batch_;
  };
  Batcher batcher(loop_);
  for (int request : {1, 2, 3}) {
    in(request,
       [&] { batcher.load(request, [&](int answer) { seen_.push_back(answer + value()); }); });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{11, 22, 33}));
}

TEST_F(FoundTest, RepliesOnAConnectionThatIsOpenedLazilyGoToTheirAskers) {
  class Client {
   public:
    explicit Client(EventLoop& loop) : loop_(loop) {}
    void ask(Function<void()> reply) {
      // Opened in the first asker's context, but not to keep it.
      if (!open_)
        detached([this] { timer_ = loop_.setInterval([this] { onReply(); }, milliseconds(5)); });
      open_ = true;
      replies_.push_back(std::move(reply));
    }

   private:
    void onReply() {
      Function<void()> reply = std::move(replies_.front());
      replies_.pop_front();
      if (replies_.empty()) timer_.clear();
      reply();
    }
    EventLoop& loop_;
    bool open_ = false;
    TimerHandle timer_;
    std::deque<Function<void()>> replies_;
  };
  Client client(loop_);
  std::vector<bool> ended(3);
  for (int request : {1, 2, 3}) {
    in(request, [&] {
      ns_.active().onEnd([&, request] { ended[static_cast<std::size_t>(request) - 1] = true; });
      client.ask([&, request] {
        look();
        EXPECT_EQ(ended[0], request > 1) << "the connection does not keep the first request";
      });
    });
  }
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 3}));
}

// --- timers

TEST_F(FoundTest, RefreshedFromElsewhereATimerKeepsTheContextInWhichItWasSet) {
  TimerHandle handle;
  in(1, [&] { handle = loop_.setTimeout(looking(), milliseconds(5)); });
  in(2, [&] { loop_.setTimeout([&] { handle.refresh(); }, milliseconds(3)); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{1});
}

TEST_F(FoundTest, WhatAnIntervalSetsItReadsAtItsNextTurn) {
  TimerHandle handle;
  in(1, [&] {
    handle = loop_.setInterval(
        [&] {
          look();
          ns_.set("v", value() + 1);
          if (value() == 4) handle.clear();
        },
        milliseconds(5));
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 2, 3}));
}

TEST_F(FoundTest, ClearingFromElsewhereLetsTheContextGoAtOnce) {
  bool ended = false;
  TimerHandle timeout, interval;
  ImmediateHandle immediate;
  in(1, [&] {
    ns_.active().onEnd([&] { ended = true; });
    timeout = loop_.setTimeout(looking(), milliseconds(5));
    interval = loop_.setInterval(looking(), milliseconds(5));
    immediate = loop_.setImmediate(looking());
  });
  in(2, [&] {
    EXPECT_TRUE(timeout.clear());
    EXPECT_TRUE(interval.clear());
    EXPECT_EQ(liveContexts(), 2u);
    EXPECT_TRUE(immediate.clear());
    EXPECT_EQ(liveContexts(), 1u);
    EXPECT_EQ(value(), 2);
  });
  EXPECT_FALSE(ended) << "the loop tells, after the running callback";
  loop_.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen_, Ints{});
}

TEST_F(FoundTest, AContextEndsAfterItsLastCallbackWhoeverThrows) {
  std::vector<std::string> order;
  loop_.onUncaughtException([&](const std::exception_ptr&) { order.push_back("thrown"); });
  in(1, [&] {
    ns_.active().onEnd([&] { order.push_back("end"); });
    loop_.setTimeout([] { throw 1; }, milliseconds(5));
  });
  loop_.setTimeout([&] { order.push_back("later"); }, milliseconds(6));
  loop_.run();
  EXPECT_EQ(order, (std::vector<std::string>{"thrown", "end", "later"}));
}

TEST_F(FoundTest, AnEndListenerThatThrowsIsReportedInItsContextAndTheOthersStillRun) {
  loop_.onUncaughtException([&](const std::exception_ptr&) { look(); });
  in(1, [&] {
    ns_.active().onEnd([] { throw 1; });
    ns_.active().onEnd(looking());
    loop_.nextTick([] {});
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ints{1, 1}));
}

TEST_F(FoundTest, ALoopThatIsDestroyedEndsWhatIsPendingOnIt) {
  Ints ends;
  {
    EventLoop loop;
    for (int i = 1; i <= 4; ++i) {
      in(i, [&] {
        ns_.active().onEnd([&] { ends.push_back(value()); });
        if (i == 1) loop.nextTick([] {});
        if (i == 2) loop.setImmediate([] {});
        if (i == 3) loop.setTimeout([] {}, milliseconds(5));
        if (i == 4) {
          loop::spawn(loop, []() -> Co<> { co_await loop::sleep(milliseconds(5)); });
        }
      });
    }
    EXPECT_EQ(ends, Ints{});
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_EQ(ends, (Ints{1, 2, 3, 4}));
}

// --- long chains

TEST_F(FoundTest, TwentyThousandNestedRunsAcrossTheLoopKeepTheRootsValue) {
  std::function<void(int)> next = [&](int left) {
    ns_.run([&, left] {
      if (left == 0) return look();
      loop_.nextTick([&, left] { next(left - 1); });
    });
  };
  in(5, [&] { next(20000); });
  loop_.run();
  EXPECT_EQ(seen_, Ints{5});
}

}  // namespace
}  // namespace weft::cls
