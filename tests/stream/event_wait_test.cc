#include "weft/stream/event_wait.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"
#include "weft/tests/loop/message_of.h"

namespace weft::stream {
namespace {

using loop::Cancelled;
using loop::Running;
using loop::spawn;
using loop::start;

constexpr Event<std::string_view> kData{"data"};
constexpr Event<int, std::string_view> kPair{"pair"};
constexpr Event<std::span<const int>> kNumbers{"numbers"};
constexpr Event<> kEnd{"end"};
constexpr Event<std::exception_ptr> kError{"error"};
constexpr Event<const absl::Status&> kFailure{"error"};

class EventWaitTest : public testing::Test {
 protected:
  EventLoop loop_;
  std::optional<EventEmitter> emitter_{std::in_place};
  std::vector<std::string> seen_;
};

TEST_F(EventWaitTest, OnceGivesOwnedArgumentsAndListensNoMore) {
  spawn(loop_, [&]() -> Co<> {
    const std::string text = co_await once(*emitter_, kData);
    seen_.push_back(text);
    const std::tuple<int, std::string> pair = co_await once(*emitter_, kPair);
    seen_.push_back(std::get<1>(pair) + std::to_string(std::get<0>(pair)));
    const std::vector<int> numbers = co_await once(*emitter_, kNumbers);
    seen_.push_back(std::to_string(numbers.size()));
    const std::monostate nothing = co_await once(*emitter_, kEnd);
    EXPECT_EQ(nothing, std::monostate());
    seen_.push_back("end");
  });
  {
    std::string passing = "bytes";
    emitter_->emit(kData, passing);
    passing = "other";
    emitter_->emit(kData, passing);  // too late
  }
  EXPECT_TRUE(seen_.empty());  // goes on as a microtask
  loop_.run();
  EXPECT_EQ(emitter_->listenerCount(kData), 0u);
  emitter_->emit(kPair, 4, "pair");
  loop_.run();
  const std::vector<int> three{1, 2, 3};
  emitter_->emit(kNumbers, std::span<const int>(three));
  loop_.run();
  emitter_->emit(kEnd);
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"bytes", "pair4", "3", "end"}));
}

TEST_F(EventWaitTest, OnceThrowsWhatTheErrorEventCarries) {
  spawn(loop_, [&]() -> Co<> {
    try {
      co_await once(*emitter_, kEnd, kError);
    } catch (const std::runtime_error& error) {
      seen_.push_back(error.what());
    }
  });
  emitter_->emit(kError, std::make_exception_ptr(std::runtime_error("broken")));
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"broken"}));
  EXPECT_EQ(emitter_->listenerCount(kEnd) + emitter_->listenerCount(kError), 0u);
}

TEST_F(EventWaitTest, TheEndOfTheEmitterCancelsTheWait) {
  spawn(loop_, [&]() -> Co<> {
    try {
      co_await once(*emitter_, kEnd);
    } catch (const Cancelled&) {
      seen_.push_back("cancelled");
    }
  });
  emitter_.reset();
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"cancelled"}));
}

TEST_F(EventWaitTest, ADroppedWaiterTakesItsListenersOff) {
  {
    const Running<> waiting =
        start(loop_, [&]() -> Co<> { co_await once(*emitter_, kEnd, kError); });
    EXPECT_EQ(emitter_->listenerCount(kEnd), 1u);
    EXPECT_EQ(emitter_->listenerCount(kError), 1u);
  }
  EXPECT_EQ(emitter_->listenerCount(kEnd), 0u);
  EXPECT_EQ(emitter_->listenerCount(kError), 0u);
}

#if WEFT_CLS
TEST_F(EventWaitTest, TheWaiterGoesOnInItsOwnContexts) {
  const cls::Namespace ns = cls::createAnonymousNamespace();
  ns.run([&] {
    ns.set("n", "waiter");
    spawn(loop_, [&]() -> Co<> {
      co_await once(*emitter_, kEnd);
      seen_.push_back(*ns.get<std::string>("n"));
    });
  });
  ns.run([&] {
    ns.set("n", "emitter");
    emitter_->emit(kEnd);
    EXPECT_EQ(*ns.get<std::string>("n"), "emitter");
  });
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"waiter"}));
}
#endif

