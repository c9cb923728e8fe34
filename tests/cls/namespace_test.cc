#include "weft/cls/namespace.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "weft/cls/cls.h"

namespace weft::cls {
namespace {

TEST(NamespaceTest, RunMakesAContextThatIsActiveInsideOnly) {
  Namespace ns = createAnonymousNamespace();
  EXPECT_FALSE(ns.active());
  Context made = ns.run([&](const Context& context) {
    EXPECT_EQ(ns.active(), context);
    ns.set("id", 7);
    EXPECT_EQ(*ns.get<int>("id"), 7);
  });
  EXPECT_FALSE(ns.active());
  EXPECT_EQ(ns.get<int>("id"), nullptr);
  EXPECT_EQ(*made.get<int>("id"), 7);
}

TEST(NamespaceTest, NestedRunsInheritAndShadow) {
  Namespace ns = createAnonymousNamespace();
  ns.run([&] {
    ns.set("a", 1);
    ns.run([&] {
      EXPECT_EQ(*ns.get<int>("a"), 1);
      ns.set("a", 2);
      EXPECT_EQ(*ns.get<int>("a"), 2);
      EXPECT_TRUE(ns.erase("a"));
      EXPECT_EQ(*ns.get<int>("a"), 1);
    });
    EXPECT_EQ(*ns.get<int>("a"), 1);
  });
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(NamespaceTest, SettingOutsideOfAnyContextThrowsAndSaysWhatToDo) {
  Namespace ns = createNamespace("outside");
  try {
    ns.set("a", 1);
    FAIL();
  } catch (const NoContextError& error) {
    EXPECT_STREQ(error.what(),
                 "no context is active in namespace 'outside': call run() or bind() first");
  }
  EXPECT_EQ(ns.trySet("a", 1).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(NamespaceTest, TheInnermostContextOfAnExceptionIsRemembered) {
  Namespace ns = createAnonymousNamespace();
  ns.run([&] {
    ns.set("a", 1);
    try {
      ns.run([&] {
        ns.set("a", 2);
        throw 17;
      });
    } catch (int n) {
      EXPECT_EQ(n, 17);
      Context left = ns.fromException(std::current_exception());
      ASSERT_TRUE(left);
      EXPECT_EQ(*left.get<int>("a"), 2);
    }
    EXPECT_EQ(*ns.get<int>("a"), 1);
  });
  settle();
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(NamespaceTest, ContextsAreLeftInAnyOrder) {
  Namespace ns = createAnonymousNamespace();
  Context one = ns.createContext(), two = ns.createContext();
  ns.enter(one);
  ns.enter(two);
  EXPECT_EQ(ns.depth(), 2u);
  ns.exit(one);
  EXPECT_EQ(ns.active(), two);
  ns.exit(two);
  EXPECT_FALSE(ns.active());
  EXPECT_EQ(ns.depth(), 0u);
  EXPECT_THROW(ns.exit(two), UsageError);
}

TEST(NamespaceTest, AContextEndsOnceWhenNothingHoldsIt) {
  Namespace ns = createAnonymousNamespace();
  int ended = 0;
  {
    auto frame = HeldFrame<Holder::kUser>();
    ns.run([&] {
      ns.active().onEnd([&] {
        ++ended;
        EXPECT_EQ(*ns.get<int>("n"), 1);
      });
      ns.set("n", 1);
      frame = HeldFrame<Holder::kUser>::capture();
    });
    EXPECT_FALSE(drainEnded());
  }
  EXPECT_TRUE(drainEnded());
  EXPECT_FALSE(drainEnded());
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(liveContexts(), 0u);
}

TEST(NamespaceTest, DestroyedNamespacesAreLeftOutOfLaterCaptures) {
  Namespace a = createNamespace("a"), b = createNamespace("b");
  a.run([&] {
    b.run([&] {
      auto before = HeldFrame<Holder::kUser>::capture();
      destroyNamespace("a");
      EXPECT_TRUE(a.active());
      auto after = HeldFrame<Holder::kUser>::capture();
      {
        FrameScope scope(before);
        EXPECT_TRUE(a.active());
      }
      FrameScope scope(after);
      EXPECT_FALSE(a.active());
      EXPECT_TRUE(b.active());
    });
  });
  destroyNamespace("b");
  EXPECT_FALSE(getNamespace("a"));
  EXPECT_THROW(destroyNamespace("a"), UsageError);
}

}  // namespace
}  // namespace weft::cls
