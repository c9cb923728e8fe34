// HttpServer: answers HTTP/1.0 and 1.1 requests.
//
//   auto server = http::createServer(loop, [](RequestPtr request, ResponsePtr response) {
//     response->writeHead(200, {{"Content-Type", "text/plain"}});
//     response->end("hello\n");
//   });
//   server->listen({.port = 8080});
//
// Connections are kept alive. Requests that a client sends without waiting (pipelining) are handed
// out at once and answered in order, but only so many; one that does not read its answers is not
// read from. Malformed requests are answered with the status that they deserve and never reach the
// handler. Every wait has a deadline and every size a limit (HttpServerOptions).
//
// The handler runs in the contexts in which it was added and, where none was active, in those of
// listen(); never in those of another request, also not of one on the same connection. What it
// throws is answered with 500, or by closing if the head was sent; the exception then goes to the
// listeners of kRequestError or, if there are none, into the loop.
//
// A net::Server in all other respects: listen(), close(), kConnection, setMaxConnections().
//
// Threads: the loop's only.

#ifndef WEFT_NET_HTTP_SERVER_H_
#define WEFT_NET_HTTP_SERVER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include "weft/net/http_limits.h"
#include "weft/net/http_request.h"
#include "weft/net/http_response.h"
#include "weft/net/internal/deadlines.h"
#include "weft/net/internal/http_date.h"
#include "weft/net/internal/intrusive_list.h"
#include "weft/net/server.h"
#include "weft/stream/ref_ptr.h"

namespace weft::net {

inline constexpr Event<const RequestPtr&, const ResponsePtr&> kRequest{"request"};
// In place of `request` for one with `Expect: 100-continue`. The listener calls writeContinue(), or
// refuses. Without a listener weft asks for the body, and there is `request`.
inline constexpr Event<const RequestPtr&, const ResponsePtr&> kCheckContinue{"checkContinue"};
// In place of `request` for one with another Expect; without a listener it is answered with 417.
inline constexpr Event<const RequestPtr&, const ResponsePtr&> kCheckExpectation{"checkExpectation"};
// The client wants to leave HTTP: CONNECT, or an Upgrade header. The connection is the listener's
// from then on, a plain Socket on which it answers itself; the last argument is what the client has
// sent already. Without a listener CONNECT is answered with 405, and Upgrade is not heeded.
inline constexpr Event<const RequestPtr&, const SocketPtr&, std::string_view> kConnectMethod{
    "connect"};
inline constexpr Event<const RequestPtr&, const SocketPtr&, std::string_view> kUpgrade{"upgrade"};
// What came is no request, or came too late; the status says why. A listener answers on the socket,
// or destroys it. Without one weft answers and closes.
inline constexpr Event<const absl::Status&, const SocketPtr&> kClientError{"clientError"};
// A handler has thrown.
inline constexpr Event<const std::exception_ptr&, const RequestPtr&> kRequestError{"requestError"};

struct HttpServerOptions {
  HttpLimits limits = {};
  // From the first byte of a request, or from the connection's start, to the end of the headers.
  loop::Duration headers_timeout = std::chrono::seconds(60);
  // From the first byte of a request to its last.
  loop::Duration request_timeout = std::chrono::seconds(300);
  // How long a connection may wait for another request.
  loop::Duration keep_alive_timeout = std::chrono::seconds(5);
  // How long nothing may come or go on a connection, whatever it waits for, until it emits
  // kTimeout, or is destroyed if nobody listens to that; 0: for ever.
  loop::Duration idle_timeout = loop::Duration::zero();
  // How long a connection that was closed by us still takes what the client is sending, so that the
  // client sees the last answer.
  loop::Duration linger_timeout = std::chrono::seconds(2);
  // Answers after which a connection is closed; 0: any number.
  std::uint64_t max_requests_per_connection = 0;
  // Requests of one connection that may be unanswered at a time.
  std::size_t max_pipelined = 64;
};

namespace internal {
struct ConnectionTag;
class HttpServerConnection;
enum class HttpWait : std::uint8_t { kHeaders, kRequest, kIdle, kLinger, kNothing };
}  // namespace internal

class HttpServer final : public Server {
 public:
  const HttpServerOptions& options() const noexcept { return options_; }

  // Closes connections that wait for a request. close() does so, too.
  void closeIdleConnections();
  // Closes all, also those that are being answered.
  void closeAllConnections();

 private:
  friend class internal::HttpServerConnection;
  friend stream::RefPtr<HttpServer> createHttpServer(EventLoop&, const HttpServerOptions&);
  using Connection = internal::HttpServerConnection;

  HttpServer(EventLoop& loop, const HttpServerOptions& options);
  ~HttpServer() override;

  SocketPtr makeSocket() override;
  void onConnection(const SocketPtr& socket) override;
  void onClosing() override;

  // The connection waits from now on, or does not.
  void expect(Connection& connection, internal::HttpWait wait, loop::TimePoint since);
  void armTimer();
  void cutLate();
  std::string_view date();

  const HttpServerOptions options_;
  internal::Deadlines<4> deadlines_;
  loop::TimerHandle timer_;
  loop::TimePoint timer_at_{};
  internal::IntrusiveList<Connection, internal::ConnectionTag> open_;
  internal::HttpDate date_;
  std::string_view date_text_;
  loop::TimePoint date_made_{};
};

using HttpServerPtr = stream::RefPtr<HttpServer>;

HttpServerPtr createHttpServer(EventLoop& loop, const HttpServerOptions& options = {});

}  // namespace weft::net

namespace weft::http {

// `handler` takes a RequestPtr and a ResponsePtr.
template <typename F>
net::HttpServerPtr createServer(EventLoop& loop, const net::HttpServerOptions& options,
                                F&& handler) {
  net::HttpServerPtr server = net::createHttpServer(loop, options);
  server->on(net::kRequest, std::forward<F>(handler));
  return server;
}
template <typename F>
net::HttpServerPtr createServer(EventLoop& loop, F&& handler) {
  return createServer(loop, net::HttpServerOptions(), std::forward<F>(handler));
}

}  // namespace weft::http

namespace weft {
using net::HttpServerPtr;
using net::kRequest;
}  // namespace weft

#endif  // WEFT_NET_HTTP_SERVER_H_
