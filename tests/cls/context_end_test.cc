// Context::onEnd(): exactly once, when nothing that could still run in the context is left.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/cls/emitter_binding.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class ContextEndTest : public testing::Test {
 protected:
  ~ContextEndTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  // Notes the end of the active context.
  void watch(std::string name) {
    ns_.active().onEnd([this, name] { ends_.push_back(name); });
  }
  using Names = std::vector<std::string>;

  Namespace ns_ = createAnonymousNamespace();
  Names ends_;
};

TEST_F(ContextEndTest, ComesAfterTheRunWhenNothingElseHoldsIt) {
  ns_.run([&] {
    watch("a");
    EXPECT_FALSE(drainEnded());
  });
  EXPECT_TRUE(ends_.empty()) << "only a dispatcher runs end listeners";
  EXPECT_EQ(drainAll(), 1);
  EXPECT_EQ(ends_, Names{"a"});
  EXPECT_EQ(drainAll(), 0);
}

TEST_F(ContextEndTest, WaitsForTheLastHandle) {
  Context copy;
  {
    Context context = ns_.run([&] { watch("a"); });
    copy = context;
  }
  EXPECT_EQ(drainAll(), 0);
  copy = Context();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, WaitsForEveryCapturedFrame) {
  HeldFrame<Holder::kTimer> timer;
  HeldFrame<Holder::kQueued> tick;
  ns_.run([&] {
    watch("a");
    timer = HeldFrame<Holder::kTimer>::capture();
    tick = HeldFrame<Holder::kQueued>::capture();
  });
  tick.reset();
  EXPECT_EQ(drainAll(), 0);
  timer.reset();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, WaitsForBoundFunctionsAndFunctionsThatCapture) {
  std::function<void()> bound;
  Function<void()> function;
  ns_.run([&] {
    watch("a");
    bound = ns_.bind([] {});
    function = [] {};
  });
  bound = nullptr;
  EXPECT_EQ(drainAll(), 0);
  function = nullptr;
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, WaitsForListenersOfBoundEmitters) {
  EmitterBinding binding;
  binding.bind(ns_);
  ListenerContext listener;
  ns_.run([&] {
    watch("a");
    listener = ListenerContext::capture(binding);
  });
  EXPECT_EQ(drainAll(), 0);
  listener = ListenerContext();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, WaitsForChildrenAndChildrenEndFirst) {
  HeldFrame<Holder::kUser> held;
  ns_.run([&] {
    watch("parent");
    ns_.run([&] {
      ns_.run([&] {
        watch("grandchild");
        held = HeldFrame<Holder::kUser>::capture();
      });
      watch("child");
    });
  });
  EXPECT_EQ(drainAll(), 0);
  held.reset();
  drainAll();
  EXPECT_EQ(ends_, (Names{"grandchild", "child", "parent"}));
}

TEST_F(ContextEndTest, AFrameOfAnotherNamespaceThatWasMadeInsideHoldsItToo) {
  Namespace other = createAnonymousNamespace();
  HeldFrame<Holder::kUser> held;
  ns_.run([&] {
    watch("a");
    other.run([&] { held = HeldFrame<Holder::kUser>::capture(); });
  });
  EXPECT_EQ(drainAll(), 0);
  held.reset();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, DoesNotWaitForAFrameThatShowsAnotherContextInItsPlace) {
  Namespace other = createAnonymousNamespace();
  HeldFrame<Holder::kUser> root, bound, left;
  Context elsewhere = ns_.createContext();
  ns_.run([&] {
    watch("a");
    other.run([&] {
      ns_.run([&] { root = HeldFrame<Holder::kUser>::capture(); }, {.root = true});
      ns_.bind([&] { bound = HeldFrame<Holder::kUser>::capture(); }, elsewhere)();
      ns_.run([&] { ns_.bind([&] { other.run([&] { ns_.run([] {}); }); }, elsewhere)(); });
      ns_.exit(ns_.active());
      left = HeldFrame<Holder::kUser>::capture();
    });
  });
  EXPECT_EQ(drainAll(), 1);
  FrameScope scope(left);
  EXPECT_FALSE(ns_.active());
  EXPECT_TRUE(other.active());
}

