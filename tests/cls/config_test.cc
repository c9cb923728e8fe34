// The two builds: with contexts, and without (--define weft_cls=off), where the same programs
// compile, run and bind call through, reading finds nothing and writing does nothing.

#include "weft/cls/config.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "weft/cls/cls.h"
#include "weft/cls/emitter_binding.h"

namespace weft::cls {
namespace {

TEST(ConfigTest, TheConstantSaysWhichBuildThisIs) {
  EXPECT_EQ(kEnabled, WEFT_CLS != 0);
#if WEFT_CLS
  static_assert(std::is_same_v<Context, with_contexts::Context>);
#else
  static_assert(std::is_same_v<Context, without_contexts::Context>);
#endif
}

TEST(ConfigTest, TheSameProgramRunsInBothBuilds) {
  Namespace ns = createNamespace("config");
  EXPECT_EQ(ns.name(), "config");
  EXPECT_EQ(getNamespace("config"), ns);
  int calls = 0;
  Context made = ns.run([&](const Context& context) {
    ns.set("n", 1);
    EXPECT_EQ(ns.get<int>("n") != nullptr, kEnabled);
    EXPECT_EQ(ns.has("n"), kEnabled);
    EXPECT_EQ(static_cast<bool>(context), kEnabled);
    EXPECT_EQ(frameActive(), kEnabled);
    EXPECT_EQ(static_cast<bool>(HeldFrame<Holder::kTimer>::capture()), kEnabled);
    EXPECT_EQ(ns.depth(), kEnabled ? 1u : 0u);
    ++calls;
  });
  EXPECT_EQ(ns.runAndReturn([] { return 5; }), 5);
  EXPECT_EQ(ns.bind([](int n) { return n + 1; })(1), 2);
  EXPECT_EQ(bindAll([](int n) { return n + 1; })(1), 2);
  Function<int()> function = [] { return 7; };
  EXPECT_EQ(function(), 7);
  EXPECT_EQ(detached([] { return 8; }), 8);
  EXPECT_EQ(Snapshot::capture().run([] { return 9; }), 9);
  EXPECT_EQ(Variable<int>().run(1, [] { return 10; }), 10);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(made.fork() == made, !kEnabled);
  made.onEnd([] {});
  EXPECT_EQ(liveContexts(), kEnabled ? 1u : 0u);
  made = Context();
  EXPECT_EQ(drainEnded(), kEnabled);
  settle();
  destroyNamespace("config");
}

TEST(ConfigTest, ExceptionsPassInBothBuilds) {
  Namespace ns = createAnonymousNamespace();
  try {
    ns.run([] { throw std::runtime_error("out"); });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(static_cast<bool>(ns.fromException(std::current_exception())), kEnabled);
  }
  settle();
}

TEST(ConfigTest, NullCallablesAndNamelessNamespacesAreRefusedInBothBuilds) {
  Namespace ns = createAnonymousNamespace(), none;
  EXPECT_THROW(ns.bind(std::function<void()>()), UsageError);
  EXPECT_THROW(ns.run(std::function<void()>()), UsageError);
  EXPECT_THROW(none.run([] {}), UsageError);
  EXPECT_THROW(createNamespace(""), UsageError);
  EXPECT_THROW(Function<void()>()(), UsageError);
}

TEST(ConfigTest, ListenersAreCalledInBothBuilds) {
  EmitterBinding binding;
  binding.bind(createAnonymousNamespace());
  const ListenerContext listener = ListenerContext::capture(binding);
  int calls = 0;
  listener.call([&] { ++calls; });
  ListenerContext().call([&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

#if !WEFT_CLS
TEST(ConfigTest, WithoutContextsWhatIsStoredTakesNoRoomForThem) {
  EXPECT_EQ(internal::keysInUse(), 0u);
  createAnonymousNamespace().run([] {});
  EXPECT_EQ(liveContexts(), 0u);
  EXPECT_TRUE(liveContextList().empty());
  EXPECT_TRUE(holders(Context()).empty());
}
#endif

}  // namespace
}  // namespace weft::cls
