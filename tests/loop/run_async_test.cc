#include "weft/loop/run_async.h"

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/co.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

class RunAsyncTest : public testing::Test {
 protected:
  std::string valueText() const {
    const std::string* value = ns_.get<std::string>("v");
    return value != nullptr ? *value : "none";
  }

  EventLoop loop_;
  cls::Namespace ns_ = cls::createAnonymousNamespace();
  std::vector<std::string> seen_;
};

#if WEFT_CLS
TEST_F(RunAsyncTest, TheContextLastsAcrossWaitsAndTheCallerKeepsItsOwn) {
  ns_.run([&] {
    ns_.set("v", "outer");
    auto done = runAsync(loop_, ns_, [&]() -> Co<int> {
      seen_.push_back("begins " + valueText());
      ns_.set("v", "inner");
      co_await nextTick();
      seen_.push_back("goes on " + valueText());
      co_return 7;
    });
    seen_.push_back("caller " + valueText());
    done.then([&](int n) { seen_.push_back("then " + valueText() + std::to_string(n)); });
  });
  EXPECT_FALSE(ns_.active());
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"begins outer", "caller outer", "goes on inner",
                                             "then outer7"}));
}

TEST_F(RunAsyncTest, TwoInParallelAreSiblings) {
  ns_.run([&](const Context& outer) {
    for (const char* name : {"a", "b"}) {
      runAsync(loop_, ns_, [&, name, outer](const Context& mine) -> Co<> {
        EXPECT_EQ(mine.parent(), outer);
        EXPECT_EQ(mine, ns_.active());
        ns_.set("v", name);
        co_await nextTick();
        seen_.push_back(valueText());
      });
    }
  });
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"a", "b"}));
}
#endif

TEST_F(RunAsyncTest, WhatIsThrownAtOnceOrLaterRejectsAndTheContextIsLeft) {
  const auto caught = [&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const char* text) {
      seen_.push_back(text);
    }
  };
  runAsync(loop_, ns_, []() -> void { throw "at once"; }).catchError(caught);
  EXPECT_FALSE(ns_.active());
  runAsync(loop_, ns_, []() -> Co<> {
    co_await nextTick();
    throw "later";
  }).catchError(caught);
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"at once", "later"}));
}

#if WEFT_CLS
TEST_F(RunAsyncTest, WhatRejectsHasLeftTheContext) {
  const auto caught = [&](const std::exception_ptr& error) {
    const Context left = ns_.fromException(error);
    ASSERT_TRUE(left);
    seen_.push_back(*left.get<std::string>("v"));
  };
  runAsync(loop_, ns_, [&]() -> void {
    ns_.set("v", "at once");
    throw 1;
  }).catchError(caught);
  runAsync(loop_, ns_, [&]() -> Co<> {
    ns_.set("v", "later");
    co_await nextTick();
    throw 2;
  }).catchError(caught);
  runAsync(loop_, ns_, [&] {
    ns_.set("v", "promised");
    return Promise<int>::rejected(loop_, std::runtime_error("no"));
  }).then([](int) {
    }).catchError(caught);
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"at once", "later", "promised"}));
}
#endif

TEST_F(RunAsyncTest, AValueOrAPromiseWillDo) {
  int sum = 0;
  runAsync(loop_, ns_, [] { return 1; }).then([&](int n) { sum += n; });
  runAsync(loop_, ns_, [&] { return Promise<int>::resolved(loop_, 2); }).then([&](int n) {
    sum += n;
  });
  loop_.run();
  EXPECT_EQ(sum, 3);
  EXPECT_THROW(runAsync(loop_, ns_, std::function<int()>()), UsageError);
}

#if WEFT_CLS
TEST_F(RunAsyncTest, WhoAwaitsItSeesTheOuterContextAgain) {
  ns_.run([&] {
    ns_.set("v", "outer");
    spawn(loop_, [&]() -> Co<> {
      co_await runAsync(loop_, ns_, [&]() -> Co<> {
        ns_.set("v", "inner");
        co_await nextTick();
      });
      seen_.push_back(valueText());
    });
  });
  loop_.run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"outer"}));
}
#endif

}  // namespace
}  // namespace weft::loop
