#include "weft/cls/errors.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace weft {
namespace {

TEST(ErrorsTest, AUsageErrorIsALogicErrorWithASentence) {
  static_assert(std::is_base_of_v<std::logic_error, UsageError>);
  try {
    throw UsageError("do something else");
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "do something else");
  }
}

TEST(ErrorsTest, ANoContextErrorIsAUsageErrorThatNamesTheNamespaceAndWhatToDo) {
  static_assert(std::is_base_of_v<UsageError, cls::NoContextError>);
  EXPECT_STREQ(cls::NoContextError("request").what(),
               "no context is active in namespace 'request': call run() or bind() first");
}

}  // namespace
}  // namespace weft
