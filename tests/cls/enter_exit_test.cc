// enter(), exit(), depth() and scope(), by the table of the originals' behaviour.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class EnterExitTest : public OneNamespaceTest {
 protected:
  Context a_ = ns_.createContext(), b_ = ns_.createContext();
  const std::string not_entered_ =
      "exit() was given a context of namespace '' that is not entered: each exit() needs an "
      "enter() before it";
  ~EnterExitTest() override { a_ = b_ = Context(); }
};

TEST_F(EnterExitTest, EnteringAndLeavingNothingIsRefused) {
  EXPECT_EQ(usageErrorOf([&] { ns_.enter(Context()); }),
            "enter() needs a context, and was given none: take one from createContext()");
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(Context()); }),
            "exit() needs a context, and was given none: take one from createContext()");
  EXPECT_EQ(usageErrorOf([&] { auto scope = ns_.scope(Context()); }),
            "scope() needs a context, and was given none: take one from createContext()");
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(EnterExitTest, EnterMakesTheContextActiveOnTopOfTheOneBefore) {
  ns_.enter(a_);
  EXPECT_EQ(ns_.active(), a_);
  ns_.enter(b_);
  EXPECT_EQ(ns_.active(), b_);
  EXPECT_EQ(ns_.depth(), 2u);
  EXPECT_FALSE(b_.parent()) << "entering makes no child";
  ns_.exit(b_);
  EXPECT_EQ(ns_.active(), a_);
  ns_.exit(a_);
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(EnterExitTest, OneContextMayBeEnteredRepeatedly) {
  ns_.enter(a_);
  ns_.enter(a_);
  ns_.enter(a_);
  EXPECT_EQ(ns_.depth(), 3u);
  ns_.exit(a_);
  EXPECT_EQ(ns_.active(), a_);
  ns_.exit(a_);
  ns_.exit(a_);
  EXPECT_FALSE(ns_.active());
}

TEST_F(EnterExitTest, LeavingTheLowerOneKeepsTheActiveAndTheLaterExitSkipsIt) {
  ns_.enter(a_);
  ns_.enter(b_);
  ns_.exit(a_);
  EXPECT_EQ(ns_.active(), b_);
  EXPECT_EQ(ns_.depth(), 1u);
  ns_.exit(b_);
  EXPECT_FALSE(ns_.active());
}

TEST_F(EnterExitTest, LeavingWhatWasNotEnteredIsRefusedAndChangesNothing) {
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(a_); }), not_entered_);
  ns_.enter(a_);
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(b_); }), not_entered_);
  EXPECT_EQ(ns_.active(), a_);
  EXPECT_EQ(ns_.depth(), 1u);
  ns_.exit(a_);
}

TEST_F(EnterExitTest, LeavingTwiceIsRefusedTheSecondTime) {
  ns_.enter(a_);
  ns_.exit(a_);
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(a_); }), not_entered_);
}

TEST_F(EnterExitTest, ABAThenExitALeavesBActiveAndOneABelow) {
  ns_.enter(a_);
  ns_.enter(b_);
  ns_.enter(a_);
  ns_.exit(a_);
  EXPECT_EQ(ns_.active(), b_);
  EXPECT_EQ(ns_.depth(), 2u);
  ns_.exit(b_);
  EXPECT_EQ(ns_.active(), a_);
  ns_.exit(a_);
}

TEST_F(EnterExitTest, TheLastOccurrenceIsTheOneThatIsRemoved) {
  ns_.enter(a_);
  ns_.enter(a_);
  ns_.enter(b_);
  ns_.exit(a_);
  EXPECT_EQ(ns_.depth(), 2u);
  ns_.exit(b_);
  EXPECT_EQ(ns_.active(), a_);
  ns_.exit(a_);
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(EnterExitTest, StaggeredEntersAndExitsNeedNoOrder) {
  ns_.enter(a_);
  Context child = ns_.createContext();
  EXPECT_EQ(child.parent(), a_);
  ns_.enter(child);
  ns_.exit(a_);
  ns_.exit(child);
  EXPECT_FALSE(ns_.active());
}

TEST_F(EnterExitTest, AnOuterEnterMayBeLeftInsideARun) {
  ns_.enter(a_);
  ns_.run([&](const Context& run) {
    EXPECT_EQ(ns_.depth(), 2u);
    ns_.exit(a_);
    EXPECT_EQ(ns_.depth(), 1u);
    EXPECT_EQ(ns_.active(), run);
  });
  EXPECT_EQ(ns_.active(), a_) << "a run restores all that it found";
  ns_.exit(a_);
}

TEST_F(EnterExitTest, ARunsContextMayBeEnteredAgainInside) {
  ns_.run([&](const Context& run) {
    ns_.enter(run);
    EXPECT_EQ(ns_.depth(), 2u);
    ns_.exit(run);
    EXPECT_EQ(ns_.active(), run);
    EXPECT_EQ(ns_.depth(), 1u);
  });
}

TEST_F(EnterExitTest, NamespacesHaveStacksOfTheirOwn) {
  Namespace other = createAnonymousNamespace();
  Context c = other.createContext();
  ns_.enter(a_);
  other.enter(c);
  EXPECT_EQ(ns_.depth(), 1u);
  ns_.exit(a_);
  EXPECT_EQ(other.active(), c);
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(c); }), not_entered_);
  other.exit(c);
}

