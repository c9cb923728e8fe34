#include "weft/cls/frame.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

using Held = HeldFrame<Holder::kUser>;

class FrameTest : public testing::Test {
 protected:
  ~FrameTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Namespace a_ = createAnonymousNamespace(), b_ = createAnonymousNamespace();
};

TEST_F(FrameTest, WithNoContextThereIsNothingToCapture) {
  EXPECT_FALSE(frameActive());
  EXPECT_FALSE(Held::capture());
  EXPECT_FALSE(Held());
}

TEST_F(FrameTest, ACaptureHoldsTheContextsOfAllNamespaces) {
  Held held;
  Context a, b;
  a = a_.run([&] {
    b = b_.run([&] {
      EXPECT_TRUE(frameActive());
      held = Held::capture();
    });
  });
  EXPECT_TRUE(held);
  EXPECT_FALSE(frameActive());
  {
    FrameScope scope(held);
    EXPECT_EQ(a_.active(), a);
    EXPECT_EQ(b_.active(), b);
  }
  EXPECT_FALSE(frameActive());
}

TEST_F(FrameTest, ACaptureIsOnePointerHoweverManyNamespacesThereAre) {
  static_assert(sizeof(Held) == sizeof(void*));
  std::vector<Namespace> many;
  for (int i = 0; i < 70; ++i) many.push_back(createAnonymousNamespace());
  std::function<void(std::size_t)> nest = [&](std::size_t i) {
    if (i < many.size()) return void(many[i].run([&] { nest(i + 1); }));
    Held one = Held::capture(), two = Held::capture();
    EXPECT_EQ(one.raw(), two.raw());
    detached([&] {
      FrameScope scope(one);
      for (const Namespace& ns : many) EXPECT_TRUE(ns.active());
    });
  };
  nest(0);
}

TEST_F(FrameTest, IsMovedAndSharedButNotCopied) {
  static_assert(!std::is_copy_constructible_v<Held> && std::is_nothrow_move_constructible_v<Held>);
  Held held;
  a_.run([&] { held = Held::capture(); });
  Held second = held.share();
  EXPECT_EQ(second.raw(), held.raw());
  Held moved = std::move(held);
  EXPECT_FALSE(held);  // NOLINT: moved-from is empty
  moved.reset();
  moved.reset();
  EXPECT_EQ(liveContexts(), 1u) << "the second hold is its own";
  second = Held();
  EXPECT_EQ(liveContexts(), 0u);
  EXPECT_FALSE(Held().share());
}

TEST_F(FrameTest, TheWordOfAnIdleThreadIsItsToken) {
  const int loop = 0;
  const void* before = idleToken();
  setIdleToken(&loop);
  EXPECT_TRUE(isIdle(&loop));
  EXPECT_FALSE(isIdle(before == &loop ? nullptr : before));
  EXPECT_EQ(idleToken(), &loop);
  a_.run([&] {
    EXPECT_FALSE(isIdle(&loop)) << "a context is active";
    detached([&] { EXPECT_TRUE(isIdle(&loop)); });
    const int other = 0;
    setIdleToken(&other);
    EXPECT_TRUE(a_.active()) << "the token is not the current frame";
    setIdleToken(&loop);
  });
  EXPECT_TRUE(isIdle(&loop));
  std::thread([&] { EXPECT_FALSE(isIdle(&loop)); }).join();
  setIdleToken(before);
}

TEST_F(FrameTest, EnterAndLeaveAreADispatchersTurn) {
  Held held;
  Context context = a_.run([&] { held = Held::capture(); });
  held.enter();
  EXPECT_EQ(a_.active(), context);
  EXPECT_EQ(a_.depth(), 1u);
  leave();
  EXPECT_FALSE(a_.active());
}

TEST_F(FrameTest, AFrameScopeRestoresAllThatItFound) {
  Held held;
  Context inner = a_.run([&] { held = Held::capture(); });
  Context entered = b_.createContext();
  a_.run([&] {
    Context outer = a_.active();
    b_.enter(entered);
    {
      FrameScope scope(held);
      EXPECT_EQ(a_.active(), inner);
      EXPECT_FALSE(b_.active());
      EXPECT_EQ(a_.depth(), 1u);
      EXPECT_EQ(b_.depth(), 0u);
      EXPECT_THROW(b_.exit(entered), UsageError) << "enters below the scope are out of reach";
      b_.enter(b_.createContext());
      a_.exit(inner);
      EXPECT_FALSE(a_.active());
    }
    EXPECT_EQ(a_.active(), outer);
    EXPECT_EQ(b_.active(), entered);
    EXPECT_EQ(b_.depth(), 1u);
    b_.exit(entered);
  });
}

TEST_F(FrameTest, AFrameScopeWithoutAFrameIsTheNullFrame) {
  a_.run([&] {
    {
      FrameScope scope;
      EXPECT_FALSE(frameActive());
    }
    {
      FrameScope scope((Held()));
      EXPECT_FALSE(frameActive());
    }
    EXPECT_TRUE(frameActive());
  });
}

TEST_F(FrameTest, AFrameScopeOfTheCurrentFrameEndsTheEntersInside) {
  a_.run([&](const Context& outer) {
    destroyNamespace(a_);
    {
      FrameScope scope(FrameScope::kCurrent);
      EXPECT_EQ(a_.active(), outer) << "a call, not a capture";
      b_.enter(b_.createContext());
    }
    EXPECT_EQ(a_.active(), outer);
    EXPECT_FALSE(b_.active());
  });
}

