// Counts allocations, which needs operator new of its own and so a program of its own.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "weft/net/internal/http_parser.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weft::net::internal {
namespace {

using Event = HttpParser::Event;

// Reads all messages of `bytes`, `step` bytes at a time; returns how many there were.
int readAll(HttpParser& parser, HttpHead& head, std::string_view bytes, std::size_t step) {
  int messages = 0;
  while (!bytes.empty()) {
    std::string_view input = bytes.substr(0, step);
    bytes.remove_prefix(input.size());
    Event event;
    while ((event = parser.next(&input, &head)) != Event::kNeedMore) {
      if (event == Event::kError || event == Event::kEnded) return -1;
      if (event == Event::kComplete) ++messages;
    }
  }
  return messages;
}

TEST(HttpParserMemoryTest, AConnectionThatStaysAllocatesNothingPerMessage) {
  const std::string bytes =
      "GET /a/path/that/fits/into/no/small/string HTTP/1.1\r\nHost: localhost:8080\r\n"
      "User-Agent: a long name of a browser, with all that it is compatible with\r\n"
      "Accept: */*\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n"
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;extension=value\r\nhello\r\n0\r\nTrailer-Of-Some-Length: and its value\r\n\r\n";
  const HttpLimits limits;
  HttpParser parser(HttpParser::Kind::kRequest, limits);
  HttpHead head;
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    ASSERT_EQ(readAll(parser, head, bytes, step), 2);
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) readAll(parser, head, bytes, step);
    EXPECT_EQ(allocations, before) << "in steps of " << step;
  }
}

}  // namespace
}  // namespace weft::net::internal
