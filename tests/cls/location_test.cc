#include "weft/cls/location.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::cls {
namespace {

Location whereAmI(Location where = Location::here()) { return where; }

TEST(LocationTest, ADefaultedParameterNamesTheCaller) {
  const int line = __LINE__ + 1;
  const Location here = whereAmI();
  EXPECT_EQ(here.line, line);
  EXPECT_NE(std::string(here.file).find("location_test.cc"), std::string::npos);
}

TEST(LocationTest, IsPrintedAsFileAndLine) {
  EXPECT_EQ((Location{"server.cc", 41}.toString()), "server.cc:41");
  EXPECT_EQ(Location().toString(), "?");
}

TEST(LocationTest, APlaceKnownByNameOnlyIsPrintedAsThat) {
  EXPECT_EQ(Location::named("serve(int)").toString(), "serve(int)");
  EXPECT_TRUE(Location::named("serve(int)").isName());
  EXPECT_FALSE(Location::here().isName());
  EXPECT_FALSE(Location().isName());
}

}  // namespace
}  // namespace weft::cls
