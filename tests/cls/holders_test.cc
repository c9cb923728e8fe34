#include "weft/cls/holders.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/cls/emitter_binding.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class HoldersTest : public testing::Test {
 protected:
  HoldersTest() { context_ = ns_.createContext(); }
  ~HoldersTest() override {
    setTracking(false);
    settle();
    context_ = Context();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }

  // "timer x2, handle of the user"; places as "timer@17".
  std::string held() { return list(context_); }
  static std::string list(const Context& context) {
    std::string text;
    for (const HolderInfo& holder : holders(context)) {
      if (!text.empty()) text += ", ";
      text += holder.kind;
      if (holder.count != 1) text += " x" + std::to_string(holder.count);
      if (holder.where.line != 0) text += "@" + std::to_string(holder.where.line);
    }
    return text;
  }
  template <typename F>
  auto inside(F fn) {
    return ns_.bind(fn, context_)();
  }
  template <Holder kHolder>
  HeldFrame<kHolder> capture(Location where = Location::here()) {
    HeldFrame<kHolder> held;
    inside([&] { held = HeldFrame<kHolder>::capture(where); });
    return held;
  }

  Namespace ns_ = createAnonymousNamespace();
  Context context_;
};

TEST_F(HoldersTest, NobodyHoldsAContextButWhoAsks) {
  EXPECT_EQ(held(), "");
  EXPECT_TRUE(holders(Context()).empty());
}

TEST_F(HoldersTest, EachKindOfCaptureIsCounted) {
  auto a = capture<Holder::kTimer>();
  auto b = capture<Holder::kTimer>();
  auto c = capture<Holder::kWatcher>();
  auto d = capture<Holder::kHandle>();
  auto e = capture<Holder::kCoroutine>();
  auto f = capture<Holder::kWork>();
  auto g = capture<Holder::kUser>();
  auto h = capture<Holder::kQueued>();
  EXPECT_EQ(held(),
            "timer x2, watcher, I/O object, coroutine, work, captured by hand, queued callback");
  a.reset();
  h.reset();
  EXPECT_EQ(held(), "timer, watcher, I/O object, coroutine, work, captured by hand");
}

TEST_F(HoldersTest, FunctionsOfAllMakesAreCounted) {
  Function<void()> function;
  std::function<void()> all, bound;
  inside([&] {
    function = [] {};
    all = bindAll([] {});
    bound = ns_.bind([] {});
  });
  EXPECT_EQ(held(), "function x3");
  auto copy = bound;
  EXPECT_EQ(held(), "function x4");
  bound = copy = nullptr;
  all = nullptr;
  function = nullptr;
  EXPECT_EQ(held(), "");
}

TEST_F(HoldersTest, ListenersAreCounted) {
  EmitterBinding binding;
  binding.bind(ns_);
  ListenerContext listener;
  inside([&] { listener = ListenerContext::capture(binding); });
  EXPECT_EQ(held(), "listener");
}

TEST_F(HoldersTest, ChildrenAndHandlesAreCounted) {
  Context child, copy = context_;
  inside([&] { child = ns_.createContext(); });
  EXPECT_EQ(held(), "child context, handle of the user");
  EXPECT_EQ(list(child), "");
}

TEST_F(HoldersTest, RunningCodeIsCounted) {
  Namespace other = createAnonymousNamespace();
  ns_.run([&](const Context& context) {
    EXPECT_EQ(list(context), "running scope");
    other.run([&] { EXPECT_EQ(list(context), "running scope x2"); });
    auto queued = HeldFrame<Holder::kQueued>::capture();
    EXPECT_EQ(list(context), "queued callback, running scope");
  });
  ns_.enter(context_);
  ns_.enter(ns_.createContext({.root = true}));
  EXPECT_EQ(held(), "running scope");
  {
    auto scope = ns_.scope(context_);
    EXPECT_EQ(held(), "running scope x2, handle of the user") << "the scope keeps a handle";
  }
  settle();
  EXPECT_EQ(held(), "");
}

TEST_F(HoldersTest, AnExceptionThatLeftTheContextHoldsItUntilTheCallbackEnds) {
  try {
    inside([]() -> void { throw 1; });
  } catch (int) {
  }
  EXPECT_EQ(held(), "exception");
  settle();
  EXPECT_EQ(held(), "");
}

