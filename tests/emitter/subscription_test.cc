#include "weft/emitter/subscription.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "weft/emitter/event_emitter.h"

namespace weft {
namespace {

constexpr Event<> kEnd{"end"};

TEST(SubscriptionTest, ItsEndRemovesTheListener) {
  EventEmitter emitter;
  int calls = 0;
  {
    Subscription subscription = emitter.on(kEnd, [&] { ++calls; });
    EXPECT_TRUE(subscription.active());
    emitter.emit(kEnd);
  }
  EXPECT_FALSE(emitter.emit(kEnd));
  EXPECT_EQ(calls, 1);
}

TEST(SubscriptionTest, MovingHandsTheListenerOver) {
  EventEmitter emitter;
  std::vector<Subscription> all;
  {
    Subscription subscription = emitter.on(kEnd, [] {});
    all.push_back(std::move(subscription));
  }
  EXPECT_EQ(emitter.listenerCount(kEnd), 1u);
  all[0] = emitter.on(kEnd, [] {});
  EXPECT_EQ(emitter.listenerCount(kEnd), 1u);
  all.clear();
  EXPECT_EQ(emitter.listenerCount(kEnd), 0u);
}

TEST(SubscriptionTest, ReleaseLeavesTheListenerWhereItIs) {
  EventEmitter emitter;
  ListenerHandle handle;
  {
    Subscription subscription = emitter.on(kEnd, [] {});
    handle = subscription.release();
    EXPECT_FALSE(subscription.active());
  }
  EXPECT_TRUE(handle.active());
}

TEST(SubscriptionTest, MayOutliveTheEmitter) {
  auto emitter = std::make_unique<EventEmitter>();
  Subscription subscription = emitter->on(kEnd, [] {});
  emitter.reset();
  EXPECT_FALSE(subscription.active());
  subscription.reset();
}

TEST(SubscriptionTest, MayEndInItsOwnListener) {
  EventEmitter emitter;
  int calls = 0;
  Subscription subscription;
  subscription = emitter.on(kEnd, [&] {
    ++calls;
    subscription.reset();
  });
  emitter.emit(kEnd);
  emitter.emit(kEnd);
  EXPECT_EQ(calls, 1);
}

TEST(SubscriptionTest, AMemberEndsWithItsObject) {
  struct Session {
    explicit Session(EventEmitter& emitter) : on_end(emitter.on(kEnd, [this] { ++ends; })) {}
    int ends = 0;
    Subscription on_end;
  };
  EventEmitter emitter;
  auto session = std::make_unique<Session>(emitter);
  emitter.emit(kEnd);
  EXPECT_EQ(session->ends, 1);
  session.reset();
  EXPECT_FALSE(emitter.emit(kEnd));
}

}  // namespace
}  // namespace weft
