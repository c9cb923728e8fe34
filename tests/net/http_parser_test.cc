#include "weft/net/internal/http_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

using Event = HttpParser::Event;
using Kind = HttpParser::Kind;

// As refusalOf for the chunked body of a request.
int refusalOfChunks(std::string_view chunks) {
  return refusalOf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                   std::string(chunks));
}

// Chunks --------------------------------------------------------------------------------------

TEST(HttpChunksTest, BeginWithTheirSizeInHexadecimal) {
  EXPECT_EQ(refusalOfChunks("5\r\nhello\r\nA\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n"),
            0);
  EXPECT_EQ(refusalOfChunks("00000000000000000000000005\r\nhello\r\n0\r\n\r\n"), 0);
  for (const char* size : {"", " 5", "5 ", "5\t", "+5", "-5", "0x5", "5h", "g", "5,", "5.0",
                           "10000000000000000", "f0000000000000003", "8000000000000000"}) {
    EXPECT_EQ(refusalOfChunks(std::string(size) + "\r\nhello\r\n0\r\n\r\n"), 400) << size;
  }
}

TEST(HttpChunksTest, MayHaveExtensions) {
  for (const char* extension :
       {";a", ";a=b", ";a=\"b;\\\" \x80\"", ";a;b=c", " ; a = b", "\t;\ta", ";a=\"\""}) {
    EXPECT_EQ(refusalOfChunks("5" + std::string(extension) + "\r\nhello\r\n0;x\r\n\r\n"), 0)
        << extension;
  }
  for (const char* extension : {";", ";;a", ";=b", ";a=", ";a=b c", ";a=\"b", ";a=\"b\"c", " a",
                                ";a\x80", ";a=\x01", ";a;", ";a=b ", ";a=\"\\"}) {
    EXPECT_EQ(refusalOfChunks("5" + std::string(extension) + "\r\nhello\r\n0\r\n\r\n"), 400)
        << extension;
  }
}

TEST(HttpChunksTest, HaveLinesThatEndWithCrLf) {
  for (const char* chunks :
       {"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5;a\nhello",
        "5\r\nhello\r\n0\r\n\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
        "5;a\r\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n"}) {
    EXPECT_EQ(refusalOfChunks(chunks), 400) << chunks;
  }
}

TEST(HttpChunksTest, MayBeFollowedByTrailers) {
  const Transcript transcript = readRequest(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\nA: b \r\nHost: c\r\n\r\n");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_EQ(transcript.messages[0].trailers, (Fields{{"A", "b"}, {"Host", "c"}}));
  EXPECT_EQ(transcript.messages[0].headers.size(), 2u);
}

TEST(HttpChunksTest, HaveNoTrailersAboutFraming) {
  for (const char* trailers :
       {"Content-Length: 5\r\n", "transfer-encoding: chunked\r\n", "Transfer-Encoding: x\r\n",
        "X\r\n", "X : y\r\n", ": y\r\n", " X: y\r\n", "X: y\r\n z\r\n", "X: \x01\r\n", "X: y\n"}) {
    EXPECT_EQ(refusalOfChunks("0\r\n" + std::string(trailers) + "\r\n"), 400) << trailers;
  }
}

// The parser itself ---------------------------------------------------------------------------

TEST(HttpParserTest, KnowsWhenNoMessageIsPending) {
  HttpLimits limits;
  HttpParser parser(Kind::kRequest, limits);
  HttpHead head;
  const auto take = [&](std::string_view input) {
    while (true) {
      const Event event = parser.next(&input, &head);
      if (event == Event::kNeedMore || event == Event::kEnded) return;
    }
  };
  EXPECT_TRUE(parser.isBetweenMessages());
  take("\r\n");
  EXPECT_TRUE(parser.isBetweenMessages());
  take("\r");
  EXPECT_FALSE(parser.isBetweenMessages());
  take("\nG");
  EXPECT_FALSE(parser.isBetweenMessages());
  take("ET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(parser.isBetweenMessages());
}

TEST(HttpParserTest, GivesTheBodyAsViewsOfTheInput) {
  HttpLimits limits;
  HttpParser parser(Kind::kRequest, limits);
  HttpHead head;
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  std::string_view input = bytes;
  ASSERT_EQ(parser.next(&input, &head), Event::kHead);
  ASSERT_EQ(parser.next(&input, &head), Event::kBody);
  EXPECT_EQ(parser.body().data(), bytes.data() + bytes.size() - 5);
  EXPECT_EQ(parser.next(&input, &head), Event::kComplete);
}

TEST(HttpParserTest, SaysItsErrorAgainAndTakesNothing) {
  HttpLimits limits;
  HttpParser parser(Kind::kRequest, limits);
  HttpHead head;
  std::string_view input = "GET / HTTP/3.0\r\n";
  ASSERT_EQ(parser.next(&input, &head), Event::kError);
  std::string_view more = "GET / HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parser.next(&more, &head), Event::kError);
  EXPECT_EQ(more.size(), 18u);
  EXPECT_EQ(parser.finish(&head), Event::kError);
  EXPECT_EQ(parser.error().status, 505);
}

TEST(HttpParserTest, BeginsAnewAfterReset) {
  HttpLimits limits;
  HttpParser parser(Kind::kRequest, limits);
  HttpHead head;
  std::string_view garbage = "\x01";
  ASSERT_EQ(parser.next(&garbage, &head), Event::kError);
  parser.reset();
  std::string_view input = "GET / HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parser.next(&input, &head), Event::kHead);
}

TEST(HttpParserTest, IsSmall) { EXPECT_LE(sizeof(HttpParser), 80u); }

}  // namespace
}  // namespace weft::net::internal
