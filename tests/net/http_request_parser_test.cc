// How weft/net/internal/http_parser.h reads requests; responses are in
// http_response_parser_test.cc.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

// As refusalOf for a request line, with what it takes to make a request of it.
int refusalOfLine(std::string_view line) {
  return refusalOf(std::string(line) + "\r\nHost: a\r\n\r\n");
}

int refusalOfFields(std::string_view fields) {
  return refusalOf("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
}

TEST(HttpRequestTest, GivesLineAndFieldsInOrder) {
  const Transcript transcript = readRequest(
      "GET /a?b=c HTTP/1.1\r\nhost: x:1\r\nAccept: \t a, b \t\r\nEmpty:\r\naccept: c\r\n\r\n");
  ASSERT_EQ(transcript.messages.size(), 1u) << transcript;
  const MessageRecord& message = transcript.messages[0];
  EXPECT_EQ(message.method, "GET");
  EXPECT_EQ(message.target, "/a?b=c");
  EXPECT_EQ(message.minor_version, 1);
  EXPECT_EQ(message.headers,
            (Fields{{"host", "x:1"}, {"Accept", "a, b"}, {"Empty", ""}, {"accept", "c"}}));
  EXPECT_EQ(message.framing, Framing::kNone);
  EXPECT_TRUE(message.keep_alive);
  EXPECT_TRUE(message.complete);
}

TEST(HttpRequestTest, TakesAnyTokenAsMethod) {
  for (const char* method : {"QUERY", "PURGE", "x-own", "M-SEARCH", "G!#$%&'*+-.^_`|~0"}) {
    EXPECT_EQ(refusalOfLine(std::string(method) + " / HTTP/1.1"), 0) << method;
  }
  for (const char* method : {"", "GE(T", "G\x80T", "GET:", "G@"}) {
    EXPECT_EQ(refusalOfLine(std::string(method) + " / HTTP/1.1"), 400) << method;
  }
}

TEST(HttpRequestTest, HasALineOfThreePartsWithSingleSpaces) {
  for (const char* line :
       {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
        "GET\t/ HTTP/1.1", "GET / x HTTP/1.1", "GET /", "GET HTTP/1.1", "GET"}) {
    EXPECT_EQ(refusalOfLine(line), 400) << line;
  }
}

TEST(HttpRequestTest, HasAVersionOfTwoDigits) {
  EXPECT_EQ(refusalOfLine("GET / HTTP/1.0"), 0);
  for (const char* version : {"http/1.1", "HTTP/1.10", "HTTP/01.1", "HTTP/1.", "HTTP/1", "HTTP/.1",
                              "HTTP/1,1", "HTTPS/1.1", "RTSP/1.0", "ICE/1.0", "HTTP/a.1"}) {
    EXPECT_EQ(refusalOfLine("GET / " + std::string(version)), 400) << version;
  }
  for (const char* version : {"HTTP/0.9", "HTTP/2.0", "HTTP/3.1"}) {
    EXPECT_EQ(refusalOfLine("GET / " + std::string(version)), 505) << version;
  }
}

TEST(HttpRequestTest, OfAHigherMinorVersionIsReadAsOneOf11) {
  const Transcript transcript = readRequest("GET / HTTP/1.7\r\nHost: a\r\n\r\n");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_EQ(transcript.messages[0].minor_version, 1);
  EXPECT_EQ(refusalOf("GET / HTTP/1.7\r\n\r\n"), 400);  // no Host
}

TEST(HttpRequestTest, HasATargetThatGoesWithItsMethod) {
  for (const char* line :
       {"GET //x/..?a=\"|{}^` HTTP/1.1", "GET http://h HTTP/1.1", "GET HTTPS://h:1/?x HTTP/1.1",
        "GET x+y-1.z://[::1]:/p HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT h:1 HTTP/1.1",
        "CONNECT [v1.a:b]:0443 HTTP/1.1", "CONNECT h_o:65535 HTTP/1.1"}) {
    EXPECT_EQ(refusalOfLine(line), 0) << line;
  }
  for (const char* line : {"GET a HTTP/1.1",
                           "GET ?a HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET ** HTTP/1.1",
                           "OPTIONS ** HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /\x80 HTTP/1.1",
                           "GET /\x01 HTTP/1.1",
                           "GET /\x7f HTTP/1.1",
                           "GET /\t HTTP/1.1",
                           "GET http:/h HTTP/1.1",
                           "GET http:///p HTTP/1.1",
                           "GET http://u@h/ HTTP/1.1",
                           "GET http://u:p@h/ HTTP/1.1",
                           "GET http://h:x/ HTTP/1.1",
                           "GET 1://h/ HTTP/1.1",
                           "GET a_b://h/ HTTP/1.1",
                           "GET urn:x HTTP/1.1",
                           "GET h:1 HTTP/1.1",
                           "CONNECT h HTTP/1.1",
                           "CONNECT h: HTTP/1.1",
                           "CONNECT :1 HTTP/1.1",
                           "CONNECT h:0 HTTP/1.1",
                           "CONNECT h:65536 HTTP/1.1",
                           "CONNECT http://h:1/ HTTP/1.1",
                           "CONNECT u@h:1 HTTP/1.1",
                           "CONNECT / HTTP/1.1",
                           "CONNECT h:1/ HTTP/1.1"}) {
    EXPECT_EQ(refusalOfLine(line), 400) << line;
  }
}

TEST(HttpRequestTest, HasOneValidHost) {
  const auto refusalOfHost = [](std::string_view host) {
    return refusalOf("GET / HTTP/1.1\r\nHost:" + std::string(host) + "\r\n\r\n");
  };
  for (const char* host : {"", " ", " a", "a.b:80", "a:", ":80", "a_b", "%41", "1.2.3.4", "[::1]",
                           "[::1]:80", "[v1.x]", "a,b;c", "\ta\t"}) {
    EXPECT_EQ(refusalOfHost(host), 0) << host;
  }
  for (const char* host : {"a b",  "a@b",  "a/b",    "a?b",       "a#b",  "a:b",   "a:1:2", "::1",
                           "[::1", "[]",   "[::1]a", "[::1%251]", "[1]",  "[v.x]", "%4",    "%zz",
                           "a\\b", "\x80", "\"a\"",  "http://a",  "a:-1", "<a>"}) {
    EXPECT_EQ(refusalOfHost(host), 400) << host;
  }
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET http://a/ HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"), 400);
}

TEST(HttpRequestTest, MayFollowEmptyLines) {
  EXPECT_EQ(refusalOf("\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(refusalOf("\nGET / HTTP/1.0\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("\r\r\nGET / HTTP/1.0\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf(" \r\nGET / HTTP/1.0\r\n\r\n"), 400);
}

TEST(HttpRequestTest, HasLinesThatEndWithCrLf) {
  for (const char* bytes :
       {"GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\rHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n"}) {
    EXPECT_EQ(refusalOf(bytes), 400) << bytes;
  }
}

TEST(HttpRequestTest, HasFieldsOfATokenAColonAndAValue) {
  EXPECT_EQ(refusalOfFields("!#$%&'*+-.^_`|~09azAZ: x\r\n"), 0);
  EXPECT_EQ(refusalOfFields("X:\x80\xff\ty:\"\r\n"), 0);
  for (const char* fields :
       {": x\r\n", ":\r\n", "X\r\n", "X y: z\r\n", "X : y\r\n", "X\t: y\r\n", "X(: y\r\n",
        "X\x80: y\r\n", "X\x01: y\r\n", "X: \x01\r\n", "X: \x7f\r\n", "X: \x0b\r\n", "\"X\": y\r\n",
        "[]: x\r\n", "X@: y\r\n", "X/: y\r\n", "{}: y\r\n", "X,: y\r\n"}) {
    EXPECT_EQ(refusalOfFields(fields), 400) << fields;
  }
  const std::string_view nul("X: a\0b\r\n", 8);
  EXPECT_EQ(refusalOfFields(nul), 400);
}

TEST(HttpRequestTest, HasNoFoldedFields) {
  EXPECT_EQ(refusalOfFields("X: a\r\n b\r\n"), 400);
  EXPECT_EQ(refusalOfFields("X: a\r\n\t\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400);
  EXPECT_EQ(refusalOf("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n"), 400);
}

TEST(HttpRequestTest, HasOneContentLengthOfDigits) {
  EXPECT_EQ(refusalOfFields("Content-Length: 0\r\n"), 0);
  EXPECT_EQ(refusalOfFields("Content-Length: \t 00000000000000000000000 \t\r\n"), 0);
  for (const char* length : {"", "+1", "-1", "1 2", "1,1", "1, 1", "0x1", "1.0", "1e3", "1_0", "a",
                             "9223372036854775808", "18446744073709551616", "\xb9", "1;"}) {
    EXPECT_EQ(refusalOfFields("Content-Length: " + std::string(length) + "\r\n"), 400) << length;
  }
  EXPECT_EQ(refusalOfFields("Content-Length: 0\r\ncontent-length: 0\r\n"), 400);
  EXPECT_EQ(refusalOfFields("Content-Length: 0\r\nContent-Length: 5\r\n"), 400);
}

TEST(HttpRequestTest, HasATransferCodingOnlyIfItIsChunked) {
  for (const char* coding : {"chunked", "Chunked", "\tchunked \t"}) {
    EXPECT_EQ(refusalOfFields("Transfer-Encoding:" + std::string(coding) + "\r\n\r\n0\r\n"), 0)
        << coding;
  }
  for (const char* coding :
       {"", "identity", "gzip", "chunked, gzip", "chunked, chunked", "chunked,", ", chunked",
        "chunkedx", "xchunked", "chunked x", "\"chunked\"", "chunked;a=b",
        "\x0b"
        "chunked",
        "chun ked", "chunked\xa0", "chunk"}) {
    EXPECT_EQ(refusalOfFields("Transfer-Encoding: " + std::string(coding) + "\r\n"), 400) << coding;
  }
  EXPECT_EQ(refusalOfFields("Transfer-Encoding: gzip, chunked\r\n"), 501);
  EXPECT_EQ(refusalOfFields("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501);
  EXPECT_EQ(refusalOfFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(refusalOfFields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(refusalOfFields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(refusalOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(HttpRequestTest, StaysOnlyIfItsConnectionMay) {
  const auto keepsAlive = [](std::string_view version, std::string_view connection) {
    const Transcript transcript = readRequest("GET / HTTP/" + std::string(version) +
                                              "\r\nHost: a\r\n" + std::string(connection) + "\r\n");
    EXPECT_EQ(transcript.countComplete(), 1u) << transcript;
    return transcript.messages.at(0).keep_alive;
  };
  EXPECT_TRUE(keepsAlive("1.1", ""));
  EXPECT_TRUE(keepsAlive("1.1", "Connection: foo\r\n"));
  EXPECT_FALSE(keepsAlive("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keepsAlive("1.1", "Connection: foo , CLOSE\t,bar\r\n"));
  EXPECT_FALSE(keepsAlive("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_TRUE(keepsAlive("1.1", "Connection: not-close\r\n"));
  EXPECT_FALSE(keepsAlive("1.0", ""));
  EXPECT_TRUE(keepsAlive("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keepsAlive("1.0", "Connection: close, keep-alive\r\n"));
}

TEST(HttpRequestTest, ExpectsOnlyFrom11On) {
  const auto expectationOf = [](std::string_view bytes) {
    return readRequest(bytes).messages.at(0).expectation;
  };
  EXPECT_EQ(expectationOf("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"),
            Expectation::kContinue);
  EXPECT_EQ(expectationOf("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"),
            Expectation::kNone);
  EXPECT_EQ(expectationOf("POST / HTTP/1.1\r\nHost: a\r\nExpect: meoww\r\n\r\n"),
            Expectation::kOther);
  EXPECT_EQ(expectationOf("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                          "Expect: ,100-continue\r\n\r\n"),
            Expectation::kContinue);
  EXPECT_EQ(expectationOf("POST / HTTP/1.1\r\nHost: a\r\nExpect: meoww, 100-continue\r\n\r\n"),
            Expectation::kOther);
}

TEST(HttpRequestTest, ThatClosesIsTheLast) {
  const Transcript transcript =
      readRequest("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(transcript.countComplete(), 1u);
  EXPECT_TRUE(transcript.ended);
  EXPECT_EQ(transcript.left, 42u);
}

TEST(HttpRequestTest, OnOneConnectionAreReadOneByOne) {
  const Transcript transcript = readRequest(
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: "
      "y\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(transcript.countComplete(), 4u) << transcript;
  EXPECT_EQ(transcript.messages[0].body, "hello");
  EXPECT_EQ(transcript.messages[1].target, "/2");
  EXPECT_EQ(transcript.messages[2].body, "ab");
  EXPECT_EQ(transcript.messages[2].trailers, (Fields{{"X", "y"}}));
  EXPECT_EQ(transcript.messages[3].headers, (Fields{{"Host", "a"}}));
  EXPECT_EQ(transcript.messages[3].trailers, Fields{});
}

TEST(HttpRequestTest, WithUpgradeIsHttpUntilSomebodySaysOtherwise) {
  const Transcript transcript = readRequest(
      "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x\r\n"
      "Content-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n");
  ASSERT_EQ(transcript.countComplete(), 2u) << transcript;
  EXPECT_TRUE(transcript.messages[0].upgrade);
  EXPECT_FALSE(transcript.messages[0].tunnel);
  EXPECT_EQ(transcript.messages[0].body, "ab");
  EXPECT_FALSE(transcript.messages[1].upgrade);  // Connection does not name it
}

TEST(HttpRequestTest, LeavesTheBytesBehindAnUpgradeToTheCaller) {
  std::string_view input =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\x81\x05";
  HttpLimits limits;
  HttpParser parser(HttpParser::Kind::kRequest, limits);
  HttpHead head;
  EXPECT_EQ(parser.next(&input, &head), HttpParser::Event::kHead);
  EXPECT_EQ(parser.next(&input, &head), HttpParser::Event::kComplete);
  EXPECT_EQ(input, "\x81\x05");
}

TEST(HttpRequestTest, ConnectHasNoBodyAndEndsHttp) {
  const Transcript transcript = readRequest(
      "CONNECT a:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nGET / HTTP/1.1\r\n");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_TRUE(transcript.messages[0].tunnel);
  EXPECT_EQ(transcript.messages[0].framing, Framing::kNone);
  EXPECT_TRUE(transcript.ended);
  EXPECT_EQ(transcript.left, 16u);
}

TEST(HttpRequestTest, IsRefusedAtTheFirstControlCharacter) {
  EXPECT_EQ(readRequest(std::string_view("\x16\x03\x01\x02\x00\x01", 6)).error, 400);
  EXPECT_EQ(readRequest("GET / HTTP/1.1\r\nHost: a\r\nX: \x01").error, 400);
  EXPECT_EQ(readRequest("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb").error, 400);
}

}  // namespace
}  // namespace weft::net::internal
