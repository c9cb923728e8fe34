// How weft/net/internal/http_parser.h reads responses; requests are in http_request_parser_test.cc.

#include <gtest/gtest.h>

#include <string>

#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

bool isResponse(std::string_view bytes) {
  TranscribeOptions options;
  options.eof = true;
  const Transcript transcript = readResponse(bytes, options);
  return transcript.error == 0 && transcript.countComplete() == 1;
}

TEST(HttpResponseTest, GivesStatusReasonAndFields) {
  const Transcript transcript =
      readResponse("HTTP/1.1 404 Not  Found \x80\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_EQ(transcript.messages[0].status, 404);
  EXPECT_EQ(transcript.messages[0].reason, "Not  Found \x80");
  EXPECT_EQ(transcript.messages[0].headers, (Fields{{"Content-Length", "2"}}));
  EXPECT_EQ(transcript.messages[0].body, "no");
  EXPECT_TRUE(transcript.messages[0].keep_alive);
}

TEST(HttpResponseTest, HasAStatusLine) {
  for (const char* line :
       {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200  OK", "HTTP/1.9 999 \tX"}) {
    EXPECT_TRUE(isResponse(std::string(line) + "\r\n\r\n")) << line;
  }
  for (const char* line : {"",
                           "HTTP/1.1",
                           "HTTP/1.1 ",
                           "HTTP/1.1 20",
                           "HTTP/1.1 2000",
                           "HTTP/1.1 200OK",
                           "HTTP/1.1 2x0 OK",
                           "HTTP/1.1  200 OK",
                           "HTTP/1.1\t200 OK",
                           " HTTP/1.1 200 OK",
                           "HTTP/2.0 200 OK",
                           "HTTP/2 200 OK",
                           "HTTP/0.9 200 OK",
                           "HTTP/1.10 200 OK",
                           "HTTP/01.1 200 OK",
                           "http/1.1 200 OK",
                           "ICE/1.1 200 OK",
                           "RTSP/1.0 200 OK",
                           "HTTP/1.1 099 OK",
                           "HTTP/1.1 -20 OK",
                           "HTTP/1.1 200 O\rK",
                           "HTTP/1.1 200 \x01",
                           "HTTP/1.1 200 \x7f",
                           "HTTP/1.1 200 OK\n",
                           "HTTP/1.1 200\tOK"}) {
    EXPECT_FALSE(isResponse(std::string(line) + "\r\n\r\n")) << line;
  }
}

TEST(HttpResponseTest, UnfoldsFields) {
  const Transcript transcript = readResponse(
      "HTTP/1.1 200 OK\r\nA: b \t\r\n \t c\t \r\n\td\r\n \r\nB:\r\n e\r\nContent-Length: "
      "0\r\n\r\n");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_EQ(transcript.messages[0].headers,
            (Fields{{"A", "b c d"}, {"B", "e"}, {"Content-Length", "0"}}));
  EXPECT_FALSE(isResponse("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"));
  EXPECT_FALSE(isResponse("HTTP/1.1 200 OK\r\n \r\nA: b\r\n\r\n"));
}

TEST(HttpResponseTest, WithoutLengthEndsWithTheConnection) {
  for (const char* fields : {"", "Connection: keep-alive\r\n", "Transfer-Encoding: gzip\r\n",
                             "Transfer-Encoding: chunked, gzip\r\n"}) {
    TranscribeOptions options;
    const std::string bytes = "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nhello\r\n";
    EXPECT_EQ(readResponse(bytes, options).countComplete(), 0u) << fields;
    options.eof = true;
    const Transcript transcript = readResponse(bytes, options);
    ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
    EXPECT_EQ(transcript.messages[0].body, "hello\r\n");
    EXPECT_FALSE(transcript.messages[0].keep_alive);
  }
}

TEST(HttpResponseTest, ThatIsCutOffIsNotComplete) {
  TranscribeOptions options;
  options.eof = true;
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\n", "H",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"}) {
    const Transcript transcript = readResponse(bytes, options);
    EXPECT_EQ(transcript.countComplete(), 0u) << bytes;
    EXPECT_NE(transcript.error, 0) << bytes;
  }
  EXPECT_TRUE(readResponse("", options).ended);
}

TEST(HttpResponseTest, OfSomeStatusesHasNoBodyWhateverItsFieldsSay) {
  for (const char* status : {"204", "304"}) {
    for (const char* fields : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
      const Transcript transcript =
          readResponse("HTTP/1.1 " + std::string(status) + " x\r\n" + fields +
                       "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      ASSERT_EQ(transcript.countComplete(), 2u) << transcript;
      EXPECT_TRUE(transcript.messages[0].keep_alive);
    }
  }
}

TEST(HttpResponseTest, ToHeadHasNoBody) {
  TranscribeOptions options;
  options.answers = Answers::kHead;
  for (const char* fields : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const std::string response = "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n";
    EXPECT_EQ(readResponse(response + response, options).countComplete(), 2u) << fields;
  }
}

TEST(HttpResponseTest, ToConnectEndsHttpIfItIsASuccess) {
  TranscribeOptions options;
  options.answers = Answers::kConnect;
  const Transcript accepted =
      readResponse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", options);
  EXPECT_EQ(accepted.countComplete(), 1u);
  EXPECT_TRUE(accepted.messages[0].tunnel);
  EXPECT_EQ(accepted.left, 5u);
  const Transcript refused =
      readResponse("HTTP/1.1 407 x\r\nContent-Length: 5\r\n\r\nhello", options);
  EXPECT_FALSE(refused.messages[0].tunnel);
  EXPECT_EQ(refused.messages[0].body, "hello");
}

TEST(HttpResponseTest, MayFollowInterimOnes) {
  const Transcript transcript = readResponse(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\nConnection: close\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_EQ(transcript.countComplete(), 3u) << transcript;
  EXPECT_EQ(transcript.messages[2].body, "ok");
}

TEST(HttpResponseTest, SwitchesProtocols) {
  const Transcript transcript = readResponse(
      "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbytes");
  ASSERT_EQ(transcript.countComplete(), 1u) << transcript;
  EXPECT_TRUE(transcript.messages[0].upgrade);
  EXPECT_TRUE(transcript.messages[0].tunnel);
  EXPECT_TRUE(transcript.ended);
  EXPECT_EQ(transcript.left, 5u);
}

TEST(HttpResponseTest, IsRefusedIfItsEndCanBeReadInTwoWays) {
  for (const char* fields :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: x\r\n", "Content-Length: 1\r\n 1\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n", "Transfer-Encoding: \xffx\r\n"}) {
    EXPECT_FALSE(isResponse("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n0\r\n\r\n"))
        << fields;
  }
  EXPECT_FALSE(isResponse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
}

}  // namespace
}  // namespace weft::net::internal
