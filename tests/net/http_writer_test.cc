#include "weft/net/internal/http_writer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "weft/cls/errors.h"
#include "weft/net/http_status.h"
#include "weft/net/internal/http_parser.h"
#include "weft/stream/byte_queue.h"
#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

using ConnectionLine = WritePlan::ConnectionLine;

HttpHeaders headersOf(std::initializer_list<std::pair<const char*, const char*>> fields) {
  HttpHeaders headers;
  for (const auto& [name, value] : fields) headers.append(name, value);
  return headers;
}

std::string drained(stream::ByteQueue& queue) {
  std::string all;
  while (!queue.empty()) queue.takeFront([&all](std::string_view bytes) { all += bytes; });
  return all;
}

std::string responseHead(const AnsweredRequest& request, int status, const HttpHeaders& headers,
                         std::optional<std::uint64_t> body_length) {
  stream::ByteQueue out;
  const WritePlan plan = planResponse(request, status, headers, body_length);
  appendResponseHead(&out, status, httpReason(status), headers, plan, "");
  return drained(out);
}

std::string requestHead(std::string_view method, const HttpHeaders& headers,
                        std::optional<std::uint64_t> body_length) {
  stream::ByteQueue out;
  appendRequestHead(&out, method, "/", headers, planRequest(method, headers, body_length, true));
  return drained(out);
}

const AnsweredRequest kGet;
const AnsweredRequest kHead{.is_head = true};
const AnsweredRequest kConnect{.is_connect = true};
const AnsweredRequest kOldGet{.minor_version = 0, .keep_alive = false};
const AnsweredRequest kOldGetThatStays{.minor_version = 0, .keep_alive = true};

