#include "weft/cls/namespace.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class NamespaceTest : public testing::Test {
 protected:
  ~NamespaceTest() override {
    settle();
    drainAll();
    EXPECT_EQ(liveContexts(), 0u);
  }
  Namespace ns_ = createAnonymousNamespace();
};

// --- active, get, set, erase

TEST_F(NamespaceTest, OutsideOfAnyContextReadingFindsNothing) {
  EXPECT_FALSE(ns_.active());
  EXPECT_EQ(ns_.get<int>("n"), nullptr);
  EXPECT_EQ(ns_.get(Key<int>("n")), nullptr);
  EXPECT_FALSE(ns_.has("n"));
  EXPECT_FALSE(ns_.erase("n"));
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(NamespaceTest, OutsideOfAnyContextWritingThrowsAndSaysWhatToDo) {
  Namespace named = createNamespace("outside");
  const std::string text =
      "no context is active in namespace 'outside': call run() or bind() first";
  EXPECT_EQ(usageErrorOf([&] { named.set("n", 1); }), text);
  EXPECT_EQ(usageErrorOf([&] { named.set(Key<int>("n"), 1); }), text);
  EXPECT_THROW(named.set("n", 1), NoContextError);
  const absl::Status status = named.trySet("n", 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), text);
  EXPECT_FALSE(named.active());
  destroyNamespace("outside");
}

TEST_F(NamespaceTest, TrySetSetsWhereAContextIsActive) {
  ns_.run([&] {
    EXPECT_TRUE(ns_.trySet("n", 1).ok());
    EXPECT_TRUE(ns_.trySet(Key<int>("m"), 2).ok());
    EXPECT_EQ(*ns_.get<int>("n"), 1);
    EXPECT_EQ(*ns_.get<int>("m"), 2);
  });
}

TEST_F(NamespaceTest, GetSetAndEraseWorkOnTheActiveContext) {
  Context context = ns_.run([&](const Context& active) {
    ns_.set("n", 1);
    EXPECT_EQ(*active.get<int>("n"), 1);
    EXPECT_TRUE(ns_.has("n"));
    EXPECT_TRUE(ns_.erase("n"));
    EXPECT_FALSE(ns_.erase("n"));
    ns_.set("n", 2);
  });
  EXPECT_EQ(*context.get<int>("n"), 2);
}

TEST_F(NamespaceTest, ATypedReadOfAnotherTypeThrows) {
  ns_.run([&] {
    ns_.set("n", 1);
    EXPECT_THROW(ns_.get<std::string>("n"), UsageError);
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  });
}

TEST_F(NamespaceTest, AHandleIsCopiedAndNamesTheSameNamespace) {
  Namespace copy = ns_, none;
  EXPECT_EQ(copy, ns_);
  EXPECT_FALSE(none);
  none = copy;
  Namespace moved = std::move(copy);
  EXPECT_FALSE(copy);  // NOLINT: a moved-from handle names nothing
  EXPECT_EQ(none, moved);
  ns_.run([&] { EXPECT_TRUE(moved.active()); });
}

TEST_F(NamespaceTest, NamespacesAreIndependent) {
  Namespace other = createAnonymousNamespace();
  ns_.run([&] {
    ns_.set("n", 1);
    other.run([&] {
      other.set("n", 2);
      ns_.run([&] { ns_.set("n", 3); });
      EXPECT_EQ(*other.get<int>("n"), 2);
      EXPECT_EQ(*ns_.get<int>("n"), 1);
    });
    EXPECT_FALSE(other.active());
  });
}

// --- createContext, run, runAndReturn

TEST_F(NamespaceTest, CreateContextEntersNothing) {
  Context context = ns_.createContext();
  EXPECT_TRUE(context);
  EXPECT_FALSE(ns_.active());
}

TEST_F(NamespaceTest, RunMakesAChildOfTheActiveContextAndReturnsIt) {
  Context inner;
  Context outer = ns_.run([&](const Context& active) {
    EXPECT_EQ(ns_.active(), active);
    inner = ns_.run([&] { EXPECT_NE(ns_.active(), active); });
    EXPECT_EQ(ns_.active(), active);
    EXPECT_EQ(inner.parent(), active);
  });
  EXPECT_FALSE(ns_.active());
  EXPECT_FALSE(outer.parent());
}

TEST_F(NamespaceTest, ARootRunSeesNothingOfTheActiveContext) {
  ns_.run([&] {
    ns_.set("n", 1);
    Context root = ns_.run([&] { EXPECT_FALSE(ns_.has("n")); }, {.root = true});
    EXPECT_FALSE(root.parent());
    ns_.runAndReturn([&] { EXPECT_FALSE(ns_.has("n")); }, {.root = true});
    EXPECT_EQ(*ns_.get<int>("n"), 1);
  });
}

TEST_F(NamespaceTest, RunAndReturnReturnsWhatTheFunctionReturns) {
  int n = 0;
  int& same = ns_.runAndReturn([&]() -> int& { return n; });
  EXPECT_EQ(&same, &n);
  EXPECT_EQ(*ns_.runAndReturn([](const Context&) { return std::make_unique<int>(3); }), 3);
  ns_.runAndReturn([] {});
}

TEST_F(NamespaceTest, RunRestoresTheStateWhenTheFunctionThrows) {
  ns_.run([&](const Context& outer) {
    EXPECT_THROW(ns_.run([] { throw std::runtime_error("out"); }), std::runtime_error);
    EXPECT_EQ(ns_.active(), outer);
    EXPECT_EQ(ns_.depth(), 1u);
    EXPECT_THROW(ns_.runAndReturn([]() -> int { throw 1; }), int);
    EXPECT_EQ(ns_.active(), outer);
  });
}

