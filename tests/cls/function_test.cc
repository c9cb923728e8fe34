#include "weft/cls/function.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class FunctionTest : public testing::Test {
 protected:
  ~FunctionTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Namespace a_ = createAnonymousNamespace(), b_ = createAnonymousNamespace();
};

TEST_F(FunctionTest, RunsInTheContextsOfEveryNamespaceInWhichItWasMade) {
  Function<int(int)> function;
  a_.run([&] {
    a_.set("n", 1);
    b_.run([&] {
      b_.set("n", 10);
      function = [&](int n) { return n + *a_.get<int>("n") + *b_.get<int>("n"); };
    });
  });
  EXPECT_EQ(function(100), 111);
  EXPECT_FALSE(a_.active());
}

TEST_F(FunctionTest, TheConversionFromALambdaCaptures) {
  std::vector<Function<void()>> waiting;
  auto wait = [&](Function<void()> done) { waiting.push_back(std::move(done)); };
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i) {
    a_.run([&] {
      a_.set("request", i);
      wait([&] { seen.push_back(*a_.get<int>("request")); });
    });
  }
  a_.run([&] {
    a_.set("request", 99);
    for (auto& done : waiting) done();
    EXPECT_EQ(*a_.get<int>("request"), 99);
  });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

TEST_F(FunctionTest, MadeWithNoContextItRunsWithNone) {
  Function<bool()> function = [&] { return static_cast<bool>(a_.active()); };
  a_.run([&] {
    EXPECT_FALSE(function());
    EXPECT_TRUE(a_.active());
  });
}

TEST_F(FunctionTest, RestoresEverythingThatItFoundEntersIncluded) {
  Context inside = a_.createContext(), outside = b_.createContext();
  Function<void()> function = [&] {
    a_.enter(inside);
    b_.enter(b_.createContext());
  };
  b_.enter(outside);
  function();
  EXPECT_FALSE(a_.active());
  EXPECT_EQ(b_.active(), outside);
  EXPECT_EQ(b_.depth(), 1u);
  Function<void()> throws = [&]() -> void {
    a_.enter(inside);
    throw std::runtime_error("out");
  };
  EXPECT_THROW(throws(), std::runtime_error);
  EXPECT_FALSE(a_.active());
  EXPECT_EQ(b_.active(), outside);
  b_.exit(outside);
}

TEST_F(FunctionTest, EntersOfTheCallerCannotBeLeftFromInside) {
  Context context = a_.createContext();
  Function<void()> function = [&] { a_.exit(context); };
  a_.enter(context);
  EXPECT_THROW(function(), UsageError);
  EXPECT_EQ(a_.active(), context);
  a_.exit(context);
}

TEST_F(FunctionTest, MayBeCalledManyTimes) {
  Function<int()> function;
  a_.run([&] {
    a_.set("n", 0);
    function = [&] {
      a_.set("n", *a_.get<int>("n") + 1);
      return *a_.get<int>("n");
    };
  });
  EXPECT_EQ(function(), 1);
  EXPECT_EQ(function(), 2);
}

TEST_F(FunctionTest, PassesMoveOnlyArgumentsReferencesAndResults) {
  Function<std::unique_ptr<int>(std::unique_ptr<int>, int&)> function = [](std::unique_ptr<int> p,
                                                                           int& n) {
    ++n;
    return p;
  };
  int n = 0;
  EXPECT_EQ(*function(std::make_unique<int>(7), n), 7);
  EXPECT_EQ(n, 1);
}

TEST_F(FunctionTest, IsMoveOnlyAndHoldsMoveOnlyCallables) {
  static_assert(!std::is_copy_constructible_v<Function<void()>>);
  static_assert(std::is_nothrow_move_constructible_v<Function<void()>>);
  Function<int()> one = [p = std::make_unique<int>(5)] { return *p; };
  Function<int()> two = std::move(one);
  EXPECT_FALSE(one);  // NOLINT: moved-from is empty
  EXPECT_EQ(two(), 5);
  one = std::move(two);
  EXPECT_EQ(one(), 5);
}

TEST_F(FunctionTest, AnEmptyOneIsFalseAndCallingItThrows) {
  Function<void()> empty, null = nullptr;
  EXPECT_FALSE(empty);
  EXPECT_FALSE(null);
  EXPECT_EQ(usageErrorOf([&] { empty(); }), "an empty cls::Function was called");
}

TEST_F(FunctionTest, ANullFunctionGivesAnEmptyOneThatHoldsNoContext) {
  a_.run([&] {
    Function<void()> from_std = std::function<void()>();
    Function<void()> from_pointer = static_cast<void (*)()>(nullptr);
    EXPECT_FALSE(from_std);
    EXPECT_FALSE(from_pointer);
    for (const HolderInfo& holder : holders(a_.active())) EXPECT_NE(holder.kind, "function");
    EXPECT_THROW(from_std(), UsageError);
  });
}

