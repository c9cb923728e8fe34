// What the tests of EventLoop share: a loop on a manual clock and a log of what ran.

#ifndef WEFT_TESTS_LOOP_EVENT_LOOP_FIXTURE_H_
#define WEFT_TESTS_LOOP_EVENT_LOOP_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "weft/loop/event_loop.h"

namespace weft::loop {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Log = std::vector<std::string>;

class EventLoopTest : public ::testing::Test {
 protected:
  auto note(std::string text) {
    return [this, text] { log_.push_back(text); };
  }
  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
  Log log_;
};

}  // namespace weft::loop

#endif  // WEFT_TESTS_LOOP_EVENT_LOOP_FIXTURE_H_
