// The ends of an emitter: destroyed, moved and recycled, also by its own listeners.

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/errors.h"
#include "weft/emitter/event_emitter.h"
#include "weft/emitter/io_emitter.h"

namespace weft {
namespace {

constexpr Event<> kEnd{"end"};
constexpr Event<int> kTick{"tick"};

using Trace = std::vector<std::string>;

// Adds `what` to the trace, whatever the arguments.
auto note(Trace& trace, std::string what) {
  return [&trace, what] { trace.push_back(what); };
}

TEST(EmitterLifetimeTest, DestroyingTheEmitterInAListenerEndsTheEmission) {
  auto emitter = std::make_unique<EventEmitter>();
  auto owned = std::make_shared<int>(1);
  Trace trace;
  emitter->on(kEnd, [&trace, &emitter, owned] {
    emitter.reset();
    trace.push_back("first " + std::to_string(owned.use_count()));
  });
  emitter->on(kEnd, note(trace, "second"));
  EXPECT_TRUE(emitter->emit(kEnd));
  EXPECT_EQ(trace, (Trace{"first 2"}));
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(EmitterLifetimeTest, DestroyingTheEmitterEndsAllItsEmissionsWhateverTheyWalk) {
  auto emitter = std::make_unique<EventEmitter>();
  Trace trace;
  emitter->on(kTick, [&](int n) {
    emitter->prependListener(kTick, note(trace, "added"));  // what is walked is replaced
    if (n < 2) {
      emitter->emit(kTick, n + 1);
    } else {
      emitter->emit(kEnd);
    }
  });
  emitter->on(kTick, note(trace, "last"));
  emitter->once(kEnd, [&] { emitter.reset(); });
  emitter->once(kEnd, note(trace, "end"));
  emitter->emit(kTick, 0);
  EXPECT_EQ(trace, (Trace{"added", "added", "added"}));
}

TEST(EmitterLifetimeTest, AMetaEventHandlerMayDestroyTheEmitter) {
  Trace trace;
  auto emitter = std::make_unique<EventEmitter>();
  emitter->on(kNewListener, [&] { emitter.reset(); });
  EXPECT_FALSE(emitter->on(kEnd, note(trace, "end")).active());
  EXPECT_EQ(emitter, nullptr);

  emitter = std::make_unique<EventEmitter>();
  emitter->on(kRemoveListener, [&] { emitter.reset(); });
  emitter->once(kEnd, note(trace, "end"));
  EXPECT_TRUE(emitter->emit(kEnd));
  EXPECT_EQ(emitter, nullptr);

  emitter = std::make_unique<EventEmitter>();
  emitter->on(kErrorMonitor<int>, [&] { emitter.reset(); });
  emitter->on("error", [&](int) { trace.push_back("error"); });
  EXPECT_TRUE(emitter->emit("error", 1));
  EXPECT_TRUE(trace.empty());
}

TEST(EmitterLifetimeTest, RemovingEverythingMayDestroyTheEmitter) {
  auto emitter = std::make_unique<EventEmitter>();
  emitter->on(kRemoveListener, [&] { emitter.reset(); });
  emitter->on(kEnd, [] {});
  emitter->on(kTick, [] {});
  emitter->removeAllListeners();
  EXPECT_EQ(emitter, nullptr);
}

TEST(EmitterLifetimeTest, MovingTakesTheListenersAlong) {
  static_assert(!std::is_copy_constructible_v<EventEmitter>);
  static_assert(!std::is_copy_assignable_v<EventEmitter>);
  EventEmitter from;
  Trace trace;
  ListenerHandle handle = from.on(kEnd, note(trace, "end"));
  from.setMaxListeners(3);
  EventEmitter to = std::move(from);
  EXPECT_TRUE(to.emit(kEnd));
  EXPECT_EQ(to.getMaxListeners(), 3);
  EXPECT_FALSE(from.emit(kEnd));
  EXPECT_EQ(from.getMaxListeners(), 10);
  from.on(kEnd, note(trace, "new"));
  EXPECT_TRUE(handle.remove());
  EXPECT_FALSE(to.emit(kEnd));
  to = std::move(from);
  EXPECT_TRUE(to.emit(kEnd));
  EXPECT_EQ(trace, (Trace{"end", "new"}));
}

TEST(EmitterLifetimeTest, MovingInTheMiddleOfAnEmissionLetsItGoOn) {
  EventEmitter from;
  EventEmitter to;
  Trace trace;
  from.on(kEnd, [&] { to = std::move(from); });
  from.on(kEnd, note(trace, "second"));
  from.emit(kEnd);
  EXPECT_EQ(trace, (Trace{"second"}));
  EXPECT_EQ(to.listenerCount(kEnd), 2u);
}

class IoObject final : public emitter::IoEmitter {
 public:
  using IoEmitter::recycle;
  void listenerAdded(const emitter::EventName& event) override { added.emplace_back(event.view()); }
  Trace added;
};

TEST(EmitterLifetimeTest, AnIoEmitterHearsOfEachListenerThatWasAdded) {
  IoObject object;
  object.once(kTick, [] {});
  object.on("topic", [] {}).remove();
  EXPECT_THROW(object.on("tick", [](std::string_view) {}), UsageError);
  EXPECT_EQ(object.added, (Trace{"tick", "topic"}));
}

TEST(EmitterLifetimeTest, ARecycledIoEmitterIsAsNew) {
  IoObject object;
  Trace trace;
  ListenerHandle handle = object.on(kEnd, note(trace, "end"));
  object.on(kRemoveListener, note(trace, "told"));
  object.setMaxListeners(1);
  object.recycle();
  EXPECT_FALSE(handle.active());
  EXPECT_FALSE(object.emit(kEnd));
  EXPECT_EQ(object.getMaxListeners(), 10);
  EXPECT_TRUE(trace.empty());
  object.on("end", [](int) {});
  EXPECT_EQ(object.added, (Trace{"end", "removeListener", "end"}));
}

#ifndef NDEBUG
TEST(EmitterLifetimeTest, UsingADestroyedEmitterIsAnErrorInDebugBuilds) {
  alignas(EventEmitter) unsigned char memory[sizeof(EventEmitter)];
  auto* emitter = new (memory) EventEmitter;
  emitter->on(kEnd, [] {});
  emitter->~EventEmitter();
  EXPECT_THROW(emitter->emit(kEnd), UsageError);
  EXPECT_THROW(emitter->on(kEnd, [] {}), UsageError);
  EXPECT_THROW(emitter->removeAllListeners(), UsageError);
}
#endif

}  // namespace
}  // namespace weft