TEST(HttpResponseWriterTest, TellsALengthThatIsKnown) {
  EXPECT_EQ(responseHead(kGet, 200, headersOf({{"A", "b"}, {"a", "c"}}), 5),
            "HTTP/1.1 200 OK\r\nA: b\r\na: c\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 404, {}, 0), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpResponseWriterTest, MakesAStreamChunkedAndLetsItEndWithTheConnectionFor10) {
  EXPECT_EQ(responseHead(kGet, 200, {}, std::nullopt),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(responseHead(kOldGetThatStays, 200, {}, std::nullopt),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  const WritePlan plan = planResponse(kOldGetThatStays, 200, {}, std::nullopt);
  EXPECT_EQ(plan.framing, Framing::kUntilClose);
  EXPECT_FALSE(plan.keep_alive);
}

TEST(HttpResponseWriterTest, KeepsTheUsersContentLength) {
  const HttpHeaders headers = headersOf({{"content-length", "7"}});
  EXPECT_EQ(responseHead(kGet, 200, headers, std::nullopt),
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  const WritePlan plan = planResponse(kOldGetThatStays, 200, headers, std::nullopt);
  EXPECT_EQ(plan.framing, Framing::kLength);
  EXPECT_TRUE(plan.keep_alive);
}

TEST(HttpResponseWriterTest, RefusesAContentLengthThatIsNotTrue) {
  EXPECT_THROW(planResponse(kGet, 200, headersOf({{"Content-Length", "7"}}), 6), UsageError);
  EXPECT_THROW(planResponse(kGet, 200, headersOf({{"Content-Length", "x"}}), 6), UsageError);
  EXPECT_THROW(planResponse(kGet, 200, headersOf({{"Content-Length", "6, 6"}}), 6), UsageError);
  EXPECT_THROW(
      planResponse(kGet, 200, headersOf({{"Content-Length", "6"}, {"Content-Length", "6"}}), 6),
      UsageError);
}

TEST(HttpResponseWriterTest, ChunksIfTheUserAsksForIt) {
  EXPECT_EQ(responseHead(kGet, 200,
                         headersOf({{"Transfer-Encoding", "Chunked"}, {"Content-Length", "5"}}), 5),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(responseHead(kOldGet, 200, headersOf({{"Transfer-Encoding", "chunked"}}), 5),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  EXPECT_THROW(planResponse(kGet, 200, headersOf({{"Transfer-Encoding", "gzip"}}), 5), UsageError);
}

TEST(HttpResponseWriterTest, SendsNoBodyToHeadButMayTellItsLength) {
  EXPECT_EQ(responseHead(kHead, 200, {}, 5), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(responseHead(kHead, 200, headersOf({{"Content-Length", "9"}}), 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(responseHead(kHead, 200, {}, 0), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(responseHead(kHead, 200, {}, std::nullopt), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(planResponse(kHead, 200, {}, 5).framing, Framing::kNone);
}

TEST(HttpResponseWriterTest, SaysNothingAboutABodyThatCannotBe) {
  const HttpHeaders headers = headersOf({{"Content-Length", "5"}, {"A", "b"}});
  EXPECT_EQ(responseHead(kGet, 204, headers, 5), "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 100, headers, 5), "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n");
  EXPECT_EQ(responseHead(kConnect, 200, headers, 0), "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 304, headers, 0),
            "HTTP/1.1 304 Not Modified\r\nA: b\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 304, {}, 0), "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 205, {}, 5),
            "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
  for (int status : {100, 101, 103, 204, 205, 304}) {
    EXPECT_EQ(planResponse(kGet, status, {}, 5).framing, Framing::kNone) << status;
  }
}

TEST(HttpResponseWriterTest, RefusesConnectAsAnyRequest) {
  EXPECT_EQ(responseHead(kConnect, 405, {}, 2),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 2\r\n\r\n");
}

TEST(HttpResponseWriterTest, SaysWhatBecomesOfTheConnection) {
  EXPECT_EQ(responseHead({.keep_alive = false}, 200, {}, 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(responseHead(kOldGet, 200, {}, 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(responseHead(kOldGetThatStays, 200, {}, 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(responseHead(kGet, 200, headersOf({{"Connection", "close"}}), 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(planResponse(kGet, 200, headersOf({{"Connection", "x, Close"}}), 0).keep_alive);
}

TEST(HttpResponseWriterTest, NeverPromisesToStayAndCloses) {
  EXPECT_EQ(responseHead({.keep_alive = false}, 200, headersOf({{"Connection", "keep-alive"}}), 0),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(HttpResponseWriterTest, KeepsOtherConnectionOptions) {
  EXPECT_EQ(responseHead(kGet, 101, headersOf({{"Connection", "Upgrade"}, {"Upgrade", "x"}}), {}),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  EXPECT_FALSE(planResponse(kGet, 101, {}, 0).keep_alive);
  EXPECT_TRUE(planResponse({.keep_alive = false}, 103, {}, 0).keep_alive);
  EXPECT_EQ(planResponse({.keep_alive = false}, 103, {}, 0).connection, ConnectionLine::kNone);
}

TEST(HttpResponseWriterTest, DatesFinalResponsesOnce) {
  const auto dated = [](int status, const HttpHeaders& headers) {
    stream::ByteQueue out;
    appendResponseHead(&out, status, "", headers, planResponse(kGet, status, headers, 0), "now");
    return drained(out);
  };
  EXPECT_EQ(dated(200, {}), "HTTP/1.1 200 \r\nDate: now\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(dated(200, headersOf({{"date", "then"}})),
            "HTTP/1.1 200 \r\ndate: then\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(dated(103, {}), "HTTP/1.1 103 \r\n\r\n");
}

TEST(HttpResponseWriterTest, HandsOnFieldsThatHaveArrived) {
  std::string_view input =
      "HTTP/1.1 200 OK\r\nA:b\r\nC: \t d \t\r\nE:\r\nF: g\r\n \t\r\n  h\r\nDate: then\r\n"
      "Connection: close\r\nContent-Length:  3\r\n\r\n";
  const HttpLimits limits;
  HttpParser parser(HttpParser::Kind::kResponse, limits);
  HttpHead head;
  ASSERT_EQ(parser.next(&input, &head), HttpParser::Event::kHead);
  EXPECT_EQ(responseHead(kGet, 200, head.headers, 3),
            "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nE: \r\nF: g h\r\nDate: then\r\n"
            "Content-Length: 3\r\nConnection: close\r\n\r\n");
  HttpHeaders kept = head.headers;
  kept.remove("connection");
  kept.set("a", "changed");
  kept.remove("content-length");
  kept.append("New", "1");
  EXPECT_EQ(responseHead(kGet, 200, kept, 0),
            "HTTP/1.1 200 OK\r\nA:changed\r\nC: \t d\r\nE:\r\nF: g h\r\nDate: then\r\nNew: 1\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(HttpResponseWriterTest, RefusesWhatWouldBreakTheStatusLine) {
  EXPECT_THROW(planResponse(kGet, 99, {}, 0), UsageError);
  EXPECT_THROW(planResponse(kGet, 1000, {}, 0), UsageError);
  stream::ByteQueue out;
  EXPECT_THROW(appendResponseHead(&out, 200, "OK\r\nX: y", {}, {}, ""), UsageError);
  EXPECT_EQ(drained(out), "");
}

TEST(HttpRequestWriterTest, FramesBodies) {
  EXPECT_EQ(requestHead("GET", headersOf({{"Host", "a"}}), 0), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(requestHead("POST", {}, 0), "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(requestHead("QUERY", {}, 3), "QUERY / HTTP/1.1\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(requestHead("PUT", {}, std::nullopt),
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(requestHead("PUT", headersOf({{"Content-Length", "4"}}), std::nullopt),
            "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(requestHead("PUT", headersOf({{"Transfer-Encoding", "chunked"}}), 4),
            "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_THROW(planRequest("PUT", headersOf({{"Content-Length", "4"}}), 5, true), UsageError);
}

TEST(HttpRequestWriterTest, RefusesABodyWhereThereIsNone) {
  for (const char* method : {"CONNECT", "TRACE"}) {
    EXPECT_THROW(planRequest(method, {}, 1, true), UsageError);
    EXPECT_THROW(planRequest(method, {}, std::nullopt, true), UsageError);
    EXPECT_THROW(planRequest(method, headersOf({{"Content-Length", "1"}}), 0, true), UsageError);
    EXPECT_EQ(planRequest(method, {}, 0, true).framing, Framing::kNone);
  }
}

TEST(HttpRequestWriterTest, ClosesIfItIsToldTo) {
  stream::ByteQueue out;
  appendRequestHead(&out, "OPTIONS", "*", {}, planRequest("OPTIONS", {}, 0, false));
  EXPECT_EQ(drained(out), "OPTIONS * HTTP/1.1\r\nConnection: close\r\n\r\n");
}

TEST(HttpRequestWriterTest, RefusesWhatWouldBreakTheRequestLine) {
  stream::ByteQueue out;
  const auto write = [&out](std::string_view method, std::string_view target) {
    appendRequestHead(&out, method, target, {}, {});
  };
  EXPECT_THROW(write("GET ", "/"), UsageError);
  EXPECT_THROW(write("", "/"), UsageError);
  for (const char* target :
       {"", "a", "/a b", "/\r\nX: y", "/#a", "*", "http://u@h/", "/\xc3\xa9"}) {
    EXPECT_THROW(write("GET", target), UsageError) << target;
  }
  EXPECT_EQ(drained(out), "");
}

TEST(HttpChunkWriterTest, WritesChunksAndTheirEnd) {
  stream::ByteQueue out;
  appendChunk(&out, "hello");
  appendChunk(&out, "");
  appendChunk(&out, std::string(26, 'x'));
  appendLastChunk(&out, headersOf({{"A", "b"}}));
  EXPECT_EQ(drained(out), "5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\nA: b\r\n\r\n");
}

TEST(HttpChunkWriterTest, RefusesTrailersThatMustNotBe) {
  stream::ByteQueue out;
  for (const char* name : {"Content-Length", "transfer-encoding", "Host", "Set-Cookie", "Trailer",
                           "Content-Type", "Authorization", "Cache-Control"}) {
    EXPECT_THROW(appendLastChunk(&out, headersOf({{name, "1"}})), UsageError) << name;
  }
  EXPECT_EQ(drained(out), "");
}

TEST(HttpWriterTest, IsUnderstoodByTheParser) {
  stream::ByteQueue out;
  const HttpHeaders headers = headersOf({{"Host", "a"}, {"Empty", ""}});
  appendRequestHead(&out, "POST", "/", headers, planRequest("POST", headers, std::nullopt, true));
  appendChunk(&out, "hello ");
  appendChunk(&out, "world");
  appendLastChunk(&out, headersOf({{"Sum", "1"}}));
  appendRequestHead(&out, "PUT", "/2", headers, planRequest("PUT", headers, 2, false));
  out.append("ab");
  const Transcript transcript = transcribe(HttpParser::Kind::kRequest, {drained(out)});
  ASSERT_EQ(transcript.countComplete(), 2u) << transcript;
  EXPECT_EQ(transcript.messages[0].body, "hello world");
  EXPECT_EQ(transcript.messages[0].trailers, (Fields{{"Sum", "1"}}));
  EXPECT_EQ(transcript.messages[1].body, "ab");
  EXPECT_TRUE(transcript.ended);
}

}  // namespace
}  // namespace weft::net::internal
