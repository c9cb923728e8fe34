#include "weft/net/http_status.h"

#include <gtest/gtest.h>

namespace weft::net {
namespace {

TEST(HttpStatusTest, HasTheReasonsOfTheRegistry) {
  EXPECT_EQ(httpReason(100), "Continue");
  EXPECT_EQ(httpReason(200), "OK");
  EXPECT_EQ(httpReason(404), "Not Found");
  EXPECT_EQ(httpReason(431), "Request Header Fields Too Large");
  EXPECT_EQ(httpReason(511), "Network Authentication Required");
}

TEST(HttpStatusTest, HasNoneForOtherCodes) {
  for (int status : {-1, 0, 99, 199, 306, 418, 599, 999}) EXPECT_EQ(httpReason(status), "");
}

}  // namespace
}  // namespace weft::net
