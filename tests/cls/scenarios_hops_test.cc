// What the test suites of the reference packages ask of each way to schedule a callback.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/tests/cls/scenarios_fixture.h"

namespace weft::cls {
namespace {

using std::chrono::milliseconds;
using Ints = std::vector<int>;

struct Hop {
  const char* name;
  // Calls fn later; the second parameter is how often, for those that repeat.
  std::function<void(EventLoop&, std::function<void()>)> go;
};
void PrintTo(const Hop& hop, std::ostream* out) { *out << hop.name; }

const Hop kHops[] = {
    {"tick", [](EventLoop& loop, std::function<void()> fn) { loop.nextTick(std::move(fn)); }},
    {"microtask",
     [](EventLoop& loop, std::function<void()> fn) { loop.queueMicrotask(std::move(fn)); }},
    {"immediate",
     [](EventLoop& loop, std::function<void()> fn) { loop.setImmediate(std::move(fn)); }},
    {"timeout", [](EventLoop& loop,
                   std::function<void()> fn) { loop.setTimeout(std::move(fn), milliseconds(25)); }},
    {"interval",
     [](EventLoop& loop, std::function<void()> fn) {
       auto handle = std::make_shared<TimerHandle>();
       *handle = loop.setInterval(
           [fn = std::move(fn), handle] {
             handle->clear();
             fn();
           },
           milliseconds(25));
     }},
    {"post", [](EventLoop& loop, std::function<void()> fn) { (void)loop.post(std::move(fn)); }},
    {"close", [](EventLoop& loop, std::function<void()> fn) { loop.queueClose(std::move(fn)); }},
    {"promise", [](EventLoop& loop,
                   std::function<void()> fn) { Promise<>::resolved(loop).then(std::move(fn)); }},
};

class HopTest : public ScenarioTest, public testing::WithParamInterface<Hop> {
 protected:
  void hop(std::function<void()> fn) { GetParam().go(loop_, std::move(fn)); }
};

TEST_P(HopTest, SeesTheValueOfTheNestedRunInWhichItWasScheduled) {
  Ints seen;
  in(1, [&] {
    in(2, [&] { hop([&] { seen.push_back(value()); }); });
    EXPECT_EQ(value(), 1);
  });
  loop_.run();
  EXPECT_EQ(seen, Ints{2});
}

TEST_P(HopTest, TransactionsThatOverlapKeepTheirOwnIds) {
  Ints seen;
  for (int id : {1, 2}) {
    hop([&, id] {
      ns_.bind([&, id] {
        ns_.set("v", id);
        hop([&] {
          seen.push_back(value());
          hop([&] { seen.push_back(value()); });
        });
      })();
    });
  }
  loop_.run();
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Ints{1, 1, 2, 2}));
}

TEST_P(HopTest, AChainOfHopsSeesTheTransactionAtEach) {
  Ints seen;
  in(7, [&] {
    hop([&] {
      seen.push_back(value());
      hop([&] {
        seen.push_back(value());
        hop([&] { seen.push_back(value()); });
      });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{7, 7, 7}));
}

TEST_P(HopTest, ScheduledWithNoContextItSeesNone) {
  Ints seen;
  in(1, [] {});
  hop([&] { seen.push_back(value()); });
  in(1, [&] { detached([&] { hop([&] { seen.push_back(value()); }); }); });
  loop_.run();
  EXPECT_EQ(seen, (Ints{0, 0}));
}

TEST_P(HopTest, WritesAfterSchedulingAreSeenAndSiblingsShare) {
  Ints seen;
  in(1, [&] {
    hop([&] {
      seen.push_back(value());
      ns_.set("v", 3);
    });
    hop([&] { seen.push_back(value()); });
    ns_.set("v", 2);
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{2, 3}));
}

TEST_P(HopTest, AnInnerRunInACallbackLeavesTheRestOfItAlone) {
  Ints seen;
  in(1, [&] {
    hop([&] {
      in(2, [&] { hop([&] { seen.push_back(value()); }); });
      seen.push_back(value());
      hop([&] { seen.push_back(10 + value()); });
    });
  });
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 2, 11}));
}

TEST_P(HopTest, ADestroyedNamespaceIsNotCarriedOn) {
  Namespace named = createNamespace("a");
  Ints seen;
  named.run([&] {
    named.set("v", 1);
    hop([&, named] { seen.push_back(valueIn(named)); });
    destroyNamespace("a");
    hop([&, named] { seen.push_back(valueIn(named)); });
  });
  EXPECT_FALSE(getNamespace("a"));
  loop_.run();
  EXPECT_EQ(seen, (Ints{1, 0}));
}

INSTANTIATE_TEST_SUITE_P(All, HopTest, testing::ValuesIn(kHops),
                         [](const auto& hop) { return std::string(hop.param.name); });

}  // namespace
}  // namespace weft::cls
