#include "weft/emitter/listener.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weft/emitter/event_emitter.h"

namespace weft {
namespace {

constexpr Event<int> kTick{"tick"};
constexpr Event<> kEnd{"end"};

int g_sum = 0;
void addToSum(int n) { g_sum += n; }

TEST(ListenerHandleTest, RemovesItsOwnRegistrationAndNoOther) {
  EventEmitter emitter;
  std::string trace;
  ListenerFn<> function = [&] { trace += "f"; };
  ListenerHandle first = emitter.on(kEnd, function);
  ListenerHandle between = emitter.on(kEnd, [&] { trace += "-"; });
  ListenerHandle second = emitter.on(kEnd, function);
  EXPECT_TRUE(first.remove());
  EXPECT_FALSE(first.remove());
  EXPECT_FALSE(emitter.off(first));
  emitter.emit(kEnd);
  EXPECT_EQ(trace, "-f");
  EXPECT_TRUE(second.active());
  EXPECT_FALSE(first.active());
}

TEST(ListenerHandleTest, AnEmptyOneDoesNothing) {
  ListenerHandle none;
  EXPECT_FALSE(none.active());
  EXPECT_FALSE(none.remove());
}

TEST(ListenerHandleTest, IsOfOneRegistration) {
  EventEmitter emitter;
  ListenerHandle a = emitter.on(kEnd, [] {});
  ListenerHandle b = emitter.on(kEnd, [] {});
  ListenerHandle copy = a;
  EXPECT_TRUE(copy == a);
  EXPECT_FALSE(a == b);
  EXPECT_TRUE(copy.remove());
  EXPECT_FALSE(a.active());
}

TEST(ListenerHandleTest, OfAOnceListenerIsInactiveFromItsCallOn) {
  EventEmitter emitter;
  ListenerHandle handle;
  bool active_inside = true;
  handle = emitter.once(kEnd, [&] { active_inside = handle.active(); });
  EXPECT_TRUE(handle.active());
  emitter.emit(kEnd);
  EXPECT_FALSE(active_inside);
}

TEST(ListenerHandleTest, MayOutliveTheEmitter) {
  ListenerHandle handle;
  {
    EventEmitter emitter;
    handle = emitter.on(kEnd, [] {});
    EXPECT_TRUE(handle.active());
  }
  EXPECT_FALSE(handle.active());
  EXPECT_FALSE(handle.remove());
}

TEST(ListenerHandleTest, DoesNotKeepWhatTheListenerCaptured) {
  EventEmitter emitter;
  auto owned = std::make_shared<int>(1);
  ListenerHandle handle = emitter.on(kEnd, [owned] {});
  EXPECT_EQ(owned.use_count(), 2);
  handle.remove();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(ListenerHandleTest, AListenerThatRemovesItselfLivesUntilItReturns) {
  EventEmitter emitter;
  auto owned = std::make_shared<int>(5);
  ListenerHandle handle;
  long inside = 0;
  handle = emitter.on(kEnd, [&handle, &inside, owned] {
    handle.remove();
    inside = owned.use_count();
  });
  emitter.emit(kEnd);
  EXPECT_EQ(inside, 2);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(ListenerHandleTest, AListenersDestructorMayUseTheEmitter) {
  struct Last {
    Last(EventEmitter* e, std::vector<std::size_t>* c) : emitter(e), counts(c) {}
    EventEmitter* emitter;
    std::vector<std::size_t>* counts;
    ~Last() { counts->push_back(emitter->listenerCount(kEnd)); }
  };
  EventEmitter emitter;
  std::vector<std::size_t> counts;
  for (int i = 0; i < 2; ++i) {
    emitter.on(kEnd, [last = std::make_shared<Last>(&emitter, &counts)] {});
  }
  emitter.removeAllListeners();
  EXPECT_EQ(counts, (std::vector<std::size_t>{0, 0}));
}

TEST(ListenerFnTest, IsRemovedByItselfTheLatestFirst) {
  EventEmitter emitter;
  std::string trace;
  ListenerFn<int> function = [&](int) { trace += "f"; };
  emitter.on(kTick, function);
  emitter.on(kTick, [&] { trace += "-"; });
  emitter.on(kTick, function);
  EXPECT_TRUE(emitter.off(kTick, function));
  emitter.emit(kTick, 1);
  EXPECT_EQ(trace, "f-");
  EXPECT_TRUE(emitter.removeListener(kTick, function));
  EXPECT_FALSE(emitter.off(kTick, function));
  EXPECT_EQ(emitter.listenerCount(kTick), 1u);
}

TEST(ListenerFnTest, CopiesAreTheSameFunctionAndEqualLambdasAreNot) {
  auto lambda = [](int) {};
  ListenerFn<int> a = lambda;
  ListenerFn<int> b = lambda;
  ListenerFn<int> copy = a;
  EXPECT_TRUE(copy == a);
  EXPECT_FALSE(a == b);
  EventEmitter emitter;
  emitter.on(kTick, a);
  EXPECT_FALSE(emitter.off(kTick, b));
  EXPECT_TRUE(emitter.off(kTick, copy));
}

TEST(ListenerFnTest, RemovingAnEmptyOneFindsNothing) {
  EventEmitter emitter;
  emitter.on(kTick, [] {});
  EXPECT_FALSE(emitter.off(kTick, ListenerFn<int>()));
  EXPECT_FALSE(emitter.off(kTick, static_cast<void (*)(int)>(nullptr)));
}

TEST(ListenerFnTest, MayDropItselfInItsCall) {
  auto function = std::make_unique<ListenerFn<int>>();
  int seen = 0;
  *function = [&, owned = std::make_shared<int>(3)](int n) {
    function.reset();
    seen = n + *owned;
  };
  (*function)(4);
  EXPECT_EQ(seen, 7);
}

TEST(ListenerFnTest, PlainFunctionsAreKnownByThemselves) {
  EventEmitter emitter;
  g_sum = 0;
  emitter.on(kTick, addToSum);
  emitter.once(kTick, &addToSum);
  emitter.emit(kTick, 2);
  EXPECT_EQ(g_sum, 4);
  EXPECT_TRUE(emitter.off(kTick, addToSum));
  EXPECT_FALSE(emitter.off("tick", addToSum));
}

TEST(ListenerFnTest, ListenersGivesTheFunctionsThatWereAdded) {
  EventEmitter emitter;
  std::string trace;
  ListenerFn<int> function = [&](int n) { trace += "f" + std::to_string(n); };
  emitter.once(kTick, function);
  emitter.on(kTick, [&](int n) { trace += "g" + std::to_string(n); });
  auto listeners = emitter.listeners(kTick);
  ASSERT_EQ(listeners.size(), 2u);
  EXPECT_TRUE(listeners[0] == function);
  listeners[0](1);
  listeners[1](2);
  EXPECT_EQ(trace, "f1g2");
  EXPECT_EQ(emitter.listenerCount(kTick), 2u);
  EXPECT_TRUE(emitter.off(kTick, listeners[1]));
  EXPECT_TRUE(emitter.off(kTick, listeners[0]));
  listeners[1](3);  // it is shared, not gone
  EXPECT_EQ(trace, "f1g2g3");
}

TEST(ListenerFnTest, ARawOnceListenerRemovesItselfAndIsCalledOnlyOnce) {
  EventEmitter emitter;
  int sum = 0;
  emitter.once(kTick, [&](int n) { sum += n; });
  auto raw = emitter.rawListeners(kTick);
  ASSERT_EQ(raw.size(), 1u);
  raw[0](5);
  raw[0](7);
  EXPECT_EQ(sum, 5);
  EXPECT_FALSE(emitter.emit(kTick, 1));
}

TEST(ListenerFnTest, ARawListenerIsRemovedAsWhatItStandsFor) {
  EventEmitter emitter;
  ListenerFn<int> function = [](int) {};
  emitter.once(kTick, function);
  emitter.on(kTick, function);
  auto raw = emitter.rawListeners(kTick);
  EXPECT_FALSE(raw[0] == function);
  EXPECT_TRUE(raw[1] == function);
  EXPECT_TRUE(emitter.off(kTick, raw[0]));
  EXPECT_EQ(emitter.rawListeners(kTick).size(), 1u);
  EXPECT_TRUE(emitter.rawListeners(kTick)[0] == function);
}

TEST(ListenerFnTest, ARawListenerMayOutliveTheEmitter) {
  int calls = 0;
  std::vector<ListenerFn<>> raw;
  {
    EventEmitter emitter;
    emitter.once(kEnd, [&] { ++calls; });
    raw = emitter.rawListeners(kEnd);
  }
  raw[0]();
  raw[0]();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace weft
