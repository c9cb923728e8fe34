// What the test suites of the reference packages ask of emitters that are bound, restated.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;
using Ints = std::vector<int>;

inline constexpr Event<> kEvent{"event"};
inline constexpr Event<std::string_view> kPayload{"payload"};

using BoundEmitterSuiteTest = ScenarioTest;

class BindEmitterTest : public ScenarioTest, public testing::WithParamInterface<bool> {
 protected:
  // on() or once(), as the parameter says.
  template <typename F>
  void add(F listener) {
    if (GetParam()) {
      shared_.once(kEvent, listener);
    } else {
      shared_.on(kEvent, listener);
    }
  }
  void addLook() {
    add([this] { seen_.push_back(value()); });
  }
  EventEmitter shared_;
};

TEST_P(BindEmitterTest, AddedInAContextEmittedOutside) {
  in(1, [&] {
    ns_.bindEmitter(shared_);
    addLook();
  });
  shared_.emit(kEvent);
  shared_.emit(kEvent);
  EXPECT_EQ(seen_, GetParam() ? Ints{1} : (Ints{1, 1}));
}

TEST_P(BindEmitterTest, AddedOutsideBoundAndEmittedInside) {
  addLook();
  in(1, [&] {
    ns_.bindEmitter(shared_);
    shared_.emit(kEvent);
  });
  EXPECT_EQ(seen_, Ints{1});
}

TEST_P(BindEmitterTest, AddedAndEmittedOutsideOnlyBoundInside) {
  addLook();
  in(1, [&] { ns_.bindEmitter(shared_); });
  shared_.emit(kEvent);
  EXPECT_EQ(seen_, Ints{0});
}

TEST_P(BindEmitterTest, BoundInsideAddedAndEmittedOutside) {
  in(1, [&] { ns_.bindEmitter(shared_); });
  addLook();
  shared_.emit(kEvent);
  EXPECT_EQ(seen_, Ints{0});
}

TEST_P(BindEmitterTest, AListenerThatThrowsLeavesTheEmitterUsable) {
  in(1, [&] {
    ns_.bindEmitter(shared_);
    add([] { throw std::runtime_error("out"); });
    addLook();
  });
  EXPECT_THROW(shared_.emit(kEvent), std::runtime_error);
  EXPECT_FALSE(ns_.active());
  if (!GetParam()) {
    EXPECT_THROW(shared_.emit(kEvent), std::runtime_error);
  }
  EXPECT_EQ(shared_.listenerCount(kEvent), GetParam() ? 1u : 2u);
}

TEST_P(BindEmitterTest, TwoNamespacesEachKeepTheirs) {
  Namespace other = createNamespace("other");
  Ints others;
  for (int i = 0; i < 2; ++i) {
    ns_.bindEmitter(shared_);
    other.bindEmitter(shared_);
  }
  in(1, [&] {
    other.run([&] {
      other.set("v", 2);
      loop_.nextTick([&] {
        add([&] {
          seen_.push_back(value());
          others.push_back(valueIn(other));
        });
      });
    });
  });
  loop_.setTimeout([&] { shared_.emit(kEvent); }, milliseconds(10));
  loop_.run();
  shared_.removeAllListeners();
  EXPECT_EQ(seen_, Ints{1});
  EXPECT_EQ(others, Ints{2});
}

INSTANTIATE_TEST_SUITE_P(OnAndOnce, BindEmitterTest, testing::Bool(),
                         [](const auto& once) { return once.param ? "Once" : "On"; });

TEST_F(BoundEmitterSuiteTest, APayloadArrivesWhereTheListenerWasAdded) {
  EventEmitter emitter;
  Strings seen;
  in(1, [&] {
    ns_.bindEmitter(emitter);
    emitter.on(kPayload, [&](std::string_view payload) {
      seen.push_back(std::string(payload) + std::to_string(value()));
    });
  });
  emitter.emit(kPayload, "blabla");
  EXPECT_EQ(seen, Strings{"blabla1"});
  EXPECT_EQ(emitter.listenerCount(kPayload), 1u);
}

TEST_F(BoundEmitterSuiteTest, ANewListenerHandlerMayRemoveItself) {
  EventEmitter emitter;
  Strings seen;
  in(1, [&] {
    ns_.bindEmitter(emitter);
    auto own = std::make_shared<ListenerHandle>();
    *own = emitter.on(kNewListener, [&, own](std::string_view event, const ListenerHandle&) {
      if (event != "payload") return;
      EXPECT_TRUE(own->remove());
      loop_.nextTick([&] { emitter.emit(kPayload, "first"); });
    });
    emitter.on(kPayload, [&](std::string_view payload) {
      seen.push_back(std::string(payload) + std::to_string(value()));
    });
    loop_.nextTick([&] { emitter.emit(kPayload, "second"); });
  });
  loop_.run();
  emitter.removeAllListeners();
  EXPECT_EQ(seen, (Strings{"first1", "second1"}));
}

TEST_F(BoundEmitterSuiteTest, ABoundEmitterWithoutListenersDoesNothing) {
  EventEmitter emitter;
  ns_.bindEmitter(emitter);
  EXPECT_FALSE(emitter.emit(kEvent));
  EXPECT_FALSE(emitter.emit("never heard of", 1, std::string_view("two")));
}

TEST_F(BoundEmitterSuiteTest, ArgumentsArriveWithNoContextAnywhere) {
  EventEmitter emitter;
  Strings seen;
  emitter.on(kPayload, [&](std::string_view payload) { seen.emplace_back(payload); });
  ns_.bindEmitter(emitter);
  emitter.emit(kPayload, "as it is");
  EXPECT_EQ(seen, Strings{"as it is"});
}

}  // namespace
}  // namespace weft::cls
