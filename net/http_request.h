// Request: what a client asked for, as an HTTP server's handler gets it.
//
// The handler is called when the head has arrived; the body follows as a stream:
//
//   request->on(kData, [body](std::string_view bytes) { body->append(bytes); });
//   request->on(kEnd, [request, response, body] { response->end(answerTo(*body)); });
//
// `end` comes only after a whole body. If the connection breaks before that, there are `error` (if
// somebody listens) and `close`. A body that nobody has listened to when the response is finished
// is dropped. Pausing the request stops the client.
//
// A RequestPtr may be kept as long as you like, head and all.
//
// Threads: the loop's only.

#ifndef WEFT_NET_HTTP_REQUEST_H_
#define WEFT_NET_HTTP_REQUEST_H_

#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/internal/http_head.h"
#include "weft/net/socket.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"

namespace weft::net {

namespace internal {
class HttpExchange;
class HttpServerConnection;
}  // namespace internal

class Request final : public stream::Readable {
 public:
  // As received: "GET", "/path?query". The target is not decoded.
  std::string_view method() const noexcept { return head_.method; }
  std::string_view url() const noexcept { return head_.target; }
  // The parts of url() before and behind the first '?'.
  std::string_view path() const noexcept;
  std::string_view query() const noexcept;
  // Of HTTP/1.x: 0 or 1.
  int httpVersionMinor() const noexcept { return head_.minor_version; }

  const HttpHeaders& headers() const noexcept { return head_.headers; }
  // As headers().get(), or empty if there is no such field.
  std::string_view header(std::string_view name) const;
  // What came behind a chunked body; there from `end` on.
  const HttpHeaders& trailers() const noexcept { return head_.trailers; }

  // The whole message has arrived (`end` may not have been emitted yet).
  bool complete() const noexcept { return pushedEnd(); }
  // The connection; null once it is gone.
  SocketPtr socket() const;

 private:
  friend class internal::HttpExchange;
  friend class internal::HttpServerConnection;

  Request(internal::HttpExchange& exchange, EventLoop& loop)
      : IoObject(loop), exchange_(exchange) {}

  void readMore() override;
  void onDestroy() override;
  void unreferenced() override;

  internal::HttpExchange& exchange_;
  internal::HttpHead head_;
};

using RequestPtr = stream::RefPtr<Request>;

}  // namespace weft::net

namespace weft {
using net::RequestPtr;
}  // namespace weft

#endif  // WEFT_NET_HTTP_REQUEST_H_
