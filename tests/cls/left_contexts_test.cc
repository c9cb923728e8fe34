// Errors and contexts: what fromException() knows of an exception that left some.

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/cls/support.h"

namespace weft::cls {
namespace {

using LeftContextsTest = OneNamespaceTest;

TEST_F(LeftContextsTest, TheInnermostContextOfAnExceptionIsRemembered) {
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

TEST_F(LeftContextsTest, EachNamespaceHasItsOwnContextOfAnException) {
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

TEST_F(LeftContextsTest, WhatIsThrownArrivesUntouched) {
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

TEST_F(LeftContextsTest, AnExceptionThatLeftNoContextHasNone) {
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

TEST_F(LeftContextsTest, ANoteKeepsNothingAliveBeyondTheCallback) {
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

TEST_F(LeftContextsTest, ManyExceptionsInOneCallbackCostBoundedRoom) {
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
