// What binding an emitter does not change: how listeners are added, removed and called once.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/tests/emitter/emitter_contexts_fixture.h"

namespace weft {
namespace {

using BoundListenersTest = EmitterContextsTest;

TEST_F(BoundListenersTest, AddingWhileABoundEmitterEmitsIsKept) {
  ns_.bindEmitter(emitter_);
  in("L", [&] {
    emitter_.once(kEnd, [&] { emitter_.on(kEnd, seer()); });
    emitter_.on(kEnd, [] {});
  });
  emitter_.emit(kEnd);
  EXPECT_TRUE(seen_.empty());
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L"}));
}

TEST_F(BoundListenersTest, AOnceListenerMayArmItselfAgain) {
  ns_.bindEmitter(emitter_);
  std::function<void()> arm = [&] {
    emitter_.once(kEnd, [&] {
      seen_.push_back(who());
      arm();
    });
  };
  in("L", arm);
  emitter_.emit(kEnd);
  emitter_.emit(kEnd);
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"L", "L", "L"}));
  EXPECT_EQ(emitter_.listenerCount(kEnd), 1u);
}

TEST_F(BoundListenersTest, OffInsideTheListenerRemovesIt) {
  ns_.bindEmitter(emitter_);
  ListenerFn<> self;
  self = [&] {
    seen_.push_back(who());
    EXPECT_TRUE(emitter_.off(kEnd, self));
  };
  in("L", [&] { emitter_.on(kEnd, self); });
  EXPECT_TRUE(emitter_.emit(kEnd));
  EXPECT_FALSE(emitter_.emit(kEnd));
  EXPECT_EQ(seen_, (Seen{"L"}));
  self = {};
}

TEST_F(BoundListenersTest, RemoveAllInsideAListenerHolds) {
  ns_.bindEmitter(emitter_);
  in("L", [&] {
    emitter_.on(kEnd, [&] { emitter_.removeAllListeners(kEnd); });
    emitter_.on(kEnd, seer());
  });
  EXPECT_TRUE(emitter_.emit(kEnd));
  EXPECT_FALSE(emitter_.emit(kEnd));
  EXPECT_EQ(seen_, (Seen{"L"}));  // the emission that had begun
}

TEST_F(BoundListenersTest, AListenerRemovesAnother) {
  ns_.bindEmitter(emitter_);
  ListenerFn<> removed = seer();
  in("L", [&] { emitter_.once(kEnd, [&] { emitter_.off(kEnd, removed); }); });
  in("M", [&] {
    emitter_.on(kEnd, removed);
    emitter_.on(kEnd, seer());
  });
  emitter_.emit(kEnd);
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"M", "M", "M"}));
}

TEST_F(BoundListenersTest, TheSameFunctionOnTwoEmittersHasAContextOnEach) {
  EventEmitter second;
  ns_.bindEmitter(emitter_);
  ns_.bindEmitter(second);
  ListenerFn<> function = seer();
  in("A", [&] { emitter_.on(kEnd, function); });
  in("B", [&] { second.on(kEnd, function); });
  emitter_.emit(kEnd);
  second.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"A", "B"}));
}

TEST_F(BoundListenersTest, TheSameFunctionTwiceHasTwoContexts) {
  ns_.bindEmitter(emitter_);
  ListenerFn<> function = seer();
  in("A", [&] { emitter_.on(kEnd, function); });
  in("B", [&] { emitter_.on(kEnd, function); });
  emitter_.emit(kEnd);
  EXPECT_TRUE(emitter_.off(kEnd, function));
  emitter_.emit(kEnd);
  EXPECT_EQ(seen_, (Seen{"A", "B", "A"}));
}

TEST_F(BoundListenersTest, RemovingForgetsTheContext) {
  ns_.bindEmitter(emitter_);
  ListenerFn<> function = seer();
  in("L", [&] { emitter_.on(kEnd, function); });
  emitter_.off(kEnd, function);
  emitter_.on(kEnd, function);
  EventEmitter second;
  second.on(kEnd, function);
  ns_.bindEmitter(second);
  in("E", [&] {
    emitter_.emit(kEnd);
    second.emit(kEnd);
  });
  EXPECT_EQ(seen_, (Seen{"E", "E"}));
}

TEST_F(BoundListenersTest, MetaEventHandlersSeeTheirOwnContext) {
  ns_.bindEmitter(emitter_);
  ListenerHandle handler;
  in("H", [&] {
    handler = emitter_.on(kNewListener, [&] {
      seen_.push_back(who());
      handler.remove();
    });
    emitter_.on(kRemoveListener, seer());
  });
  seen_.clear();
  in("L", [&] {
    emitter_.on(kData, [&](std::string_view s) { seen_.push_back(who() + std::string(s)); });
    seen_.push_back(who());
  });
  emitter_.emit(kData, "!");
  EXPECT_EQ(seen_, (Seen{"L", "L!"}));
  EXPECT_FALSE(handler.active());
}

}  // namespace
}  // namespace weft
