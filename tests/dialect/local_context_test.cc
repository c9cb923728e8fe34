#include "weft/dialect/local_context.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::dialect::local_context {
namespace {

using std::chrono::milliseconds;

// --- the package's own tests

TEST(LocalContextTest, NamespacesANameIsRequired) { EXPECT_THROW(createNamespace(""), UsageError); }

TEST(LocalContextTest, NamespacesLookupFindsTheSameOne) {
  Namespace made = createNamespace("management");
  EXPECT_EQ(made.name(), "management");
  EXPECT_EQ(getNamespace("management"), made);
}

TEST(LocalContextTest, SimpleAValueSetThroughTheNamespaceLandsInTheRunningContext) {
  Namespace tracer = createNamespace("tracer");
  ContextPtr context = tracer.createContext();
  int ends = 0;
  context->on(kEnd, [&] {
    ++ends;
    EXPECT_EQ(*context->get<std::string>("value"), "transaction");
    EXPECT_NE(tracer.active(), context);
  });
  context->run([&] {
    tracer.set("value", "transaction");
    EXPECT_EQ(ends, 0);
  });
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(tracer.get<std::string>("value"), nullptr);
}

TEST(LocalContextTest, BindTheSameThroughABoundFunction) {
  Namespace tracer = createNamespace("tracer");
  ContextPtr context = tracer.createContext();
  int ends = 0;
  context->on(kEnd, [&] { ends += *context->get<int>("value"); });
  auto bound = context->bind([&](int n) { tracer.set("value", n); });
  EXPECT_EQ(tracer.get<int>("value"), nullptr);
  bound(5);
  EXPECT_EQ(ends, 5);
  EXPECT_EQ(*context->get<int>("value"), 5);
}

TEST(LocalContextTest, NestingLookupsFallThroughAndTheEnclosingValueIsBackAtTheEnd) {
  Namespace writer = createNamespace("writer");
  writer.set("value", 0);
  EXPECT_EQ(*writer.get<int>("value"), 0) << "the default context needs no run";
  std::vector<int> ends;
  ContextPtr outer = writer.createContext();
  outer->on(kEnd, [&] { ends.push_back(*writer.get<int>("value")); });
  outer->run([&] {
    EXPECT_EQ(*writer.get<int>("value"), 0);
    writer.set("value", 1);
    ContextPtr inner = writer.createContext();
    inner->on(kEnd, [&] { ends.push_back(*writer.get<int>("value")); });
    inner->run([&] {
      EXPECT_EQ(*writer.get<int>("value"), 1);
      writer.set("value", 2);
      EXPECT_EQ(*writer.get<int>("value"), 2);
    });
    EXPECT_EQ(*writer.get<int>("value"), 1);
  });
  EXPECT_EQ(*writer.get<int>("value"), 0);
  EXPECT_EQ(ends, (std::vector<int>{1, 0}));
}

// --- the README's examples, as the code answers them

TEST(LocalContextTest, ReadmeAValueSetAfterCreateContextIsTheDefaultContexts) {
  Namespace writer = createNamespace("writer");
  ContextPtr outer = writer.createContext();
  writer.set("value", 1);
  EXPECT_FALSE(outer->hasKey("value"));
  EXPECT_EQ(*writer.active()->get<int>("value"), 1);
}

TEST(LocalContextTest, ReadmeInARunTheRunningContextIsWrittenNotTheOneJustMade) {
  Namespace writer = createNamespace("writer");
  ContextPtr outer = writer.createContext(), inner;
  outer->run([&] {
    inner = writer.createContext();
    writer.set("value", 2);
  });
  EXPECT_EQ(*outer->get<int>("value"), 2);
  EXPECT_FALSE(inner->hasKey("value"));
}

TEST(LocalContextTest, ReadmeATimerSeesTheDefaultContextAsItIsThen) {
  ManualClock clock;
  EventLoop loop({.clock = &clock});
  Namespace writer = createNamespace("writer");
  writer.set("value", 0);
  int plain = -1, bound = -1;
  ContextPtr context = writer.createContext();
  context->run([&] {
    writer.set("value", 7);
    loop.setTimeout([&] { plain = *writer.get<int>("value"); }, milliseconds(10));
    loop.setTimeout(context->bind([&] { bound = *writer.get<int>("value"); }), milliseconds(10));
  });
  writer.set("value", 1);
  loop.run();
  EXPECT_EQ(plain, 1);
  EXPECT_EQ(bound, 7);
}

TEST(LocalContextTest, ReadmeNamespacesAreListedByName) {
  Namespace made = createNamespace("listed");
  bool found = false;
  for (const Namespace& ns : namespaces()) found |= ns == made;
  EXPECT_TRUE(found);
}

// --- what must hold besides

TEST(LocalContextTest, ANameThatIsCreatedAgainIsANewNamespace) {
  Namespace old = createNamespace("again");
  old.set("value", 1);
  Namespace made = createNamespace("again");
  EXPECT_NE(made, old);
  EXPECT_EQ(getNamespace("again"), made);
  EXPECT_EQ(made.get<int>("value"), nullptr);
  EXPECT_EQ(*old.get<int>("value"), 1);
  EXPECT_FALSE(getNamespace("never made"));
}

TEST(LocalContextTest, ThereIsAlwaysAnActiveContext) {
  Namespace ns = createNamespace("always");
  const ContextPtr outermost = ns.active();
  ASSERT_NE(outermost, nullptr);
  EXPECT_EQ(outermost->exit(), nullptr) << "the default context cannot be left";
  EXPECT_EQ(ns.active(), outermost);
}

TEST(LocalContextTest, AContextLooksInItsOwnBagOnly) {
  Namespace ns = createNamespace("own");
  ns.set("value", 1);
  ContextPtr context = ns.createContext();
  context->run([&] {
    EXPECT_EQ(*ns.get<int>("value"), 1);
    EXPECT_EQ(context->get<int>("value"), nullptr);
    EXPECT_FALSE(context->hasKey("value"));
    context->set("value", 2);
    EXPECT_TRUE(context->hasKey("value"));
    EXPECT_EQ(*ns.get<int>("value"), 2);
  });
}

TEST(LocalContextTest, LookupFollowsTheStackAtTheTimeOfTheRead) {
  Namespace ns = createNamespace("dynamic");
  ContextPtr a = ns.createContext(), b = ns.createContext();
  a->set("a", 1);
  b->set("b", 1);
  bool seen_inside = false, seen_alone = true;
  auto look = b->bind([&](bool& into) { into = ns.get<int>("a") != nullptr; });
  a->run([&] { look(seen_inside); });
  look(seen_alone);
  EXPECT_TRUE(seen_inside);
  EXPECT_FALSE(seen_alone);
}

TEST(LocalContextTest, EndComesAfterEachRunAndEachBoundCall) {
  Namespace ns = createNamespace("ends");
  ContextPtr context = ns.createContext();
  int ends = 0;
  context->on(kEnd, [&] { ++ends; });
  auto bound = context->bind([] { return 5; });
  bound();
  bound();
  bound();
  context->run([] {});
  EXPECT_EQ(ends, 4);
  context->end();
  EXPECT_EQ(ends, 5);
}

TEST(LocalContextTest, ANestedRunOfTheSameContextEndsWhileTheOuterEntryIsActive) {
  Namespace ns = createNamespace("nested end");
  ContextPtr context = ns.createContext();
  std::vector<bool> active_at_end;
  context->on(kEnd, [&] { active_at_end.push_back(ns.active() == context); });
  context->run([&] { context->run([] {}); });
  EXPECT_EQ(active_at_end, (std::vector<bool>{true, false}));
}

TEST(LocalContextTest, TheFunctionMayTakeTheContextBeforeItsArguments) {
  Namespace ns = createNamespace("this");
  ContextPtr context = ns.createContext();
  context->bind([&](Context& self, int n) {
    EXPECT_EQ(&self, context.get());
    self.set("n", n);
  })(3);
  EXPECT_EQ(*context->get<int>("n"), 3);
  context->run([&](Context& self) { EXPECT_EQ(&self, context.get()); });
}

TEST(LocalContextTest, AFunctionThatThrowsLeavesTheContextWithoutAnEnd) {
  Namespace ns = createNamespace("throws");
  ContextPtr context = ns.createContext();
  const ContextPtr before = ns.active();
  int ends = 0;
  context->on(kEnd, [&] { ++ends; });
  EXPECT_THROW(context->run([]() -> void { throw std::runtime_error("out"); }), std::runtime_error);
  EXPECT_EQ(ns.active(), before);
  EXPECT_EQ(ends, 0);
}

TEST(LocalContextTest, OnlyTheTopOfTheStackCanBeLeft) {
  Namespace ns = createNamespace("top");
  ContextPtr a = ns.createContext(), b = ns.createContext();
  a->enter();
  b->enter();
  EXPECT_EQ(a->exit(), nullptr);
  EXPECT_EQ(ns.active(), b);
  EXPECT_EQ(b->exit(), b);
  EXPECT_EQ(ns.active(), a);
  EXPECT_EQ(b->exit(), nullptr);
  EXPECT_EQ(a->exit(), a);
}

TEST(LocalContextTest, BadUseIsRefusedWithASentence) {
  EXPECT_THROW(Namespace().createContext(), UsageError);
  EXPECT_THROW(Namespace().active(), UsageError);
  EXPECT_THROW(Namespace().set("n", 1), UsageError);
  Namespace ns = createNamespace("bad use");
  ContextPtr context = ns.createContext();
  EXPECT_THROW(context->run(std::function<void()>()), UsageError);
  EXPECT_THROW(context->bind(std::function<void()>()), UsageError);
  context->set("n", 1);
  EXPECT_THROW(context->get<std::string>("n"), UsageError);
}

TEST(LocalContextTest, AContextMayOutliveItsNamespace) {
  ContextPtr context;
  {
    context = createNamespace("short lived").createContext();
    createNamespace("short lived");
  }
  int ends = 0;
  context->on(kEnd, [&] { ++ends; });
  context->run([] {});
  EXPECT_EQ(context->exit(), nullptr);
  EXPECT_EQ(ends, 1);
}

}  // namespace
}  // namespace weft::dialect::local_context