TEST_F(ContextEndTest, TheListenerRunsInsideTheContextAndNothingElse) {
  Namespace other = createAnonymousNamespace();
  std::string seen;
  bool other_active = true;
  ns_.run([&] {
    ns_.set("name", "ada");
    other.run([&] {
      ns_.active().onEnd([&] {
        seen = *ns_.get<std::string>("name");
        other_active = static_cast<bool>(other.active());
        ns_.set("name", "written at the end");
        EXPECT_EQ(*ns_.get<std::string>("name"), "written at the end");
      });
    });
  });
  drainAll();
  EXPECT_EQ(seen, "ada");
  EXPECT_FALSE(other_active);
  EXPECT_FALSE(ns_.active());
}

TEST_F(ContextEndTest, ListenersRunInTheOrderInWhichTheyWereAddedEachOnce) {
  ns_.run([&] {
    watch("first");
    watch("second");
    watch("third");
  });
  EXPECT_EQ(drainAll(), 3);
  EXPECT_EQ(ends_, (Names{"first", "second", "third"}));
}

TEST_F(ContextEndTest, ContextsEndInTheOrderInWhichTheyWereLeft) {
  ns_.run([&] { watch("a"); });
  ns_.run([&] { watch("b"); });
  drainAll();
  EXPECT_EQ(ends_, (Names{"a", "b"}));
}

TEST_F(ContextEndTest, WhatTheListenerStartsDoesNotOpenTheContextAgain) {
  HeldFrame<Holder::kUser> started;
  Context handle;
  ns_.run([&] {
    ns_.set("n", 1);
    ns_.active().onEnd([&] {
      ends_.push_back("end");
      started = HeldFrame<Holder::kUser>::capture();
      handle = ns_.active();
      ns_.run([&] { watch("a run in the listener"); });
    });
  });
  drainAll();
  EXPECT_EQ(ends_, (Names{"end", "a run in the listener"}));
  EXPECT_EQ(liveContexts(), 0u) << "it has ended, though it can still be seen";
  {
    FrameScope scope(started);
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  }
  started.reset();
  EXPECT_EQ(*handle.get<int>("n"), 1);
  handle = Context();
  EXPECT_EQ(drainAll(), 0);
}

TEST_F(ContextEndTest, AListenerAfterTheEndIsRefused) {
  std::string text;
  ns_.run([&] {
    ns_.active().onEnd([&] { text = usageErrorOf([&] { ns_.active().onEnd([] {}); }); });
  });
  drainAll();
  EXPECT_EQ(text, "the context has ended: add its onEnd listener before its work is over");
}

TEST_F(ContextEndTest, ANullListenerIsRefused) {
  Context context = ns_.createContext();
  EXPECT_EQ(usageErrorOf([&] { context.onEnd(nullptr); }),
            "onEnd() needs a function, and was given a null one");
  context = Context();
  EXPECT_EQ(drainAll(), 0);
}

TEST_F(ContextEndTest, ComesWhenTheRunIsLeftByAnException) {
  EXPECT_THROW(ns_.run([&] {
    watch("a");
    throw std::runtime_error("out");
  }),
               std::runtime_error);
  settle();  // until then fromException() may be asked
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, AListenerThatThrowsLeavesItsContextCurrentUntilSettle) {
  ns_.run([&] {
    ns_.set("n", 1);
    ns_.active().onEnd([]() -> void { throw std::runtime_error("from the end"); });
    watch("after it");
  });
  try {
    drainEnded();
    FAIL();
  } catch (const std::runtime_error&) {
    EXPECT_EQ(*ns_.get<int>("n"), 1);
    EXPECT_TRUE(ns_.fromException(std::current_exception()));
  }
  settle();
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(drainAll(), 1) << "the other listeners have their turn";
  EXPECT_EQ(ends_, Names{"after it"});
}

