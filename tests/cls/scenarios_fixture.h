// What the scenario tests share: a loop whose clock is manual, a namespace, and a value in it.

#ifndef WEFT_TESTS_CLS_SCENARIOS_FIXTURE_H_
#define WEFT_TESTS_CLS_SCENARIOS_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"

namespace weft::cls {

class ScenarioTest : public testing::Test {
 protected:
  ScenarioTest() : loop_({.clock = &clock_}) { emitter_ = std::make_unique<EventEmitter>(); }
  ~ScenarioTest() override {
    emitter_.reset();
    loop_.run();
    EXPECT_EQ(liveContexts(), 0u);
    reset();
  }
  // What ns_ sees under `v` here: 0 for nothing.
  int value() const { return valueIn(ns_); }
  static int valueIn(const Namespace& ns) {
    const int* found = ns.get<int>("v");
    return found != nullptr ? *found : 0;
  }
  // Calls fn in a run of ns_ in which `v` is `value`.
  template <typename F>
  Context in(int value, F fn) {
    return ns_.run([&] {
      ns_.set("v", value);
      fn();
    });
  }
  void look() { seen_.push_back(value()); }
  auto looking() {
    return [this] { look(); };
  }

  ManualClock clock_;
  EventLoop loop_;
  Namespace ns_ = createNamespace("scenario");
  std::unique_ptr<EventEmitter> emitter_;
  std::vector<int> seen_;
};

}  // namespace weft::cls

#endif  // WEFT_TESTS_CLS_SCENARIOS_FIXTURE_H_