TEST_F(NamespaceTest, RunRefusesANullFunctionAndLeavesTheState) {
  EXPECT_EQ(usageErrorOf([&] { ns_.run(std::function<void()>()); }),
            "run() needs a function, and was given a null one");
  EXPECT_FALSE(ns_.active());
}

TEST_F(NamespaceTest, AFunctionThatLeavesTheRunsContextItselfIsTolerated) {
  const int result = ns_.runAndReturn([&](const Context& context) {
    ns_.exit(context);
    EXPECT_FALSE(ns_.active());
    return 7;
  });
  EXPECT_EQ(result, 7);
  EXPECT_FALSE(ns_.active());
  EXPECT_THROW(ns_.run([&](const Context& context) {
    ns_.exit(context);
    throw std::runtime_error("the user's own");
  }),
               std::runtime_error);
  EXPECT_EQ(ns_.depth(), 0u);
}

TEST_F(NamespaceTest, RunRestoresAllNamespacesWhateverWasEnteredInside) {
  Namespace other = createAnonymousNamespace();
  Context before = other.createContext();
  other.enter(before);
  ns_.run([&] {
    other.enter(other.createContext());
    other.enter(other.createContext());
    EXPECT_EQ(other.depth(), 3u);
  });
  EXPECT_EQ(other.active(), before);
  EXPECT_EQ(other.depth(), 1u);
  other.exit(before);
}

TEST_F(NamespaceTest, NestedRunsOverrideAndRestoreOneKey) {
  ns_.run([&] {
    ns_.set("v", 1);
    ns_.run([&] {
      EXPECT_EQ(*ns_.get<int>("v"), 1);
      ns_.set("v", 2);
      ns_.run([&] {
        EXPECT_EQ(*ns_.get<int>("v"), 2);
        ns_.set("v", 3);
        EXPECT_EQ(*ns_.get<int>("v"), 3);
      });
      EXPECT_EQ(*ns_.get<int>("v"), 2);
    });
    EXPECT_EQ(*ns_.get<int>("v"), 1);
  });
}

// --- enter and exit, by the table of the originals' behaviour

class EnterExitTest : public NamespaceTest {
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

// --- errors

TEST_F(NamespaceTest, TheInnermostContextOfAnExceptionIsRemembered) {
  ns_.run([&](const Context& outer) {
    ns_.set("v", 1);
    try {
      ns_.run([&] {
        ns_.run([&] {
          ns_.set("v", 2);
          throw 17;
        });
      });
      FAIL();
    } catch (int thrown) {
      EXPECT_EQ(thrown, 17);
      EXPECT_EQ(*ns_.fromException(std::current_exception()).get<int>("v"), 2);
    }
    EXPECT_EQ(ns_.active(), outer);
  });
}

TEST_F(NamespaceTest, EachNamespaceHasItsOwnContextOfAnException) {
  Namespace other = createAnonymousNamespace(), bystander = createAnonymousNamespace();
  Context mine, others;
  try {
    bystander.run([&] {
      try {
        ns_.run([&](const Context& context) {
          mine = context;
          other.run([&](const Context& inner) {
            others = inner;
            throw std::string("any type");
          });
        });
      } catch (const std::string& thrown) {
        EXPECT_EQ(thrown, "any type");
        EXPECT_EQ(ns_.fromException(std::current_exception()), mine);
        EXPECT_EQ(other.fromException(std::current_exception()), others);
        EXPECT_FALSE(bystander.fromException(std::current_exception()));
        throw;
      }
    });
  } catch (const std::string&) {
    EXPECT_TRUE(bystander.fromException(std::current_exception()));
    EXPECT_EQ(ns_.fromException(std::current_exception()), mine) << "thrown on as it is";
  }
}

TEST_F(NamespaceTest, WhatIsThrownArrivesUntouched) {
  struct Frozen {
    const int n;
  };
  const char* const text = "a string";
  const auto thrown = std::make_shared<int>(5);
  for (int i = 0; i < 2; ++i) {
    try {
      ns_.run([&] { i == 0 ? throw Frozen{3} : throw text; });
    } catch (const Frozen& frozen) {
      EXPECT_EQ(frozen.n, 3);
    } catch (const char* same) {
      EXPECT_EQ(same, text);
    }
    EXPECT_FALSE(ns_.active());
  }
  try {
    ns_.run([&] { throw thrown; });
  } catch (const std::shared_ptr<int>& same) {
    EXPECT_EQ(same.get(), thrown.get());
  }
}

TEST_F(NamespaceTest, AnExceptionThatLeftNoContextHasNone) {
  EXPECT_FALSE(ns_.fromException(nullptr));
  EXPECT_FALSE(ns_.fromException(std::make_exception_ptr(1)));
  ns_.run([&] {
    try {
      throw 1;
    } catch (int) {
      EXPECT_FALSE(ns_.fromException(std::current_exception())) << "it never left the run";
    }
  });
}

TEST_F(NamespaceTest, ANoteKeepsNothingAliveBeyondTheCallback) {
  auto counted = std::make_shared<int>();
  try {
    ns_.run([&] {
      ns_.set("v", counted);
      throw counted;
    });
  } catch (...) {
  }
  EXPECT_EQ(counted.use_count(), 3);
  settle();
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(NamespaceTest, ManyExceptionsInOneCallbackCostBoundedRoom) {
  std::vector<std::exception_ptr> errors;
  for (int i = 0; i < 100; ++i) {
    try {
      ns_.run([&] { throw i; });
    } catch (int) {
      errors.push_back(std::current_exception());
    }
  }
  EXPECT_LE(liveContexts(), 16u);
  EXPECT_TRUE(ns_.fromException(errors.back()));
  EXPECT_FALSE(ns_.fromException(errors.front()));
}

}  // namespace
}  // namespace weft::cls
