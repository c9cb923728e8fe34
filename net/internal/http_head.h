// What stands in front of the body of one HTTP/1 message: start line, header fields, and what they
// say about the body and the connection. The parser fills it in; trailers come last.
//
// A head is made to be used again: clear() keeps all memory, so that a connection that takes its
// heads from a pool allocates nothing per message. It is neither copied nor moved, because the
// views of the start line point into it.
//
// The owner is whoever handles the message (a request or response object); an idle connection
// needs none.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_HEAD_H_
#define WEFT_NET_INTERNAL_HTTP_HEAD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/internal/char_buffer.h"

namespace weft::net::internal {

// How the end of a body is found (RFC 9112, 6.3).
enum class Framing : std::uint8_t {
  kNone,        // there is no body
  kLength,      // Content-Length
  kChunked,     // Transfer-Encoding: chunked
  kUntilClose,  // the end of the connection; responses only
};

enum class Expectation : std::uint8_t {
  kNone,
  kContinue,  // 100-continue from an HTTP/1.1 client
  kOther,     // to be answered with 417 unless somebody knows it
};

class HttpHead {
 public:
  HttpHead() = default;
  HttpHead(const HttpHead&) = delete;
  HttpHead& operator=(const HttpHead&) = delete;

  void clear();

  // Requests: as received, case and all. `target` has one of the four forms of RFC 9112, 3.2.
  std::string_view method;
  std::string_view target;
  // Responses: 100 to 999, and the reason phrase, which may be empty.
  int status = 0;
  std::string_view reason;

  // 0 or 1; a peer that says HTTP/1.2 or above is treated as 1.1 (RFC 9110, 2.5).
  int minor_version = 1;
  HttpHeaders headers;
  // Filled in when the message is complete. Never merged into `headers`.
  HttpHeaders trailers;

  Framing framing = Framing::kNone;
  std::uint64_t content_length = 0;  // with Framing::kLength
  // Whether the connection may carry another message after this one.
  bool keep_alive = false;
  // A request that offers another protocol (`headers.get("upgrade")`), which may be ignored, or a
  // 101 response.
  bool upgrade = false;
  // Behind this message the connection is no longer HTTP: a CONNECT request, a 2xx answer to one,
  // or a 101 response.
  bool tunnel = false;
  Expectation expectation = Expectation::kNone;

 private:
  friend class HttpParser;

  CharBuffer start_line_;  // what method, target and reason point into
  std::string partial_;    // the beginning of a line whose end has not arrived
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_HEAD_H_
