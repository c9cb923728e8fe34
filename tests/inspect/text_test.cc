#include "weft/inspect/internal/text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace weft::inspect::internal {
namespace {

std::string readBack(const std::string& text) {
  return nlohmann::json::parse(json(text)).get<std::string>();
}

TEST(TextTest, JsonStringsReadBack) {
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("\"\\/\b\n\x01\x1f\x7f"),
        std::string("a\0b", 3), std::string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")}) {
    EXPECT_EQ(readBack(text), text);
  }
}

TEST(TextTest, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(readBack("a\xff z"), "a\xef\xbf\xbd z");
  EXPECT_EQ(readBack("\xc3"), "\xef\xbf\xbd");
  EXPECT_EQ(readBack("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(readBack("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(TextTest, NumbersAreTheShortestThatReadBack) {
  EXPECT_EQ(number(3), "3");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(std::stod(number(1.0 / 3)), 1.0 / 3);
}

}  // namespace
}  // namespace weft::inspect::internal
