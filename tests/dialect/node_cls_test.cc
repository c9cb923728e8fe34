#include "weft/dialect/node_cls.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::dialect::node_cls {
namespace {

using std::chrono::milliseconds;

class NodeClsTest : public testing::Test {
 protected:
  NodeClsTest() : loop_({.clock = &clock_}) {}
  ~NodeClsTest() override {
    loop_.run();
    EXPECT_EQ(weft::cls::liveContexts(), 0u);
  }
  // Runs `fn` as a callback of the loop.
  template <typename F>
  void inLoop(F fn) {
    loop_.setImmediate(fn);
    loop_.run();
  }
  ManualClock clock_;
  EventLoop loop_;
};

// --- the package's own tests

TEST_F(NodeClsTest, SyncTheContextIsFoundByItsKeyInsideRun) {
  Context context = create("session");
  context.set("user", "ada");
  context.run([&] {
    EXPECT_EQ(getContext("session"), context);
    EXPECT_EQ(*getContext("session").get<std::string>("user"), "ada");
  });
  EXPECT_FALSE(get("session"));
}

TEST_F(NodeClsTest, AsyncATimerThatIsStartedInRunSeesTheContext) {
  bool checked = false;
  Context context = create("session");
  context.set("n", 10);
  context.run([&] {
    loop_.setTimeout(
        [&] {
          EXPECT_EQ(*get("session").get<int>("n"), 10);
          checked = true;
        },
        milliseconds(300));
  });
  loop_.run();
  EXPECT_TRUE(checked);
}

TEST_F(NodeClsTest, NestedAnInnerContextOfTheSameKeyStartsEmpty) {
  int timers = 0;
  inLoop([&] {
    Context outer = create("key");
    outer.set("level", 1);
    outer.set("outer only", 1);
    outer.run([&, outer] {
      Context inner = create("key");
      inner.run([&, inner, outer] {
        EXPECT_EQ(get("key"), inner);
        EXPECT_EQ(get("key").get<int>("outer only"), nullptr);
        get("key").set("level", 2);
        loop_.setTimeout(
            [&, inner] {
              EXPECT_EQ(get("key"), inner);
              EXPECT_EQ(*get("key").get<int>("level"), 2);
              ++timers;
            },
            milliseconds(10));
      });
      EXPECT_EQ(get("key"), outer) << "the outer one is back";
      EXPECT_EQ(*get("key").get<int>("level"), 1);
    });
  });
  EXPECT_EQ(timers, 1);
}

TEST_F(NodeClsTest, StartTheInnermostWinsAndExitRevealsTheOneAround) {
  inLoop([&] {
    Context first = create("key"), second = create("key");
    first.start();
    EXPECT_EQ(get("key"), first);
    second.start();
    EXPECT_EQ(get("key"), second);
    exit("key");
    EXPECT_EQ(get("key"), first);
    exit("key");
    EXPECT_FALSE(get("key"));
    exit("key");
    EXPECT_FALSE(get("key"));
  });
}

TEST_F(NodeClsTest, WrapperEachRunOfAKeyHasANewContext) {
  std::vector<int> seen;
  for (int i = 0; i < 2; ++i) {
    cls("key").run([&](const Context& fresh) {
      EXPECT_EQ(get("key"), fresh);
      EXPECT_EQ(get("key").get<int>("n"), nullptr);
      get("key").set("n", i);
      loop_.setTimeout([&] { seen.push_back(*get("key").get<int>("n")); }, milliseconds(10));
    });
  }
  loop_.run();
  EXPECT_EQ(seen, (std::vector<int>{0, 1}));
}

// --- the README's examples

TEST_F(NodeClsTest, ReadmeOneContextPerRequestOfAServer) {
  std::vector<std::string> log;
  auto handle = [&](std::string url) {
    Context context = create("request");
    context.set("url", url);
    context.run([&] {
      loop_.setTimeout([&] { log.push_back(*get("request").get<std::string>("url")); },
                       milliseconds(url.size()));
    });
  };
  inLoop([&] { handle("/longer"); });
  inLoop([&] { handle("/a"); });
  EXPECT_EQ(log, (std::vector<std::string>{"/longer", "/a"}));
}

TEST_F(NodeClsTest, ReadmeASymbolIsAKeyThatNobodyElseHas) {
  const Symbol mine, others;
  Context context = create(mine);
  context.run([&] {
    EXPECT_EQ(get(mine), context);
    EXPECT_FALSE(get(others));
    EXPECT_FALSE(get("mine"));
    const Symbol copy = mine;
    EXPECT_EQ(get(copy), context);
  });
}

TEST_F(NodeClsTest, ReadmeWithNoKeyTheContextIsTheActiveOne) {
  Context context = create();
  context.run([&] {
    EXPECT_EQ(active(), context);
    EXPECT_EQ(get(), context);
    EXPECT_FALSE(get("key"));
  });
  EXPECT_FALSE(active());
}

TEST_F(NodeClsTest, ReadmeExitInARunEndsTheContextForTheRestOfIt) {
  std::vector<bool> seen;
  Context context = create("key");
  context.run([&] {
    loop_.nextTick([&] { seen.push_back(static_cast<bool>(get("key"))); });
    exit("key");
    EXPECT_FALSE(get("key"));
    loop_.nextTick([&] { seen.push_back(static_cast<bool>(get("key"))); });
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<bool>{true, false})) << "what was scheduled earlier keeps it";
}

// --- what must hold besides

TEST_F(NodeClsTest, RunReturnsWhatTheFunctionReturns) {
  Context context = create("key");
  int n = 0;
  int& same = context.run([&]() -> int& { return n; });
  EXPECT_EQ(&same, &n);
  EXPECT_EQ(*context.run([] { return std::make_unique<int>(4); }), 4);
  static_assert(std::is_void_v<decltype(context.run())>);
  context.run();
  EXPECT_EQ(cls("key").run([] { return 5; }), 5);
}

TEST_F(NodeClsTest, OneContextMayRunManyTimesAndKeepsItsValues) {
  Context context = create("key");
  for (int i = 0; i < 3; ++i) {
    context.run([&] {
      EXPECT_EQ(get("key").get<int>("n") == nullptr, i == 0);
      get("key").set("n", i);
    });
  }
  EXPECT_EQ(*context.get<int>("n"), 2);
}

TEST_F(NodeClsTest, ExceptionsPassUntouchedAndTheContextIsGoneAfterwards) {
  Context context = create("key");
  try {
    context.run([]() -> void { throw 42; });
    FAIL();
  } catch (int thrown) {
    EXPECT_EQ(thrown, 42);
  }
  EXPECT_FALSE(get("key"));
  weft::cls::settle();
}

TEST_F(NodeClsTest, KeysAreIndependent) {
  create("a").run([&] {
    create("b").run([&] {
      EXPECT_TRUE(get("a"));
      EXPECT_TRUE(get("b"));
      exit("a");
      EXPECT_FALSE(get("a"));
      EXPECT_TRUE(get("b"));
    });
    EXPECT_TRUE(get("a"));
  });
}

TEST_F(NodeClsTest, NoNameIsThereBeforeItIsMade) {
  for (const char* name : {"toString", "constructor", "__proto__", "run", "start"}) {
    EXPECT_FALSE(get(name)) << name;
    Context context = create(name);
    EXPECT_FALSE(context.values().has("run"));
    context.run([&] { EXPECT_EQ(get(name), context); });
  }
}

TEST_F(NodeClsTest, StartLastsForTheRestOfTheCallbackAndWhatItStartsOnly) {
  std::vector<bool> seen;
  Context context = create("key");
  loop_.setImmediate([&] {
    context.start();
    loop_.setTimeout([&] { seen.push_back(static_cast<bool>(get("key"))); }, milliseconds(1));
  });
  loop_.setImmediate([&] { seen.push_back(static_cast<bool>(get("key"))); });
  testing::internal::CaptureStderr();
  loop_.run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(seen, (std::vector<bool>{false, true}));
}

TEST_F(NodeClsTest, StartInARunEndsWithTheRun) {
  Context outer = create("key"), inner = create("key");
  outer.run([&] { inner.start(); });
  EXPECT_FALSE(get("key"));
}

TEST_F(NodeClsTest, StartAndExitMayBeAwaited) {
  create("key").run([] {
    EXPECT_TRUE(exit("key").await_ready());
    EXPECT_TRUE(create("key").start().await_ready());
    EXPECT_TRUE(get("key"));
  });
}

TEST_F(NodeClsTest, AContextThatIsNoneAndANullFunctionAreRefused) {
  const Context none;
  EXPECT_FALSE(none);
  EXPECT_THROW(none.run([] {}), UsageError);
  EXPECT_THROW(none.run(), UsageError);
  EXPECT_THROW(none.start(), UsageError);
  EXPECT_THROW(create("key").run(std::function<void()>()), UsageError);
  EXPECT_FALSE(get("key"));
}

TEST_F(NodeClsTest, AFunctionNeedNotBeCopyable) {
  auto owns = [p = std::make_unique<int>(3)] { return *p; };
  EXPECT_EQ(create("key").run(owns), 3);
  EXPECT_EQ(create("key").run(std::move(owns)), 3);
}

TEST_F(NodeClsTest, AContextEndsWhenNothingOfItIsLeft) {
  bool ended = false;
  {
    Context context = create("key");
    weft::cls::Context values = context.values();
    values.onEnd([&] { ended = true; });
    context.run([&] { loop_.setTimeout([] {}, milliseconds(5)); });
  }
  EXPECT_FALSE(ended);
  loop_.run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace weft::dialect::node_cls