TEST_F(ContextEndTest, TheListenerIsDestroyedInsideTheContext) {
  struct Asks {
    Namespace ns;
    bool* inside;
    Asks(Namespace n, bool* flag) : ns(n), inside(flag) {}
    Asks(Asks&& other) noexcept : ns(other.ns), inside(std::exchange(other.inside, nullptr)) {}
    ~Asks() {
      if (inside != nullptr) *inside = static_cast<bool>(ns.active());
    }
    void operator()() {}
  };
  bool inside = false;
  ns_.run([&] { ns_.active().onEnd(Asks(ns_, &inside)); });
  drainAll();
  EXPECT_TRUE(inside);
}

TEST_F(ContextEndTest, AnEnterThatIsNeverLeftHoldsItUntilTheCallbackEnds) {
  Context context = ns_.run([&] { watch("a"); });
  ns_.enter(context);
  context = Context();
  EXPECT_EQ(drainAll(), 0);
  settle();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, ReEnteringItBeforeTheEndPostponesTheEnd) {
  HeldFrame<Holder::kUser> held;
  ns_.run([&] {
    watch("a");
    held = HeldFrame<Holder::kUser>::capture();
  });
  for (int i = 0; i < 3; ++i) {
    FrameScope scope(held);
    auto next = HeldFrame<Holder::kUser>::capture();
    held = std::move(next);
    EXPECT_EQ(drainAll(), 0);
  }
  held.reset();
  EXPECT_EQ(drainAll(), 1);
}

TEST_F(ContextEndTest, ADestroyedNamespacesContextEndsAsWell) {
  Namespace named = createNamespace("ends");
  named.run([&] { named.active().onEnd([&] { ends_.push_back("a"); }); });
  HeldFrame<Holder::kUser> held;
  named.run([&] {
    named.active().onEnd([&] { ends_.push_back("b"); });
    held = HeldFrame<Holder::kUser>::capture();
    destroyNamespace("ends");
  });
  drainAll();
  EXPECT_EQ(ends_, Names{"a"});
  held.reset();
  drainAll();
  EXPECT_EQ(ends_, (Names{"a", "b"}));
}

TEST_F(ContextEndTest, AForeignCaptureThatDiesOnItsNamespacesDestructionEndsIt) {
  Namespace other = createAnonymousNamespace();
  HeldFrame<Holder::kUser> held;
  ns_.run([&] {
    watch("a");
    other.run([&] {
      destroyNamespace(ns_);
      held = HeldFrame<Holder::kUser>::capture();
    });
  });
  EXPECT_EQ(drainAll(), 1) << "what is captured after the destruction does not hold it";
}

TEST_F(ContextEndTest, LiveContextsCountsThoseThatHaveNotEnded) {
  ns_.run([&] {
    watch("a");
    EXPECT_EQ(liveContexts(), 1u);
    ns_.run([] { EXPECT_EQ(liveContexts(), 2u); });
    EXPECT_EQ(liveContexts(), 1u);
  });
  EXPECT_EQ(liveContexts(), 0u);
  EXPECT_TRUE(liveContextList().empty());
  drainAll();
}

TEST_F(ContextEndTest, AThreadThatEndsWithoutADispatcherDropsItsEndsUnheard) {
  bool ran = false;
  auto counted = std::make_shared<int>();
  std::thread([&] {
    Namespace ns = createAnonymousNamespace();
    ns.run([&] { ns.active().onEnd([&ran, counted] { ran = true; }); });
    try {
      ns.run([&] {
        ns.set("counted", counted);
        throw 1;
      });
    } catch (int) {
    }
    ns.enter(ns.createContext());
    ns.set("counted", counted);
  }).join();
  EXPECT_FALSE(ran);
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(ContextEndTest, ObjectsThatDieAfterAllElseOfTheirThreadMayStillUseContexts) {
  struct Late {
    Namespace* ns = nullptr;
    int* seen = nullptr;
    ~Late() {
      if (ns == nullptr) return;
      ns->run([&] {
        ns->set("n", 1);
        *seen = *ns->get<int>("n");
      });
    }
  };
  int seen = 0;
  std::thread([&] {
    static thread_local Late late;  // made before the thread's first context, so destroyed after
    late.ns = &ns_;
    late.seen = &seen;
    ns_.run([] {});
  }).join();
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace weft::cls
