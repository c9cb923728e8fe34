// Situations that no suite of the reference packages covers and in which they fail, found by
// probing them: bound emitters that change
// while they emit.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using Ints = std::vector<int>;
using FoundEmitterTest = ScenarioTest;

inline constexpr Event<> kEvent{"event"};
inline constexpr Event<> kOther{"other"};

TEST_F(FoundEmitterTest, AListenerAddedDuringTheEmissionIsKept) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->once(kEvent, [&] { in(2, [&] { emitter_->on(kEvent, looking()); }); }); });
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{});
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{2});
}

TEST_F(FoundEmitterTest, AOnceListenerMayArmItselfAgain) {
  ns_.bindEmitter(*emitter_);
  std::function<void()> arm = [&] {
    emitter_->once(kEvent, [&] {
      look();
      arm();
    });
  };
  in(1, arm);
  for (int i = 0; i < 3; ++i) emitter_->emit(kEvent);
  EXPECT_EQ(seen_, (Ints{1, 1, 1}));
}

TEST_F(FoundEmitterTest, AListenerMayRemoveItselfAndAll) {
  ns_.bindEmitter(*emitter_);
  ListenerHandle handle;
  in(1, [&] {
    handle = emitter_->on(kEvent, [&] {
      look();
      handle.remove();
    });
  });
  emitter_->emit(kEvent);
  EXPECT_FALSE(emitter_->emit(kEvent));
  in(2, [&] {
    emitter_->on(kEvent, [&] {
      look();
      emitter_->removeAllListeners(kEvent);
    });
  });
  emitter_->emit(kEvent);
  EXPECT_FALSE(emitter_->emit(kEvent));
  EXPECT_EQ(seen_, (Ints{1, 2}));
}

TEST_F(FoundEmitterTest, OneFunctionOnTwoEmittersAndTwiceOnOneEventHasAContextForEach) {
  EventEmitter second;
  ns_.bindEmitter(*emitter_);
  ns_.bindEmitter(second);
  const ListenerFn<> function = looking();
  in(1, [&] { emitter_->on(kEvent, function); });
  in(2, [&] { second.on(kEvent, function); });
  emitter_->emit(kEvent);
  second.emit(kEvent);
  in(3, [&] { emitter_->on(kEvent, function); });
  in(4, [&] { emitter_->on(kOther, function); });
  emitter_->emit(kEvent);
  emitter_->emit(kOther);
  EXPECT_EQ(seen_, (Ints{1, 2, 1, 3, 4}));
}

TEST_F(FoundEmitterTest, PrependedListenersAreCapturedToo) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->on(kEvent, looking()); });
  in(2, [&] { emitter_->prependListener(kEvent, looking()); });
  in(3, [&] { emitter_->prependOnceListener(kEvent, looking()); });
  in(9, [&] { emitter_->emit(kEvent); });
  EXPECT_EQ(seen_, (Ints{3, 2, 1}));
}

TEST_F(FoundEmitterTest, AddedInAContextRemovedAndAddedWithNoneItSeesTheEmitters) {
  ns_.bindEmitter(*emitter_);
  const ListenerFn<> function = looking();
  in(1, [&] { emitter_->on(kEvent, function); });
  emitter_->off(kEvent, function);
  emitter_->on(kEvent, function);
  in(2, [&] { emitter_->emit(kEvent); });
  EventEmitter bound_later;
  in(3, [&] { emitter_->on(kOther, function); });
  emitter_->off(kOther, function);
  bound_later.on(kOther, function);
  ns_.bindEmitter(bound_later);
  in(4, [&] { bound_later.emit(kOther); });
  EXPECT_EQ(seen_, (Ints{2, 4}));
}

TEST_F(FoundEmitterTest, AListenerWithNoContextAnywhereMaySetAndLosesIt) {
  ns_.bindEmitter(*emitter_);
  emitter_->on(kEvent, [&] {
    EXPECT_FALSE(ns_.has("x"));
    ns_.set("x", 1);
    EXPECT_EQ(*ns_.get<int>("x"), 1);
  });
  emitter_->emit(kEvent);
  emitter_->emit(kEvent);
  EXPECT_FALSE(ns_.active());
}

TEST_F(FoundEmitterTest, AListenerOutlivesItsNamespacesDestruction) {
  ns_.bindEmitter(*emitter_);
  in(1, [&] { emitter_->on(kEvent, looking()); });
  destroyNamespace("scenario");
  emitter_->emit(kEvent);
  EXPECT_EQ(seen_, Ints{1});
}

}  // namespace
}  // namespace weft::cls
