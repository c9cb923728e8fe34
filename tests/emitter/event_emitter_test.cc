#include "weft/emitter/event_emitter.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "weft/cls/errors.h"

namespace weft {
namespace {

constexpr Event<std::string_view> kData{"data"};
constexpr Event<> kEnd{"end"};
constexpr Event<int> kTick{"tick"};

using Trace = std::vector<std::string>;

// Adds `what` to the trace, whatever the arguments.
auto note(Trace& trace, std::string what) {
  return [&trace, what] { trace.push_back(what); };
}

TEST(EventEmitterTest, ListenersAreCalledInTheOrderTheyWereAddedWithTheArguments) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kData, [&](std::string_view s) { trace.push_back("1:" + std::string(s)); });
  emitter.addListener(kData, [&](auto s) { trace.push_back("2:" + std::string(s)); });
  emitter.on(kData, note(trace, "3"));
  EXPECT_TRUE(emitter.emit(kData, "x"));
  EXPECT_EQ(trace, (Trace{"1:x", "2:x", "3"}));
}

TEST(EventEmitterTest, EmitTellsWhetherThereWereListeners) {
  EventEmitter emitter;
  EXPECT_FALSE(emitter.emit(kEnd));
  ListenerHandle handle = emitter.on(kEnd, [] {});
  EXPECT_TRUE(emitter.emit(kEnd));
  EXPECT_FALSE(emitter.emit(kTick, 1));
  EXPECT_TRUE(handle.remove());
  EXPECT_FALSE(emitter.emit(kEnd));
}

TEST(EventEmitterTest, OnceIsRemovedBeforeItsCall) {
  EventEmitter emitter;
  Trace trace;
  emitter.once(kTick, [&](int n) {
    trace.push_back("once " + std::to_string(n) + " of " +
                    std::to_string(emitter.listenerCount(kTick)));
    emitter.emit(kTick, n + 1);
  });
  emitter.on(kTick, [&](int n) { trace.push_back("on " + std::to_string(n)); });
  emitter.emit(kTick, 1);
  emitter.emit(kTick, 7);
  EXPECT_EQ(trace, (Trace{"once 1 of 1", "on 2", "on 1", "on 7"}));
}

TEST(EventEmitterTest, PrependedListenersComeFirst) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kEnd, note(trace, "on"));
  emitter.prependListener(kEnd, note(trace, "prepended"));
  emitter.prependOnceListener(kEnd, note(trace, "prepended once"));
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"prepended once", "prepended", "on", "prepended", "on"}));
}

TEST(EventEmitterTest, AListenerAddedWhileEmittingWaitsForTheNextEmission) {
  EventEmitter emitter;
  Trace trace;
  emitter.once(kEnd, [&] {
    emitter.on(kEnd, note(trace, "last"));
    emitter.prependListener(kEnd, note(trace, "first"));
  });
  emitter.on(kEnd, note(trace, "middle"));
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"middle"}));
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"middle", "first", "middle", "last"}));
}

TEST(EventEmitterTest, AListenerRemovedWhileEmittingIsStillCalledByThatEmission) {
  EventEmitter emitter;
  Trace trace;
  ListenerHandle second;
  emitter.on(kEnd, [&] {
    trace.push_back("first");
    second.remove();
  });
  second = emitter.on(kEnd, note(trace, "second"));
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"first", "second", "first"}));
}

TEST(EventEmitterTest, RemoveAllWhileEmittingEndsWithThatEmission) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kEnd, [&] {
    trace.push_back("first");
    emitter.removeAllListeners(kEnd);
  });
  emitter.on(kEnd, note(trace, "second"));
  EXPECT_TRUE(emitter.emit(kEnd));
  EXPECT_FALSE(emitter.emit(kEnd));
  EXPECT_EQ(trace, (Trace{"first", "second"}));
}

TEST(EventEmitterTest, RemoveAllOfOneEventLeavesTheOthers) {
  EventEmitter emitter;
  emitter.on(kEnd, [] {});
  emitter.on(kTick, [] {});
  emitter.on(kTick, [] {});
  emitter.removeAllListeners(kTick);
  EXPECT_EQ(emitter.listenerCount(kTick), 0u);
  EXPECT_EQ(emitter.listenerCount("end"), 1u);
  emitter.removeAllListeners();
  EXPECT_TRUE(emitter.eventNames().empty());
}

TEST(EventEmitterTest, AnExceptionEndsTheEmissionAndLeavesTheEmitterUsable) {
  EventEmitter emitter;
  Trace trace;
  emitter.on(kTick, [](int n) {
    if (n == 1) throw std::runtime_error("one");
  });
  emitter.on(kTick, note(trace, "second"));
  EXPECT_THROW(emitter.emit(kTick, 1), std::runtime_error);
  EXPECT_TRUE(trace.empty());
  EXPECT_TRUE(emitter.emit(kTick, 2));
  EXPECT_EQ(trace, (Trace{"second"}));
}

TEST(EventEmitterTest, EmittingMayNest) {
  EventEmitter emitter;
  int calls = 0;
  emitter.on(kTick, [&](int n) {
    ++calls;
    if (n > 0) emitter.emit(kTick, n - 1);
  });
  emitter.emit(kTick, 5);
  EXPECT_EQ(calls, 6);
}

TEST(EventEmitterTest, EventNamesComeInTheOrderOfTheirFirstListener) {
  EventEmitter emitter;
  ListenerHandle tick = emitter.on(kTick, [] {});
  emitter.on(kEnd, [] {});
  emitter.on("zebra", [] {});
  EXPECT_EQ(emitter.eventNames(), (Trace{"tick", "end", "zebra"}));
  tick.remove();
  emitter.on(kTick, [] {});
  EXPECT_EQ(emitter.eventNames(), (Trace{"end", "zebra", "tick"}));
}

TEST(EventEmitterTest, ManyEventsAreKeptApart) {
  EventEmitter emitter;
  constexpr int kEvents = 500;
  std::vector<int> calls(kEvents);
  std::vector<ListenerHandle> handles;
  for (int i = 0; i < kEvents; ++i) {
    handles.push_back(
        emitter.on("topic " + std::to_string(i), [&calls, i](int n) { calls[i] += n; }));
  }
  for (int i = 0; i < kEvents; i += 3) EXPECT_TRUE(handles[i].remove());
  for (int i = 0; i < kEvents; ++i) {
    EXPECT_EQ(emitter.emit("topic " + std::to_string(i), i), i % 3 != 0);
    EXPECT_EQ(calls[i], i % 3 != 0 ? i : 0);
  }
  EXPECT_EQ(emitter.eventNames().size(), 333u);
}

TEST(EventEmitterTest, NullListenersAreRefused) {
  EventEmitter emitter;
  void (*no_function)(int) = nullptr;
  EXPECT_THROW(emitter.on(kTick, no_function), UsageError);
  EXPECT_THROW(emitter.once(kTick, std::function<void(int)>()), UsageError);
  EXPECT_THROW(emitter.prependListener(kTick, absl::AnyInvocable<void(int)>()), UsageError);
  EXPECT_THROW(emitter.prependOnceListener(kTick, ListenerFn<int>()), UsageError);
  try {
    emitter.on("tick", no_function);
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "on('tick'): the listener is null; give something that can be called");
  }
  EXPECT_TRUE(emitter.eventNames().empty());
}

TEST(EventEmitterTest, ItIsOnePointer) { EXPECT_LE(sizeof(EventEmitter), 16u); }

}  // namespace
}  // namespace weft
