// What the tests of observers share: one that writes down what it is told, and a loop.

#ifndef WEFT_TESTS_LOOP_OBSERVER_FIXTURE_H_
#define WEFT_TESTS_LOOP_OBSERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "weft/loop/observer.h"
#include "weft/tests/loop/event_loop_fixture.h"

namespace weft::loop {

// Writes down everything that it is told.
struct Recorder final : Observer {
  unsigned hooks() const noexcept override { return wanted; }
  void init(AsyncId id, AsyncKind kind, AsyncId trigger, cls::Location place,
            FrameId frame) override {
    log.push_back("init " + std::to_string(id) + " " + std::string(nameOf(kind)) + " by " +
                  std::to_string(trigger));
    where[id] = place;
    frames[id] = frame;
  }
  void before(AsyncId id) override { log.push_back("before " + std::to_string(id)); }
  void after(AsyncId id) override { log.push_back("after " + std::to_string(id)); }
  void destroy(AsyncId id) override { log.push_back("destroy " + std::to_string(id)); }
  void ran(const Ran& run) override {
    calls.push_back(std::string(nameOf(run.kind)) +
                    (run.callback != nullptr ? " " + std::to_string(run.callback->id) : ""));
  }
  void iterated(const Iteration& iteration) override { iterations.push_back(iteration); }

  unsigned wanted = kLife;
  Log log;
  Log calls;
  std::vector<Iteration> iterations;
  std::map<AsyncId, cls::Location> where;
  std::map<AsyncId, FrameId> frames;
};

class ObserverTest : public EventLoopTest {
 protected:
  void SetUp() override {
    if (!kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  std::uint64_t calls(AsyncKind kind) const {
    std::uint64_t sum = 0;
    for (const Iteration& i : recorder_.iterations) sum += i.callbacks[static_cast<int>(kind)];
    return sum;
  }
  Recorder recorder_;
};

}  // namespace weft::loop

#endif  // WEFT_TESTS_LOOP_OBSERVER_FIXTURE_H_