TEST_F(HoldersTest, AFrameThatShowsAnotherContextOfTheNamespaceHoldsOnlyThat) {
  Namespace other = createAnonymousNamespace();
  Context shown = ns_.createContext();
  HeldFrame<Holder::kUser> user;
  inside([&] {
    other.run([&] { ns_.bind([&] { user = HeldFrame<Holder::kUser>::capture(); }, shown)(); });
  });
  EXPECT_EQ(held(), "");
  EXPECT_EQ(list(shown), "captured by hand");
}

TEST_F(HoldersTest, WithTrackingEachCaptureSaysWhereItWasMade) {
  auto before = capture<Holder::kTimer>();
  setTracking(true);
  auto first = capture<Holder::kTimer>({"server.cc", 41});
  auto second = capture<Holder::kQueued>({"server.cc", 42});
  std::function<void()> bound;
  const int line = __LINE__ + 1;
  inside([&] { bound = ns_.bind([] {}); });
  std::vector<HolderInfo> all = holders(context_);
  EXPECT_EQ(held(), "function@" + std::to_string(line) + ", queued callback@42, timer@41, timer");
  setTracking(false);
  EXPECT_EQ(held(), "function@" + std::to_string(line) + ", queued callback@42, timer@41, timer");
  first.reset();
  second.reset();
  bound = nullptr;
  EXPECT_EQ(held(), "timer");
}

TEST_F(HoldersTest, WithTrackingTheAgeOfAHolderIsKnown) {
  const auto before = capture<Holder::kTimer>();
  setTracking(true);
  const auto begin = std::chrono::steady_clock::now();
  const auto timer = capture<Holder::kTimer>({"server.cc", 41});
  std::vector<HolderInfo> all;
  do {
    all = holders(context_);
    ASSERT_EQ(all.size(), 2u);
    ASSERT_TRUE(all[0].age.has_value());
  } while (*all[0].age < std::chrono::milliseconds(3));
  EXPECT_LE(*all[0].age, std::chrono::steady_clock::now() - begin + std::chrono::milliseconds(1));
  EXPECT_FALSE(all[1].age.has_value()) << "it was made before";
}

TEST_F(HoldersTest, WithTrackingListenersAndCopiesHaveTheirPlaceToo) {
  setTracking(true);
  EmitterBinding binding;
  binding.bind(ns_);
  ListenerContext listener;
  inside([&] { listener = ListenerContext::capture(binding, {"a.cc", 1}); });
  EXPECT_EQ(held(), "listener@1");
  listener = ListenerContext();
  auto one = capture<Holder::kFunction>({"a.cc", 2});
  auto two = one.share();
  EXPECT_EQ(held(), "function x2@2");
}

TEST_F(HoldersTest, TrackedCapturesRunAsOthersDo) {
  setTracking(true);
  context_.set("n", 1);
  auto user = capture<Holder::kUser>();
  setTracking(false);
  FrameScope scope(user);
  EXPECT_EQ(*ns_.get<int>("n"), 1);
  EXPECT_TRUE(HeldFrame<Holder::kUser>::capture());
}

TEST_F(HoldersTest, AHolderIsTextForALog) {
  EXPECT_EQ((HolderInfo{"timer", 1, {}}.toString()), "timer");
  EXPECT_EQ((HolderInfo{"timer", 3, {}}.toString()), "timer x3");
  EXPECT_EQ((HolderInfo{"timer", 1, {"server.cc", 41}}.toString()), "timer, made at server.cc:41");
  const std::chrono::milliseconds age(12'345);
  EXPECT_EQ((HolderInfo{"timer", 1, {"server.cc", 41}, age}.toString()),
            "timer, made at server.cc:41 12.3 s ago");
  EXPECT_EQ((HolderInfo{"coroutine", 1, {}, age}.toString()), "coroutine, made 12.3 s ago");
  EXPECT_EQ((HolderInfo{"coroutine", 1, Location::named("serve(int)"), age}.toString()),
            "coroutine, in serve(int), made 12.3 s ago");
}

TEST_F(HoldersTest, LiveContextsAreListedOldestFirst) {
  Context second = ns_.createContext();
  EXPECT_EQ(liveContextList(), (std::vector<Context>{context_, second}));
  second = Context();
  EXPECT_EQ(liveContextList(), std::vector<Context>{context_});
}

TEST_F(HoldersTest, AContextKnowsWhereItWasMade) {
  const int line = __LINE__ + 1;
  Context made = ns_.run([] {});
  EXPECT_EQ(madeAt(made).line, line);
  EXPECT_NE(std::string(madeAt(made).file).find("holders_test.cc"), std::string::npos);
  EXPECT_EQ(madeAt(Context()).line, 0);
}

}  // namespace
}  // namespace weft::cls
