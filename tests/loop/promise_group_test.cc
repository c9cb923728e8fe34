#include "weft/loop/promise_group.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/tests/loop/message_of.h"

namespace weft::loop {
namespace {

class PromiseGroupTest : public testing::Test {
 protected:
  PromiseGroupTest() {
    for (int i = 0; i < 3; ++i) {
      auto [promise, resolver] = Promise<int>::withResolvers(loop_);
      promises_.push_back(promise);
      resolvers_.push_back(resolver);
    }
  }
  EventLoop loop_;
  std::vector<Promise<int>> promises_;
  std::vector<Resolver<int>> resolvers_;
  std::string seen_;
};

TEST_F(PromiseGroupTest, AllGivesEveryValueInOrder) {
  std::vector<int> values;
  all(loop_, promises_).then([&](const std::vector<int>& all) { values = all; });
  for (int i : {2, 0, 1}) resolvers_[static_cast<std::size_t>(i)].resolve(i * 10);
  loop_.run();
  EXPECT_EQ(values, (std::vector<int>{0, 10, 20}));
}

TEST_F(PromiseGroupTest, AllOfNothingIsFulfilled) {
  EXPECT_TRUE(all(loop_, std::vector<Promise<int>>()).isFulfilled());
}

TEST_F(PromiseGroupTest, AnyOfNothingIsRejectedAndRaceOfNothingStaysPending) {
  const std::vector<Promise<int>> nothing;
  EXPECT_TRUE(race(loop_, nothing).isPending());
  bool rejected = false;
  const Promise<int> none = any(loop_, nothing);
  EXPECT_TRUE(none.isRejected());
  none.catchError([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const AllFailed& failed) {
      rejected = failed.errors().empty();
    }
    return 0;
  });
  loop_.run();
  EXPECT_TRUE(rejected);
}

TEST_F(PromiseGroupTest, AllIsRejectedWithTheFirstRejection) {
  loop_.onUncaughtException([](std::exception_ptr) { ADD_FAILURE() << "somebody took it"; });
  all(loop_, promises_)
      .then([](const std::vector<int>&) { ADD_FAILURE() << "fulfilled"; })
      .catchError([&](const std::exception_ptr& error) { seen_ += tests::messageOf(error); });
  resolvers_[1].reject(std::runtime_error("first"));
  resolvers_[0].reject(std::runtime_error("second"));
  loop_.run();
  EXPECT_EQ(seen_, "first");
}

TEST_F(PromiseGroupTest, AnyGivesTheFirstValue) {
  int got = 0;
  any(loop_, promises_).then([&](int n) { got = n; });
  resolvers_[1].reject(std::runtime_error("no"));
  resolvers_[2].resolve(2);
  resolvers_[0].resolve(1);
  loop_.run();
  EXPECT_EQ(got, 2);
}

TEST_F(PromiseGroupTest, AnyOfRejectionsTellsThemAll) {
  std::size_t errors = 0;
  any(loop_, promises_).catchError([&](const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const AllFailed& failed) {
      errors = failed.errors().size();
    }
    return 0;
  });
  for (auto& resolver : resolvers_) resolver.reject(std::runtime_error("no"));
  loop_.run();
  EXPECT_EQ(errors, 3u);
  EXPECT_TRUE(any(loop_, std::vector<Promise<int>>())
                  .catchError([](const std::exception_ptr&) { return 0; })
                  .isPending());
  loop_.run();
}

TEST_F(PromiseGroupTest, RaceFollowsTheFirstThatIsSettled) {
  race(loop_, promises_).catchError([&](const std::exception_ptr&) {
    seen_ += "rejected";
    return 0;
  });
  resolvers_[1].reject(std::runtime_error("no"));
  resolvers_[2].resolve(2);
  loop_.run();
  EXPECT_EQ(seen_, "rejected");
  EXPECT_TRUE(race(loop_, std::vector<Promise<int>>()).isPending());
}

#if WEFT_CLS
TEST_F(PromiseGroupTest, AContinuationRunsWhereItWasAdded) {
  const cls::Namespace ns = cls::createAnonymousNamespace();
  std::vector<int> seen;
  auto joined = all(loop_, promises_);
  for (int n : {1, 2}) {
    ns.run([&] {
      ns.set("n", n);
      joined.then([&](const std::vector<int>&) { seen.push_back(*ns.get<int>("n")); });
    });
  }
  ns.run([&] {
    for (auto& resolver : resolvers_) resolver.resolve(0);
  });
  loop_.run();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}
#endif

}  // namespace
}  // namespace weft::loop