TEST_F(FunctionTest, TheCallableIsDestroyedInsideItsFrame) {
  struct Asks {
    Namespace ns;
    std::vector<bool>* seen;
    Asks(Namespace n, std::vector<bool>* s) : ns(n), seen(s) {}
    Asks(Asks&& other) noexcept : ns(other.ns), seen(std::exchange(other.seen, nullptr)) {}
    ~Asks() {
      if (seen != nullptr) seen->push_back(static_cast<bool>(ns.active()));
    }
    void operator()() {}
  };
  std::vector<bool> seen;
  {
    Function<void()> dropped, assigned;
    a_.run([&] {
      dropped = Asks(a_, &seen);
      assigned = Asks(a_, &seen);
    });
    assigned = nullptr;
    EXPECT_EQ(seen, std::vector<bool>{true});
  }
  EXPECT_EQ(seen, (std::vector<bool>{true, true}));
}

TEST_F(FunctionTest, HoldsItsContextUntilItGoes) {
  bool ended = false;
  Function<void()> function;
  a_.run([&] {
    a_.active().onEnd([&] { ended = true; });
    function = [] {};
  });
  EXPECT_EQ(drainAll(), 0);
  function = nullptr;
  EXPECT_EQ(drainAll(), 1);
  EXPECT_TRUE(ended);
}

TEST_F(FunctionTest, AnotherThreadMayMoveAndDestroyItAndTheFrameGoesHome) {
  std::atomic<int> wakes{0};
  const Attention before = setAttention(
      {nullptr, [](void* count) { ++*static_cast<std::atomic<int>*>(count); }, &wakes});
  bool ended = false;
  Function<void()> function;
  a_.run([&] {
    a_.active().onEnd([&] { ended = true; });
    function = [] {};
  });
  std::thread([moved = std::move(function)]() mutable {
    Function<void()> again = std::move(moved);
    again = nullptr;
  }).join();
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(drainAll(), 0) << "nothing happens before settle()";
  settle();
  EXPECT_EQ(drainAll(), 1);
  EXPECT_TRUE(ended);
  setAttention(before);
}

TEST_F(FunctionTest, MayOutliveItsThread) {
  auto counted = std::make_shared<int>();
  Function<void()> function;
  std::thread([&] {
    a_.run([&] {
      a_.set("v", counted);
      a_.active().onEnd([counted] {});
      function = [] {};
    });
  }).join();
  EXPECT_EQ(counted.use_count(), 3);
  function = nullptr;
  EXPECT_EQ(counted.use_count(), 1);
}

// --- bindAll

TEST_F(FunctionTest, BindAllCarriesEveryNamespaceAndItsCopiesShareTheContexts) {
  std::function<int()> copy;
  a_.run([&] {
    a_.set("n", 1);
    b_.run([&] {
      b_.set("n", 10);
      auto bound = bindAll([&] {
        const int sum = *a_.get<int>("n") + *b_.get<int>("n");
        a_.set("n", sum);
        return sum;
      });
      copy = bound;
      EXPECT_EQ(bound(), 11);
    });
  });
  a_.run([&] {
    EXPECT_EQ(copy(), 21);
    EXPECT_FALSE(a_.has("n"));
  });
  auto none = bindAll([&] { return static_cast<bool>(a_.active()); });
  a_.run([&] { EXPECT_FALSE(none()); });
  auto copy_of_none = none;
  a_.run([&] { EXPECT_FALSE(copy_of_none()); });
}

TEST_F(FunctionTest, BindAllRefusesANullFunction) {
  EXPECT_EQ(usageErrorOf([] { bindAll(std::function<void()>()); }),
            "bindAll() needs a function, and was given a null one");
}

// --- detached

TEST_F(FunctionTest, DetachedRunsWithNoContextAndReturnsTheResult) {
  a_.run([&] {
    Context outer = a_.active();
    Function<bool()> made;
    const int result = detached([&] {
      EXPECT_FALSE(a_.active());
      made = [&] { return static_cast<bool>(a_.active()); };
      a_.enter(a_.createContext());
      return 3;
    });
    EXPECT_EQ(result, 3);
    EXPECT_FALSE(made()) << "a pool's connection that is made inside keeps no request";
    EXPECT_EQ(a_.active(), outer);
    EXPECT_THROW(detached([]() -> void { throw std::runtime_error("out"); }), std::runtime_error);
    EXPECT_EQ(a_.active(), outer);
  });
}

}  // namespace
}  // namespace weft::cls