TEST_F(FrameTest, SwitchingTheFrameEndsTheScopeAndBeginsAnother) {
  Held one, two;
  a_.run([&] { one = Held::capture(); });
  Context second = b_.run([&] { two = Held::capture(); });
  a_.run([&](const Context& outer) {
    {
      FrameScope scope(one);
      a_.enter(a_.createContext());
      switchFrame(two);
      EXPECT_FALSE(a_.active()) << "with what was entered in the first";
      EXPECT_EQ(b_.active(), second);
      switchFrame(Held());
      EXPECT_FALSE(frameActive());
    }
    EXPECT_EQ(a_.active(), outer);
  });
}

TEST_F(FrameTest, IsCurrentWhereACaptureWouldGiveTheSame) {
  EXPECT_TRUE(Held().isCurrent());
  Held held;
  a_.run([&] {
    EXPECT_FALSE(Held().isCurrent());
    held = Held::capture();
    EXPECT_TRUE(held.isCurrent());
    b_.run([&] { EXPECT_FALSE(held.isCurrent()); });
    EXPECT_TRUE(held.isCurrent());
    destroyNamespace(a_);
    EXPECT_FALSE(held.isCurrent()) << "a capture would leave the destroyed namespace out";
  });
  EXPECT_FALSE(held.isCurrent());
}

TEST_F(FrameTest, TheNumberOfAFrameIsItsOwn) {
  EXPECT_EQ(currentFrameId(), 0u);
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 3; ++i) {
    a_.run([&] {
      const std::uint64_t mine = currentFrameId();
      numbers.insert(mine);
      b_.run([&] { numbers.insert(currentFrameId()); });
      const Held held = Held::capture();
      detached([&] {
        EXPECT_EQ(currentFrameId(), 0u);
        FrameScope scope(held);
        EXPECT_EQ(currentFrameId(), mine);
      });
    });
  }
  EXPECT_EQ(numbers.size(), 6u) << "also those of frames whose memory is used again";
  EXPECT_FALSE(numbers.contains(0));
}

TEST_F(FrameTest, SettleEndsEntersThatWereNeverLeftAndReportsThem) {
  Context context = a_.createContext();
  a_.enter(context);
  b_.enter(b_.createContext());
  testing::internal::CaptureStderr();
  settle();
  const std::string report = testing::internal::GetCapturedStderr();
  EXPECT_FALSE(frameActive());
  EXPECT_EQ(a_.depth(), 0u);
#ifdef NDEBUG
  EXPECT_EQ(report, "");
#else
  const std::string line =
      "weft: a callback entered a context of namespace '' and never left it; it ends with the "
      "callback. Use run() or scope().\n";
  EXPECT_EQ(report, line + line);
#endif
}

TEST_F(FrameTest, SettleReportsNothingWhenAllWasLeft) {
  Context context = a_.createContext();
  a_.enter(context);
  a_.exit(context);
  testing::internal::CaptureStderr();
  settle();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(FrameTest, SettleForgetsTheExceptionsOfTheCallback) {
  std::exception_ptr error;
  try {
    a_.run([] { throw 1; });
  } catch (int) {
    error = std::current_exception();
  }
  EXPECT_TRUE(a_.fromException(error));
  settle();
  EXPECT_FALSE(a_.fromException(error));
}

TEST_F(FrameTest, ADispatcherIsToldWhenThereIsSomethingToSettleAndOnlyThen) {
  int told = 0;
  const Attention before =
      setAttention({[](void* count) { ++*static_cast<int*>(count); }, nullptr, &told});
  a_.run([&] {
    a_.set("n", 1);
    b_.run([] {});
  });
  EXPECT_EQ(told, 0) << "ordinary work needs no attention";
  Context context = a_.createContext();
  a_.enter(context);
  EXPECT_EQ(told, 1);
  a_.exit(context);
  settle();
  told = 0;
  try {
    a_.run([] { throw 1; });
  } catch (int) {
  }
  EXPECT_EQ(told, 1);
  settle();
  told = 0;
  a_.run([&] { a_.active().onEnd([] {}); });
  EXPECT_EQ(told, 1);
  EXPECT_EQ(drainAll(), 1);
  const Attention mine = setAttention(before);
  EXPECT_EQ(mine.arg, &told) << "who takes over gets the one before";
}

TEST_F(FrameTest, AnEnterInsideARunNeedsNoSettling) {
  int told = 0;
  const Attention before =
      setAttention({[](void* count) { ++*static_cast<int*>(count); }, nullptr, &told});
  a_.run([&] { a_.enter(a_.createContext()); });
  EXPECT_FALSE(a_.active());
  EXPECT_EQ(told, 0);
  setAttention(before);
}

TEST_F(FrameTest, AHoldMayBeSentHomeFromItsOwnThread) {
  Held held;
  a_.run([&] { held = Held::capture(); });
  held.sendHome();
  EXPECT_FALSE(held);
  EXPECT_EQ(liveContexts(), 0u);
}

#ifndef NDEBUG
using FrameDeathTest = FrameTest;

TEST_F(FrameDeathTest, AFrameThatIsUsedOnAnotherThreadStopsTheProgramWithASentence) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string sentence =
      "a context was used on a thread that it does not belong to. Take a cls::Snapshot across, or "
      "post the work back to the loop of its thread.";
  Held held;
  Function<void()> function;
  a_.run([&] {
    held = Held::capture();
    function = [] {};
  });
  EXPECT_DEATH(std::thread([&] { held.enter(); }).join(), sentence);
  EXPECT_DEATH(std::thread([&] { FrameScope scope(held); }).join(), sentence);
  EXPECT_DEATH(std::thread([&] { held.share(); }).join(), sentence);
  EXPECT_DEATH(std::thread([&] { held.reset(); }).join(), sentence);
  EXPECT_DEATH(std::thread([&] { function(); }).join(), sentence);
}
#endif

}  // namespace
}  // namespace weft::cls
