// Which contexts a job sees, and in which its callback, its coroutine and its end run.

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "weft/loop/co.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/tests/loop/work_fixture.h"

namespace weft::loop {
namespace {

using WorkContextsTest = WorkTest;

#if WEFT_CLS
TEST_F(WorkContextsTest, TheFunctionSeesASnapshotAndTheCallbackTheOriginal) {
  int in_job = 0, at_home = 0;
  bool same = false;
  ns_.run([&] {
    ns_.set("n", 1);
    const Context mine = ns_.active();
    work(
        loop_,
        [&] {
          in_job = *ns_.get<int>("n");
          ns_.set("n", 9);  // stays here
        },
        [&, mine](absl::Status) {
          at_home = *ns_.get<int>("n");
          same = ns_.active() == mine;
        });
    ns_.set("n", 2);  // later than the snapshot
  });
  loop_.run();
  EXPECT_EQ(in_job, 1);
  EXPECT_EQ(at_home, 2);
  EXPECT_TRUE(same);
  EXPECT_FALSE(ns_.active());
}
#endif

TEST_F(WorkContextsTest, WithoutASnapshotTheFunctionSeesNoContext) {
  bool seen = true;
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, [&] { seen = static_cast<bool>(ns_.active()); }, [](absl::Status) {},
        {.contexts = false});
  });
  loop_.run();
  EXPECT_FALSE(seen);
}

TEST_F(WorkContextsTest, NothingOfOneJobReachesTheNextOneOnItsThread) {
  usePool({.threads = 1});
  bool leaked = false;
  work(
      loop_, [&] { ns_.enter(ns_.createContext()); }, [](absl::Status) {});
  work(
      loop_, [&] { leaked = static_cast<bool>(ns_.active()); }, [](absl::Status) {});
  loop_.run();
  EXPECT_FALSE(leaked);
}

#if WEFT_CLS
TEST_F(WorkContextsTest, ACoroutineGoesOnInItsOwnContexts) {
  std::vector<int> seen;
  const auto one = [&](int n) -> Co<> {
    const absl::StatusOr<int> in_job = co_await work([&] { return *ns_.get<int>("n"); });
    seen.push_back(*in_job * 10 + *ns_.get<int>("n") - n);
  };
  for (int n : {1, 2, 3}) {
    ns_.run([&] {
      ns_.set("n", n);
      spawn(loop_, one(n));
    });
  }
  loop_.run();
  EXPECT_EQ(std::set<int>(seen.begin(), seen.end()), (std::set<int>{10, 20, 30}));
}

TEST_F(WorkContextsTest, EndListenersOfAJobsContextsRunOnItsThread) {
  Names seen;
  loop_.onUncaughtException([&](std::exception_ptr) { seen.emplace_back("reported"); });
  work(
      loop_,
      [&] {
        ns_.run([&] {
          ns_.active().onEnd([&] {
            seen.emplace_back("end");
            throw std::runtime_error("from an end listener");
          });
        });
        seen.emplace_back("job");
      },
      [&](absl::Status) { seen.emplace_back("callback"); });
  loop_.run();
  EXPECT_EQ(seen, (Names{"job", "end", "reported", "callback"}));
}
#endif

TEST_F(WorkContextsTest, FunctionAndCallbackAreDestroyedAtHomeInTheirContexts) {
  struct Dying {
    cls::Namespace ns;
    std::vector<int>* seen;
    std::thread::id home = std::this_thread::get_id();
    Dying(cls::Namespace space, std::vector<int>* to) : ns(std::move(space)), seen(to) {}
    ~Dying() {
      EXPECT_EQ(std::this_thread::get_id(), home);
      const int* n = ns.get<int>("n");
      seen->push_back(n != nullptr ? *n : 0);
    }
  };
  std::vector<int> seen;
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, [dying = std::make_unique<Dying>(ns_, &seen)] {},
        [dying = std::make_unique<Dying>(ns_, &seen)](absl::Status) {});
  });
  loop_.run();
  EXPECT_EQ(seen, cls::kEnabled ? (std::vector<int>{1, 1}) : (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace weft::loop
