#include "weft/emitter/meta_events.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "weft/emitter/event_emitter.h"

namespace weft {
namespace {

constexpr Event<> kEnd{"end"};
constexpr Event<int> kError{"error"};

using Trace = std::vector<std::string>;

TEST(MetaEventsTest, NewListenerComesBeforeTheListenerIsThere) {
  EventEmitter emitter;
  Trace trace;
  ListenerHandle told;
  emitter.on(kNewListener, [&](std::string_view event, const ListenerHandle& listener) {
    trace.push_back(std::string(event) + " " + std::to_string(emitter.listenerCount(event)));
    EXPECT_FALSE(listener.active());
    told = listener;
  });
  ListenerHandle added = emitter.on(kEnd, [] {});
  EXPECT_EQ(trace, (Trace{"end 0"}));
  EXPECT_TRUE(told == added);
}

TEST(MetaEventsTest, NewListenerDoesNotTellOfItself) {
  EventEmitter emitter;
  int told = 0;
  emitter.on(kNewListener, [&] { ++told; });
  EXPECT_EQ(told, 0);
  emitter.on(kNewListener, [] {});
  EXPECT_EQ(told, 1);
}

TEST(MetaEventsTest, WhatANewListenerHandlerAddsComesFirst) {
  EventEmitter emitter;
  std::string trace;
  emitter.once(kNewListener, [&] { emitter.on(kEnd, [&] { trace += "B"; }); });
  emitter.on(kEnd, [&] { trace += "A"; });
  emitter.emit(kEnd);
  EXPECT_EQ(trace, "BA");
}

TEST(MetaEventsTest, AListenerWhoseAnnouncementThrowsIsNotAdded) {
  EventEmitter emitter;
  emitter.once(kNewListener, [] { throw std::runtime_error("no"); });
  EXPECT_THROW(emitter.on(kEnd, [] {}), std::runtime_error);
  EXPECT_EQ(emitter.listenerCount(kEnd), 0u);
}

TEST(MetaEventsTest, RemoveListenerComesAfterEachRemovalOnceIncluded) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kRemoveListener, [&](std::string_view event, const ListenerHandle& listener) {
    EXPECT_FALSE(listener.active());
    trace.push_back(std::string(event) + " " + std::to_string(emitter.listenerCount(event)));
  });
  ListenerFn<> function = [] {};
  emitter.on(kEnd, function);
  emitter.once(kEnd, [&] { trace.push_back("once"); });
  emitter.emit(kEnd);
  emitter.off(kEnd, function);
  EXPECT_EQ(trace, (Trace{"end 1", "once", "end 0"}));
}

TEST(MetaEventsTest, RemoveAllTellsOfEachListenerTheLastFirst) {
  EventEmitter emitter;
  Trace trace;
  ListenerFn<> first = [] {};
  ListenerFn<> second = [] {};
  emitter.on(kRemoveListener, [&](std::string_view event, const ListenerHandle& listener) {
    trace.push_back(std::string(event) + (listener.isFor(first) ? " first" : " second"));
  });
  emitter.on(kEnd, first);
  emitter.on(kEnd, second);
  emitter.removeAllListeners();
  EXPECT_EQ(trace, (Trace{"end second", "end first"}));
  EXPECT_TRUE(emitter.eventNames().empty());
}

TEST(MetaEventsTest, ARemoveListenerHandlerThatThrowsLeavesTheListenerRemoved) {
  EventEmitter emitter;
  emitter.on(kRemoveListener, [] { throw std::runtime_error("no"); });
  ListenerHandle handle = emitter.on(kEnd, [] {});
  EXPECT_THROW(handle.remove(), std::runtime_error);
  EXPECT_FALSE(handle.active());
}

TEST(MetaEventsTest, DestroyingAnEmitterTellsNobody) {
  int told = 0;
  {
    EventEmitter emitter;
    emitter.on(kRemoveListener, [&] { ++told; });
    emitter.on(kEnd, [] {});
  }
  EXPECT_EQ(told, 0);
}

TEST(MetaEventsTest, AnErrorMonitorSeesTheErrorBeforeItIsHandled) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kError, [&](int n) { trace.push_back("handled " + std::to_string(n)); });
  emitter.on(kErrorMonitor<int>, [&](int n) { trace.push_back("seen " + std::to_string(n)); });
  emitter.emit(kError, 3);
  emitter.emit("error", 4);
  EXPECT_EQ(trace, (Trace{"seen 3", "handled 3", "seen 4", "handled 4"}));
}

TEST(MetaEventsTest, AnErrorMonitorDoesNotHandleTheError) {
  EventEmitter emitter;
  int seen = 0;
  emitter.once(kErrorMonitor<int>, [&] { ++seen; });
  EXPECT_THROW(emitter.emit(kError, 1), UnhandledError);
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace weft
