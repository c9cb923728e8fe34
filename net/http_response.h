// Response: the answer to one request, written by an HTTP server's handler.
//
//   response->writeHead(200, {{"Content-Type", "text/plain"}});
//   response->end("hello\n");
//
// Nothing is sent before the first write() or end(), so headers may be set until then. end() with
// the whole body tells its length; a body that is written in pieces is chunked (to HTTP/1.0 clients
// it ends with the connection), unless Content-Length is set. Date, Content-Length and Connection
// are seen to. HEAD requests and the statuses 204 and 304 have no body: what is written is dropped.
//
// Events: `drain`, `finish` when everything was handed to the system, `close` exactly once, also
// if the connection broke. A ResponsePtr may be kept and used after that: a write says false.
//
// Misuse throws UsageError and sends nothing: headers with CR, LF or NUL, headers after the head
// was sent, a body that is not as long as its Content-Length.
//
// Threads: the loop's only.

#ifndef WEFT_NET_HTTP_RESPONSE_H_
#define WEFT_NET_HTTP_RESPONSE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/http_request.h"
#include "weft/net/internal/http_writer.h"
#include "weft/net/socket.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::net {

class Response final : public stream::Writable {
 public:
  using Field = HttpHeaders::Field;

  // 200 at first. An empty reason phrase stands for the usual one.
  int statusCode() const noexcept { return status_; }
  void setStatus(int status, std::string_view reason = {});

  void setHeader(std::string_view name, std::string_view value);
  void appendHeader(std::string_view name, std::string_view value);
  bool removeHeader(std::string_view name);
  const HttpHeaders& headers() const noexcept { return headers_; }
  // Status and headers at once. They are sent with the first bytes of the body.
  Response& writeHead(int status, std::initializer_list<Field> headers = {});
  // Sends the head now, before there is a body.
  void flushHeaders();
  bool headersSent() const noexcept { return head_sent_; }
  // Whether weft adds a Date; it does at first.
  void setSendDate(bool on) noexcept { send_date_ = on; }

  // An interim response: 100 to 199 without 101. False if the connection is gone or the client
  // speaks HTTP/1.0. Throws UsageError after the head was sent.
  bool writeInformation(int status, std::initializer_list<Field> headers = {});
  // 100: the client may send the body that it announced.
  bool writeContinue() { return writeInformation(100); }
  // Sent behind a chunked body. To be set before end().
  void addTrailer(std::string_view name, std::string_view value);

  // What this is the answer to.
  RequestPtr request() const;
  // The connection; null once it is gone.
  SocketPtr socket() const;

  std::size_t writableLength() const noexcept override;

 private:
  friend class internal::HttpExchange;
  friend class internal::HttpServerConnection;

  Response(internal::HttpExchange& exchange, EventLoop& loop)
      : IoObject(loop), exchange_(exchange) {}

  void writeSome() override;
  void enqueue(std::string_view bytes, bool last) override;
  void enqueue(std::string&& bytes) override;
  void whenGone(Done done) override;
  void onDestroy() override;
  void unreferenced() override;

  void checkHeadOpen(const char* what) const {
    if (head_sent_ || head_fixed_) [[unlikely]]
      failHeadClosed(what);
  }
  [[noreturn]] void failHeadClosed(const char* what) const;
  stream::ByteQueue& target();
  void sendHead(std::optional<std::uint64_t> body_length);
  void beginBody(std::size_t size, bool last);
  void reset() noexcept;

  internal::HttpExchange& exchange_;
  int status_ = 200;
  std::string reason_;
  HttpHeaders headers_;
  HttpHeaders trailers_;
  internal::WritePlan plan_;
  std::uint64_t body_left_ = 0;  // of an announced length
  bool head_fixed_ = false;      // writeHead() was called
  bool head_sent_ = false;
  bool send_date_ = true;
};

using ResponsePtr = stream::RefPtr<Response>;

}  // namespace weft::net

namespace weft {
using net::ResponsePtr;
}  // namespace weft

#endif  // WEFT_NET_HTTP_RESPONSE_H_
