#include "weft/loop/task.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "weft/cls/cls.h"

namespace weft::loop {
namespace {

using Held = cls::HeldFrame<cls::Holder::kQueued>;

template <std::size_t kBytes>
struct Callable {
  std::array<std::byte, kBytes> bytes;
  void operator()() const {}
};

static_assert(sizeof(Task) == 64);
static_assert(Task::fits<Callable<56>>());
static_assert(!Task::fits<Callable<57>>());
static_assert(!std::is_copy_constructible_v<Task>);

// Counts how many of it live.
struct Counted {
  explicit Counted(int* live) : live_(live) { ++*live_; }
  Counted(const Counted& other) : live_(other.live_) { ++*live_; }
  Counted(Counted&& other) noexcept : live_(other.live_) { ++*live_; }
  ~Counted() { --*live_; }
  int* live_;
};

TEST(TaskTest, AnEmptyTaskDoesNothing) {
  Task task;
  EXPECT_FALSE(task);
  task.run();
  task.clear();
}

TEST(TaskTest, RunsManyTimesOrOnce) {
  int runs = 0;
  int live = 0;
  Task task([&runs, counted = Counted(&live)] { ++runs; });
  EXPECT_TRUE(task);
  task.run();
  task.run();
  EXPECT_EQ(live, 1);
  task.runOnce();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(live, 0);
  ::new (&task) Task();  // it is raw memory now
}

TEST(TaskTest, ClearingDestroysTheCallable) {
  int live = 0;
  Task task([counted = Counted(&live)] {});
  task.clear();
  EXPECT_EQ(live, 0);
  EXPECT_FALSE(task);
}

TEST(TaskTest, MovesSmallAndLargeCallables) {
  int live = 0;
  std::string seen;
  const std::array<char, 100> large{"large"};
  Task small([&seen, counted = Counted(&live)] { seen = "small"; });
  Task big([&seen, large, counted = Counted(&live)] { seen = large.data(); });
  Task moved(std::move(small));
  EXPECT_FALSE(small);
  moved.run();
  EXPECT_EQ(seen, "small");
  moved = std::move(big);
  EXPECT_EQ(live, 1);
  moved.run();
  EXPECT_EQ(seen, "large");
}

TEST(TaskTest, ACallableThatMayThrowWhenMovedIsHeldOnTheHeap) {
  struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) {}
    void operator()() const { ++*runs; }
    int* runs = nullptr;
  };
  static_assert(!Task::fits<Throwing>());
  int runs = 0;
  Task task([throwing = std::make_unique<Throwing>(), &runs] {
    throwing->runs = &runs;
    (*throwing)();
  });
  Task moved(std::move(task));
  moved.run();
  EXPECT_EQ(runs, 1);
}

TEST(TaskTest, WhatThrowsIsStillThere) {
  int live = 0;
  Task task([counted = Counted(&live)] { throw std::runtime_error("x"); });
  EXPECT_THROW(task.runOnce(), std::runtime_error);
  EXPECT_EQ(live, 1);
  task.clear();
  EXPECT_EQ(live, 0);
}

TEST(TaskTest, NullCallablesAreKnown) {
  EXPECT_TRUE(isNullCallable(std::function<void()>()));
  EXPECT_TRUE(isNullCallable(static_cast<void (*)()>(nullptr)));
  EXPECT_FALSE(isNullCallable(std::function<void()>([] {})));
  EXPECT_FALSE(isNullCallable([] {}));
}

// --- frames -------------------------------------------------------------------------------------

class FramedTaskTest : public ::testing::Test {
 public:
  std::string idNow() const {
    const auto* id = ns_.get<std::string>("id");
    return id != nullptr ? *id : "none";
  }
  // A task made in a context with this id, or the plain one in a build without contexts.
  template <typename F>
  Task makeIn(const std::string& id, F fn) {
    Task task;
    ns_.run([&](const cls::Context&) {
      ns_.set("id", id);
      task = Task(Held::capture(), std::move(fn));
    });
    return task;
  }
  static std::string in(const std::string& id) { return cls::kEnabled ? id : "none"; }

  cls::Namespace ns_ = cls::createNamespace("task");
};

TEST_F(FramedTaskTest, RunsInItsFrameAndLeavesNone) {
  std::string seen;
  Task task = makeIn("a", [&] { seen = idNow(); });
  task.run();
  EXPECT_EQ(seen, in("a"));
  EXPECT_EQ(idNow(), "none");
  EXPECT_FALSE(cls::frameActive());
}

TEST_F(FramedTaskTest, TheCallableIsDestroyedInItsFrame) {
  struct Witness {
    FramedTaskTest* test;
    std::string* seen;
    Witness(FramedTaskTest* t, std::string* s) : test(t), seen(s) {}
    Witness(Witness&& other) noexcept
        : test(other.test), seen(std::exchange(other.seen, nullptr)) {}
    ~Witness() {
      if (seen != nullptr) *seen = test->idNow();
    }
    void operator()() {}
  };
  std::string seen;
  Task once = makeIn("once", Witness(this, &seen));
  once.runOnce();
  EXPECT_EQ(seen, in("once"));
  ::new (&once) Task();

  Task cleared = makeIn("cleared", Witness(this, &seen));
  ns_.run([&](const cls::Context&) {
    ns_.set("id", "other");
    cleared.clear();
    EXPECT_EQ(idNow(), in("other"));
  });
  EXPECT_EQ(seen, in("cleared"));
}

TEST_F(FramedTaskTest, ATaskMadeOutsideAnyContextHasNoFrame) {
  Task task(Held::capture(), [this] { EXPECT_EQ(idNow(), "none"); });
  task.run();
}

TEST_F(FramedTaskTest, FortyEightBytesFitBesideAFrame) {
  // Not an allocation more than the context itself makes: seen by counting moves, since a boxed
  // callable does not move.
  struct Moved {
    std::array<std::byte, 32> bytes{};
    int* moves;
    explicit Moved(int* count) : moves(count) {}
    Moved(Moved&& other) noexcept : moves(other.moves) { ++*moves; }
    void operator()() {}
  };
  int moves = 0;
  Task task = makeIn("a", Moved(&moves));
  const int before = moves;
  Task other(std::move(task));
  EXPECT_EQ(moves, before + 1);
}

TEST_F(FramedTaskTest, ATaskKeepsItsContextAliveUntilItRan) {
  bool ended = false;
  Task task;
  ns_.run([&](cls::Context context) {
    context.onEnd([&ended] { ended = true; });
    task = Task(Held::capture(), [] {});
  });
  while (cls::drainEnded()) {
  }
  EXPECT_EQ(ended, false);
  task.clear();
  while (cls::drainEnded()) {
  }
  EXPECT_EQ(ended, cls::kEnabled);
}

}  // namespace
}  // namespace weft::loop