TEST_F(EnterExitTest, AContextOfAnotherNamespaceMayBeEnteredHere) {
  Namespace other = createAnonymousNamespace();
  a_.set("n", 1);
  other.enter(a_);
  EXPECT_EQ(other.active(), a_);
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(*other.get<int>("n"), 1);
  EXPECT_EQ(usageErrorOf([&] { ns_.exit(a_); }), not_entered_);
  other.exit(a_);
  EXPECT_FALSE(other.active());
}

TEST_F(EnterExitTest, TheAmbientContextOfACallbackMayBeLeft) {
  Dispatcher dispatcher;
  int calls = 0;
  ns_.bind(
      [&] {
        dispatcher.add([&] {
          EXPECT_EQ(ns_.depth(), 1u);
          ns_.exit(a_);
          EXPECT_FALSE(ns_.active());
          dispatcher.add([&] {
            EXPECT_FALSE(ns_.active()) << "scheduled without it";
            ++calls;
          });
          ++calls;
        });
        dispatcher.add([&] {
          EXPECT_EQ(ns_.active(), a_) << "other callbacks keep theirs";
          ++calls;
        });
      },
      a_)();
  dispatcher.run();
  EXPECT_EQ(calls, 3);
}

TEST_F(EnterExitTest, AForgottenEnterEndsWithTheCallback) {
  Dispatcher dispatcher;
  int calls = 0;
  dispatcher.add([&] {
    ns_.enter(a_);
    dispatcher.add([&] {
      EXPECT_EQ(ns_.active(), a_) << "scheduled while it was entered";
      EXPECT_EQ(ns_.depth(), 1u);
      ++calls;
    });
  });
  dispatcher.add([&] {
    EXPECT_FALSE(ns_.active()) << "unrelated";
    ++calls;
  });
  testing::internal::CaptureStderr();
  dispatcher.run();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(calls, 2);
}

TEST_F(EnterExitTest, AForgottenEnterEndsWithTheRunTheBoundCallAndTheScopeAroundIt) {
  ns_.run([&] { ns_.enter(a_); });
  EXPECT_FALSE(ns_.active());
  ns_.bind([&] { ns_.enter(a_); })();
  EXPECT_FALSE(ns_.active());
  Function<void()> function = [&] { ns_.enter(a_); };
  function();
  EXPECT_FALSE(ns_.active());
  detached([&] { ns_.enter(a_); });
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(EnterExitTest, AContextThatIsEnteredStaysAliveWithoutAHandle) {
  bool ended = false;
  a_.onEnd([&] { ended = true; });
  a_.set("n", 1);
  ns_.enter(a_);
  a_ = Context();
  drainAll();
  EXPECT_FALSE(ended);
  EXPECT_EQ(*ns_.get<int>("n"), 1);
  ns_.exit(ns_.active());
  drainAll();
  EXPECT_TRUE(ended);
}

TEST_F(EnterExitTest, DepthAfterAHopIsOneOrNone) {
  Dispatcher dispatcher;
  std::vector<std::size_t> depths;
  dispatcher.add([&] { depths.push_back(ns_.depth()); });
  ns_.enter(a_);
  ns_.enter(b_);
  ns_.run([&] {
    EXPECT_EQ(ns_.depth(), 3u);
    dispatcher.add([&] { depths.push_back(ns_.depth()); });
  });
  ns_.exit(b_);
  ns_.exit(a_);
  dispatcher.run();
  EXPECT_EQ(depths, (std::vector<std::size_t>{0, 1}));
}

// --- scope

TEST_F(EnterExitTest, AScopeLeavesWhatItEntered) {
  {
    auto scope = ns_.scope(a_);
    EXPECT_EQ(ns_.active(), a_);
    EXPECT_EQ(ns_.depth(), 1u);
    {
      auto inner = ns_.scope(b_);
      EXPECT_EQ(ns_.active(), b_);
    }
    EXPECT_EQ(ns_.active(), a_);
  }
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(EnterExitTest, AScopeWhoseContextWasLeftMeanwhileDoesNothing) {
  {
    auto scope = ns_.scope(a_);
    ns_.exit(a_);
    ns_.enter(b_);
  }
  EXPECT_EQ(ns_.active(), b_);
  ns_.exit(b_);
}

TEST_F(EnterExitTest, AScopeIsLeftWhenAnExceptionPasses) {
  try {
    auto scope = ns_.scope(a_);
    throw 1;
  } catch (int) {
  }
  EXPECT_FALSE(ns_.active());
}

}  // namespace
}  // namespace weft::cls
