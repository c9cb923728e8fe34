#include "weft/net/http_headers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "weft/cls/errors.h"

namespace weft::net {
namespace {

using Views = std::vector<std::string_view>;

std::string dump(const HttpHeaders& headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    text.append(name).append("=").append(value).append("|");
  }
  return text;
}

TEST(HttpHeadersTest, KeepOrderAndCaseAndLookUpWithoutCase) {
  HttpHeaders headers;
  headers.append("Content-TYPE", "a");
  headers.append("x", "b");
  EXPECT_EQ(dump(headers), "Content-TYPE=a|x=b|");
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_EQ(headers.get("X"), "b");
  EXPECT_TRUE(headers.has("CONTENT-type"));
  EXPECT_FALSE(headers.has("content-typ"));
  EXPECT_EQ(headers.get("content_type"), std::nullopt);
  EXPECT_EQ(headers.size(), 2u);
}

TEST(HttpHeadersTest, DistinguishCharactersThatDifferInTheCaseBitOnly) {
  HttpHeaders headers;
  headers.append("a^", "1");
  EXPECT_FALSE(headers.has("a~"));
  EXPECT_TRUE(headers.has("A^"));
}

TEST(HttpHeadersTest, JoinLinesAsNodeDoes) {
  HttpHeaders headers;
  for (const char* value : {"1", "2", "3"}) {
    headers.append("Accept", value);
    headers.append("Cookie", value);
    headers.append("Host", value);
    headers.append("Set-Cookie", value);
  }
  EXPECT_EQ(headers.get("accept"), "1, 2, 3");
  EXPECT_EQ(headers.get("cookie"), "1; 2; 3");
  EXPECT_EQ(headers.get("host"), "1");
  EXPECT_EQ(headers.get("set-cookie"), "1");
  EXPECT_EQ(headers.getAll("SET-COOKIE"), (Views{"1", "2", "3"}));
  EXPECT_EQ(headers.getAll("none"), Views{});
}

TEST(HttpHeadersTest, JoinOnceAndAnewAfterAChange) {
  HttpHeaders headers;
  headers.append("Via", "1");
  headers.append("Via", "2");
  const std::string_view joined = *headers.get("via");
  EXPECT_EQ(headers.get("VIA")->data(), joined.data());
  headers.append("Via", "3");
  EXPECT_EQ(headers.get("via"), "1, 2, 3");
}

TEST(HttpHeadersTest, SetLeavesOneLineInThePlaceOfTheFirst) {
  HttpHeaders headers;
  headers.append("A", "1");
  headers.append("b", "2");
  headers.append("c", "3");
  headers.append("B", "4");
  headers.set("B", "a longer value");
  EXPECT_EQ(dump(headers), "A=1|b=a longer value|c=3|");
  headers.set("b", "");
  headers.set("d", "5");
  EXPECT_EQ(dump(headers), "A=1|b=|c=3|d=5|");
}

TEST(HttpHeadersTest, RemoveTakesEveryLine) {
  HttpHeaders headers;
  for (const char* name : {"a", "b", "A", "c", "a"}) headers.append(name, name);
  EXPECT_TRUE(headers.remove("A"));
  EXPECT_EQ(dump(headers), "b=b|c=c|");
  EXPECT_FALSE(headers.remove("A"));
  EXPECT_TRUE(headers.remove("c"));
  EXPECT_TRUE(headers.remove("b"));
  EXPECT_TRUE(headers.empty());
  headers.append("d", "e");
  EXPECT_EQ(dump(headers), "d=e|");
}

TEST(HttpHeadersTest, TakeViewsOfThemselves) {
  HttpHeaders headers;
  headers.append("first", "value of the first that is long enough to make the text grow");
  for (int i = 0; i < 20; ++i) headers.append(headers[0].name, headers[0].value);
  EXPECT_EQ(headers[20].value, headers[0].value);
  headers.set(headers[3].name, headers[4].name);
  EXPECT_EQ(dump(headers), "first=first|");
  headers.append("x", "1");
  headers.remove(headers[0].name);
  EXPECT_EQ(dump(headers), "x=1|");
}

TEST(HttpHeadersTest, DropWhitespaceRoundValues) {
  HttpHeaders headers;
  headers.append("a", " \t b c\t ");
  headers.append("d", " \t ");
  EXPECT_EQ(dump(headers), "a=b c|d=|");
}

TEST(HttpHeadersTest, RefuseNamesThatAreNoTokens) {
  HttpHeaders headers;
  for (const char* name : {"", "a b", "a:", "a\r\nb", "\x80", "a\t", "(a)", "a/b"}) {
    EXPECT_THROW(headers.append(name, "x"), UsageError) << name;
    EXPECT_THROW(headers.set(name, "x"), UsageError) << name;
  }
  headers.append("!#$%&'*+-.^_`|~09azAZ", "x");
  EXPECT_EQ(headers.size(), 1u);
}

TEST(HttpHeadersTest, RefuseValuesThatCouldEndTheLine) {
  HttpHeaders headers;
  headers.append("kept", "as it was");
  for (const char* value : {"a\r\nSet-Cookie: b", "a\n", "\ra", "a\x01", "a\x7f"}) {
    EXPECT_THROW(headers.append("name", value), UsageError) << value;
    EXPECT_THROW(headers.set("kept", value), UsageError) << value;
  }
  EXPECT_THROW(headers.append("name", std::string_view("a\0b", 3)), UsageError);
  headers.append("b", "tab\tand \xc3\xa9 and \"quotes\"");
  EXPECT_EQ(dump(headers), "kept=as it was|b=tab\tand \xc3\xa9 and \"quotes\"|");
}

TEST(HttpHeadersTest, NameTheHeaderThatTheyRefuse) {
  HttpHeaders headers;
  try {
    headers.set("x\r", "y");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'x?'"), std::string::npos) << error.what();
  }
}

TEST(HttpHeadersTest, AreCopiedAndMovedAsValues) {
  HttpHeaders headers;
  headers.append("a", "1");
  headers.append("a", "2");
  HttpHeaders copy = headers;
  copy.set("a", "3");
  EXPECT_EQ(headers.get("a"), "1, 2");
  const HttpHeaders moved = std::move(headers);
  EXPECT_EQ(moved.get("a"), "1, 2");
  EXPECT_EQ(copy.get("a"), "3");
}

TEST(HttpHeadersTest, AreEmptyAfterClear) {
  HttpHeaders headers;
  headers.append("a", "1");
  headers.append("a", "2");
  EXPECT_EQ(headers.get("a"), "1, 2");
  headers.clear();
  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(headers.begin(), headers.end());
  headers.append("a", "3");
  EXPECT_EQ(headers.get("a"), "3");
}

}  // namespace
}  // namespace weft::net
