// Messages out: how a body is framed, and the bytes of heads, chunks and trailers.
//
// Two steps. A plan decides, once for each message and before its head is written, how the body
// ends, what becomes of the connection, and which fields say so; then the append functions write
// what the plan says, given the same headers. Everything is a pure function of its arguments.
//
//   const WritePlan plan = planResponse({.keep_alive = true}, 200, headers, body.size());
//   appendResponseHead(&queue, 200, httpReason(200), headers, plan, date.at(now));
//   queue.append(body);
//
// What the user must not do throws UsageError before a byte is written. Nothing with a CR, LF or
// NUL can get onto the wire: HttpHeaders refuses them, and so do the functions here.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_WRITER_H_
#define WEFT_NET_INTERNAL_HTTP_WRITER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/internal/http_head.h"
#include "weft/stream/byte_queue.h"

namespace weft::net::internal {

// What of a request decides about the answer to it.
struct AnsweredRequest {
  bool is_head = false;
  bool is_connect = false;
  int minor_version = 1;
  // Whether the request lets the connection go on, and the server wants that, too.
  bool keep_alive = true;
};

struct WritePlan {
  enum class ConnectionLine : std::uint8_t { kNone, kClose, kKeepAlive };

  // How the body is to be written. kNone: no byte of it may be written.
  Framing framing = Framing::kNone;
  // The Content-Length line. With Framing::kLength exactly so many bytes must follow; with
  // Framing::kNone it tells of a body that is not sent (HEAD, 304), or that there is none (205).
  std::optional<std::uint64_t> content_length;
  ConnectionLine connection = ConnectionLine::kNone;
  // Whether the connection can carry another message when this one is written.
  bool keep_alive = true;
  // The headers have a Date of their own; some of them are not written, the plan's are.
  bool has_date = false;
  bool replaces_fields = false;
};

// `body_length`: the whole body, if it is known before the head is written; else it is streamed.
//
// RFC 9110, 6.4.1 and 8.6, RFC 9112, 6: nothing for 1xx, 204 and 2xx to CONNECT; for HEAD and 304
// at most the length that the body would have; 205 is empty. Else a length that is known is told,
// one that is not makes the body chunked, and to HTTP/1.0 clients it ends with the connection.
//
// A Content-Length among `headers` is a promise that is kept; `Transfer-Encoding: chunked` there
// asks for chunks even if the length is known. Throws UsageError for a status outside 100 to 999,
// a Content-Length that is not one number or not `body_length`, and other transfer codings.
WritePlan planResponse(const AnsweredRequest& request, int status, const HttpHeaders& headers,
                       std::optional<std::uint64_t> body_length);

// `body_length`: 0 if there is no body, nothing if it is streamed (it is chunked then). Throws
// UsageError as planResponse() does, and for a body of CONNECT or TRACE.
WritePlan planRequest(std::string_view method, const HttpHeaders& headers,
                      std::optional<std::uint64_t> body_length, bool keep_alive);

// The status line and all fields with the empty line. `reason` may be empty. `date` is written
// unless it is empty, `headers` has a Date, or the response is an interim one.
// Throws UsageError if `reason` holds control characters.
void appendResponseHead(stream::ByteQueue* out, int status, std::string_view reason,
                        const HttpHeaders& headers, const WritePlan& plan, std::string_view date);

// Host is among the headers, put there by the caller. Throws UsageError if `method` is not a token
// or `target` not a form of request target that goes with it.
void appendRequestHead(stream::ByteQueue* out, std::string_view method, std::string_view target,
                       const HttpHeaders& headers, const WritePlan& plan);

// The size line of a chunk of `size` > 0 bytes; the data follows, then kAfterChunk.
void appendChunkHeader(stream::ByteQueue* out, std::uint64_t size);
inline constexpr std::string_view kAfterChunk = "\r\n";
// A whole chunk. Writes nothing if there is no data, since an empty chunk would end the body.
void appendChunk(stream::ByteQueue* out, std::string_view data);
// What ends a chunked body. Throws UsageError for trailers that RFC 9110, 6.5.1 forbids: those
// about framing, routing, authentication, control and the format of the content.
void appendLastChunk(stream::ByteQueue* out, const HttpHeaders& trailers);

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_WRITER_H_
