#include "weft/net/internal/http_date.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace weft::net::internal {
namespace {

// What the C library makes of the same time.
std::string expected(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

TEST(HttpDateTest, IsWrittenAsTheRfcSays) {
  HttpDate date;
  EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HttpDateTest, AgreesWithTheCLibraryThroughTheYears) {
  HttpDate date;
  // A step of 97 days and some; leap days and both ends of the centuries come by.
  for (std::int64_t time = -2'208'988'800; time < 7'258'118'400; time += 8'384'377) {
    EXPECT_EQ(date.at(time), expected(time));
  }
  for (std::int64_t time : {951'782'399, 951'782'400, 951'868'799, 951'868'800}) {
    EXPECT_EQ(date.at(time), expected(time));
  }
}

TEST(HttpDateTest, IsMadeOnceForASecond) {
  HttpDate date;
  const std::string first(date.at(5));
  EXPECT_EQ(date.at(5), first);
  EXPECT_NE(date.at(6), first);
}

TEST(HttpDateTest, StaysInTheYearsThatHaveFourDigits) {
  HttpDate date;
  EXPECT_EQ(date.at(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(date.at(INT64_MIN + 1), "Sat, 01 Jan 0000 00:00:00 GMT");
}

}  // namespace
}  // namespace weft::net::internal
