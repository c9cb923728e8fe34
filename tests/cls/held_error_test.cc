#include "weft/cls/held_error.h"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

class HeldErrorTest : public OneNamespaceTest {
 protected:
  // What a run threw that set `v` to 1.
  HeldError thrownInARun() {
    try {
      ns_.run([&] {
        ns_.set("v", 1);
        throw std::runtime_error("no");
      });
    } catch (...) {
      return HeldError::current();
    }
    return {};
  }
  // What fromException() finds under `v`; 0 for no context.
  int valueOf(const std::exception_ptr& error) const {
    const Context context = ns_.fromException(error);
    return context ? *context.get<int>("v") : 0;
  }
};

TEST_F(HeldErrorTest, AnEmptyOneIsFalse) {
  EXPECT_FALSE(HeldError());
  EXPECT_FALSE(HeldError(nullptr));
  EXPECT_FALSE(HeldError::current()) << "nothing is being handled";
  EXPECT_FALSE(HeldError().show());
}

TEST_F(HeldErrorTest, ShownInALaterCallbackItsContextsAreFoundUntilThatEnds) {
  const HeldError held = thrownInARun();
  const std::exception_ptr bare = held.show();
  settle();
  EXPECT_EQ(valueOf(bare), 0) << "the callback in which it was thrown is over";
  EXPECT_EQ(valueOf(held.show()), 1);
  EXPECT_EQ(valueOf(bare), 1) << "it is the same exception";
  settle();
  EXPECT_EQ(valueOf(bare), 0);
}

TEST_F(HeldErrorTest, RethrownItIsTheSameExceptionWithItsContexts) {
  const HeldError held = thrownInARun();
  settle();
  try {
    held.rethrow();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no");
    EXPECT_EQ(valueOf(std::current_exception()), 1);
  }
}

TEST_F(HeldErrorTest, ItsContextsDoNotEndBeforeTheLastCopyGoes) {
  HeldError held = thrownInARun();
  bool ended = false;
  ns_.fromException(held.show()).onEnd([&] { ended = true; });
  settle();
  HeldError copy = held;
  held = {};
  drainAll();
  EXPECT_FALSE(ended);
  EXPECT_EQ(valueOf(copy.show()), 1);
  copy = {};
  settle();
  drainAll();
  EXPECT_TRUE(ended);
}

TEST_F(HeldErrorTest, OneOfABareExceptionHoldsNoContextAndMayGoToAnotherThread) {
  const HeldError held(std::make_exception_ptr(17));
  EXPECT_EQ(valueOf(held.show()), 0);
  std::thread([copy = held] { EXPECT_THROW(copy.rethrow(), int); }).join();
}

TEST_F(HeldErrorTest, AnExceptionThatIsNotedHasLeftTheContext) {
  const Context context = ns_.createContext();
  try {
    throw 17;
  } catch (...) {
    EXPECT_FALSE(ns_.fromException(std::current_exception()));
    noteException(context);
    EXPECT_EQ(ns_.fromException(std::current_exception()), context);
    noteException(Context());
    EXPECT_EQ(ns_.fromException(std::current_exception()), context);
  }
}

}  // namespace
}  // namespace weft::cls
