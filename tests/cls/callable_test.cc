#include "weft/cls/callable.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

void act() {}

TEST(CallableTest, NullPointersAndEmptyWrappersAreNull) {
  EXPECT_TRUE(isNullCallable(static_cast<void (*)()>(nullptr)));
  EXPECT_TRUE(isNullCallable(std::function<int(int)>()));
  EXPECT_TRUE(isNullCallable(absl::AnyInvocable<void()>()));
  EXPECT_TRUE(isNullCallable(nullptr));
}

TEST(CallableTest, WhatCanBeCalledIsNot) {
  int n = 0;
  EXPECT_FALSE(isNullCallable(act));
  EXPECT_FALSE(isNullCallable(&act));
  EXPECT_FALSE(isNullCallable([] {}));
  EXPECT_FALSE(isNullCallable([&] { ++n; }));
  EXPECT_FALSE(isNullCallable([](auto) {}));
  EXPECT_FALSE(isNullCallable([p = std::make_unique<int>()] {}));
  EXPECT_FALSE(isNullCallable(std::function<void()>(act)));
}

TEST(CallableTest, RefusingSaysWhoNeedsAFunction) {
  EXPECT_EQ(usageErrorOf([] { refuseNullCallable(std::function<void()>(), "later()"); }),
            "later() needs a function, and was given a null one");
  refuseNullCallable(act, "later()");
}

}  // namespace
}  // namespace weft::cls
