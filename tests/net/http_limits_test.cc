#include "weft/net/http_limits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

TEST(HttpLimitsTest, RequestLine) {
  TranscribeOptions options;
  options.limits.start_line_bytes = 20;
  EXPECT_EQ(readRequest("GET /4567 HTTP/1.0\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest("GET /45678 HTTP/1.0\r\n\r\n", options).error, 414);
  EXPECT_EQ(readRequest("GET /4567890123456789", options).error, 414);
  EXPECT_EQ(readRequest("\r\nGET /4567 HTTP/1.0\r\n\r\n", options).error, 414);
  EXPECT_EQ(readRequest("GET /4567 HTTP/1.1\r\nHost:\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest("GET /45678 HTTP/1.1\r\nHost:\r\n\r\n", options).error, 414);
  EXPECT_EQ(readRequest("\r\nGET /4567 HTTP/1.1\r\nHost:\r\n\r\n", options).error, 414);
}

TEST(HttpLimitsTest, HeaderBytes) {
  TranscribeOptions options;
  options.limits.header_bytes = 20;
  EXPECT_EQ(readRequest("GET / HTTP/1.0\r\nA: 345\r\nB: 34567\r\n\r\n", options).countComplete(),
            1u);
  EXPECT_EQ(readRequest("GET / HTTP/1.0\r\nA: 345\r\nB: 345678\r\n\r\n", options).error, 431);
  EXPECT_EQ(readRequest("GET / HTTP/1.0\r\nA: 345678901234567890", options).error, 431);
  const std::string current = "GET / HTTP/1.1\r\nHost:\r\n";
  EXPECT_EQ(readRequest(current + "A: 345678\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest(current + "A: 3456789\r\n\r\n", options).error, 431);
}

TEST(HttpLimitsTest, HeaderCount) {
  TranscribeOptions options;
  options.limits.header_count = 2;
  EXPECT_EQ(readRequest("GET / HTTP/1.0\r\nA:\r\nB:\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest("GET / HTTP/1.0\r\nA:\r\nB:\r\nC:\r\n", options).error, 431);
  EXPECT_EQ(readRequest("GET / HTTP/1.1\r\nHost:\r\nB:\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest("GET / HTTP/1.1\r\nHost:\r\nB:\r\nC:\r\n\r\n", options).error, 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 100'000; ++i) many += "a:\r\n";
  EXPECT_EQ(readRequest(many).error, 431);
}

TEST(HttpLimitsTest, Trailers) {
  TranscribeOptions options;
  options.limits.trailer_bytes = 10;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  EXPECT_EQ(readRequest(head + "A: 345\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest(head + "A: 3456\r\n\r\n", options).error, 431);
}

TEST(HttpLimitsTest, ChunkExtensionsOfAllChunksTogether) {
  TranscribeOptions options;
  options.limits.chunk_extension_bytes = 10;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(readRequest(head + "1;abcd\r\nx\r\n1;abcd\r\nx\r\n0\r\n\r\n", options).error, 413);
  EXPECT_EQ(readRequest(head + "1;abcd\r\nx\r\n1;abc\r\nx\r\n0\r\n\r\n", options).countComplete(),
            1u);
  EXPECT_EQ(
      readRequest(head + "1;abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", options).error,
      413);
  EXPECT_EQ(readRequest(head + "00000000000000000000000000000000001", options).error, 413);
}

TEST(HttpLimitsTest, DoNotCountTheSizesOfChunks) {
  TranscribeOptions options;
  options.limits.chunk_extension_bytes = 4;
  std::string chunks;
  for (int i = 0; i < 1000; ++i) chunks += "10\r\n0123456789abcdef\r\n";
  EXPECT_EQ(transcribe(HttpParser::Kind::kRequest,
                       {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunks,
                        "0\r\n\r\n"},
                       options)
                .countComplete(),
            1u);
}

TEST(HttpLimitsTest, MayBeSwitchedOff) {
  TranscribeOptions options;
  options.limits = {.start_line_bytes = SIZE_MAX,
                    .header_bytes = SIZE_MAX,
                    .header_count = SIZE_MAX,
                    .trailer_bytes = SIZE_MAX,
                    .chunk_extension_bytes = SIZE_MAX};
  EXPECT_EQ(readRequest("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "1;name=a-value-of-some-length\r\nx\r\n0\r\nA: b\r\n\r\n",
                        options)
                .countComplete(),
            1u);
}

TEST(HttpLimitsTest, Body) {
  TranscribeOptions options;
  options.limits.body_bytes = 5;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(readRequest(head + "Content-Length: 5\r\n\r\nhello", options).countComplete(), 1u);
  const Transcript refused = readRequest(head + "Content-Length: 6\r\n\r\nhello!", options);
  EXPECT_EQ(refused.error, 413);
  EXPECT_TRUE(refused.messages.empty());
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(readRequest(chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", options).countComplete(), 1u);
  EXPECT_EQ(readRequest(chunked + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", options).error, 413);
  options.eof = true;
  EXPECT_EQ(readResponse("HTTP/1.1 200 OK\r\n\r\nhello", options).countComplete(), 1u);
  EXPECT_EQ(readResponse("HTTP/1.1 200 OK\r\n\r\nhello!", options).error, 413);
}

}  // namespace
}  // namespace weft::net::internal