// --- Events -------------------------------------------------------------------------------------

TEST_F(EventWaitTest, EventsKeepWhatCameInOrderUntilTheEnd) {
  Events events(*emitter_, kData, kEnd);
  emitter_->emit(kData, "a");
  emitter_->emit(kData, "b");
  spawn(loop_, [&]() -> Co<> {
    while (std::optional<std::string> text = co_await events.next()) seen_.push_back(*text);
    seen_.push_back("end");
    EXPECT_FALSE(co_await events.next());
  });
  EXPECT_EQ(seen_.size(), 2u);
  emitter_->emit(kData, "c");
  emitter_->emit(kEnd);
  emitter_->emit(kData, "late");
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b", "c", "end"}));
}

TEST_F(EventWaitTest, EventsEndWithTheEmitterOrItsErrorAfterWhatCameBefore) {
  Events events(*emitter_, kData);
  Events failing(*emitter_, kData, kEnd, kError);
  emitter_->emit(kData, "a");
  emitter_->emit(kError, std::make_exception_ptr(std::runtime_error("broken")));
  spawn(loop_, [&]() -> Co<> {
    while (std::optional<std::string> text = co_await events.next()) seen_.push_back(*text);
    seen_.push_back("end");
  });
  spawn(loop_, [&]() -> Co<> {
    try {
      while (std::optional<std::string> text = co_await failing.next()) seen_.push_back(*text);
    } catch (const std::runtime_error& error) {
      seen_.push_back(error.what());
    }
  });
  emitter_.reset();
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "a", "broken", "end"}));
}

TEST_F(EventWaitTest, OneReaderAtATimeAndADroppedOneMakesRoom) {
  Events events(*emitter_, kData);
  int refused = 0;
  {
    const Running<> first = start(loop_, [&]() -> Co<> { (void)co_await events.next(); });
    spawn(loop_, [&]() -> Co<> {
      try {
        (void)co_await events.next();
      } catch (const UsageError&) {
        ++refused;
      }
    });
  }
  EXPECT_EQ(refused, 1);
  emitter_->emit(kData, "a");
  spawn(loop_, [&]() -> Co<> { seen_.push_back(*co_await events.next()); });
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a"}));
}

// --- onAsync ------------------------------------------------------------------------------------

TEST_F(EventWaitTest, ACoroutineListensWithOwnedArguments) {
  onAsync(
      loop_, *emitter_, kPair,
      [&](int n, const std::string& text) -> Co<> {
        co_await loop::nextTick();
        seen_.push_back(text + std::to_string(n));
      },
      kError);
  {
    const std::string passing = "long enough to be allocated somewhere else";
    emitter_->emit(kPair, 1, passing);
  }
  emitter_->emit(kPair, 2, "b");
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"long enough to be allocated somewhere else1", "b2"}));
}

TEST_F(EventWaitTest, WhatACoroutineListenerThrowsIsEmittedAsError) {
  const auto fail = []() -> Co<> {
    co_await loop::nextTick();
    throw std::runtime_error("broken");
  };
  onAsync(loop_, *emitter_, kEnd, fail, kError);
  emitter_->on(kError,
               [&](const std::exception_ptr& error) { seen_.push_back(tests::messageOf(error)); });
  emitter_->emit(kEnd);
  loop_.run();
  EventEmitter other;
  onAsync(loop_, other, kEnd, fail, kFailure);
  other.on(kFailure, [&](const absl::Status& status) {
    seen_.push_back("status " + std::string(status.message()));
  });
  other.emit(kEnd);
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"broken", "status broken"}));
}

TEST_F(EventWaitTest, WithoutAnErrorListenerOrAnEmitterTheFailureIsUncaught) {
  int uncaught = 0;
  loop_.onUncaughtException([&](std::exception_ptr) { ++uncaught; });
  onAsync(
      loop_, *emitter_, kEnd,
      []() -> Co<> {
        co_await loop::nextTick();
        throw std::runtime_error("broken");
      },
      kError);
  emitter_->emit(kEnd);
  loop_.run();
  EXPECT_EQ(uncaught, 1);
  emitter_->emit(kEnd);
  emitter_.reset();
  loop_.run();
  EXPECT_EQ(uncaught, 2);
}

}  // namespace
}  // namespace weft::stream
