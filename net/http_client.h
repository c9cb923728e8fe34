// ClientRequest and ClientResponse: HTTP/1.1 from the asking side.
//
//   http::Agent agent(loop);
//   auto request = agent.get("http://127.0.0.1:8080/?q=1");
//   request->on(net::kResponse, [](const net::ClientResponsePtr& response) {
//     response->on(kData, [](std::string_view bytes) { ... });
//     response->on(kEnd, [] { ... });  // only after a whole body
//   });
//   request->on(kError, [](const absl::Status& why) { ... });
//
// A request is a Writable: write() and end() send its body. Nothing is sent before the first of
// them, so headers may be set until then; end() with the whole body tells its length, a body in
// pieces is chunked unless Content-Length is set.
//
// `error` says why there will be no response (refused, timed out, malformed), with address and
// reason. Once the response has begun, what fails is told there. `close` comes last, exactly once.
// A response that nobody listens to is read and dropped, so that its connection becomes free.
//
// Every event is emitted in the contexts in which the request was made, however old the connection
// is on which it goes, and however long it waited for one.
//
// Threads: the loop's only.

#ifndef WEFT_NET_HTTP_CLIENT_H_
#define WEFT_NET_HTTP_CLIENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/internal/http_head.h"
#include "weft/net/internal/http_writer.h"
#include "weft/net/socket.h"
#include "weft/stream/readable.h"
#include "weft/stream/ref_ptr.h"
#include "weft/stream/writable.h"

namespace weft::net {

namespace internal {
class AgentCore;
class HttpClientConnection;
}  // namespace internal

class ClientRequest;
class ClientResponse;
using ClientRequestPtr = stream::RefPtr<ClientRequest>;
using ClientResponsePtr = stream::RefPtr<ClientResponse>;

// The head of the response has arrived.
inline constexpr Event<const ClientResponsePtr&> kResponse{"response"};
// "100 Continue" has: send the body now, if the request said `Expect: 100-continue`.
inline constexpr Event<> kContinue{"continue"};
// An interim response (100 to 199) has; with its status and headers.
inline constexpr Event<int, const HttpHeaders&> kInformation{"information"};

// The server has agreed to leave HTTP, after CONNECT or an Upgrade header: the connection is the
// listener's from then on; the last argument is what the server has sent already. Without a
// listener the connection is closed.
inline constexpr Event<const ClientResponsePtr&, const SocketPtr&, std::string_view> kTunnel{
    "upgrade"};

struct RequestOptions {
  std::string method = "GET";
  std::string host = "127.0.0.1";
  std::uint16_t port = 80;
  std::string socket_path = {};  // a Unix socket to connect to, in place of host and port
  std::string path = "/";        // with its query, percent-encoded
  HttpHeaders headers = {};      // Host is added if it is not among them
  // Without a byte in either direction for so long, the request fails; 0: never.
  loop::Duration timeout = loop::Duration::zero();

  // From "http://host:port/path?query". InvalidArgument if it is no such URL.
  static absl::StatusOr<RequestOptions> fromUrl(std::string_view url);
};

class ClientResponse final : public stream::Readable {
 public:
  int statusCode() const noexcept { return head_.status; }
  std::string_view statusMessage() const noexcept { return head_.reason; }
  int httpVersionMinor() const noexcept { return head_.minor_version; }
  const HttpHeaders& headers() const noexcept { return head_.headers; }
  // As headers().get(), or empty if there is no such field.
  std::string_view header(std::string_view name) const;
  // What came behind a chunked body; there from `end` on.
  const HttpHeaders& trailers() const noexcept { return head_.trailers; }
  // The whole message has arrived.
  bool complete() const noexcept { return pushedEnd(); }

 private:
  friend class internal::HttpClientConnection;

  explicit ClientResponse(EventLoop& loop) : IoObject(loop) { setPeerFails(); }
  void readMore() override;
  void afterEnd() override { destroy(); }
  void onDestroy() override;

  internal::HttpHead head_;
  internal::HttpClientConnection* connection_ = nullptr;  // until the response is complete
};

class ClientRequest final : public stream::Writable {
 public:
  const std::string& method() const noexcept { return options_.method; }
  const std::string& path() const noexcept { return options_.path; }
  const HttpHeaders& headers() const noexcept { return options_.headers; }
  // Throw UsageError after the head was sent, and for names and values that HTTP does not allow.
  void setHeader(std::string_view name, std::string_view value);
  void appendHeader(std::string_view name, std::string_view value);
  bool removeHeader(std::string_view name);
  bool headersSent() const noexcept { return head_sent_; }
  // Sends the head now, before there is a body.
  void flushHeaders();
  // Sent behind a chunked body. To be set before end().
  void addTrailer(std::string_view name, std::string_view value);

  // The connection; null while the request waits for one, and when it is over.
  SocketPtr socket() const;
  // The response has come on a connection that had served before.
  bool reusedSocket() const noexcept { return reused_; }

  std::size_t writableLength() const noexcept override;

 private:
  friend class internal::AgentCore;
  friend class internal::HttpClientConnection;

  ClientRequest(EventLoop& loop, RequestOptions options);

  void writeSome() override;
  void enqueue(std::string_view bytes, bool last) override;
  void whenGone(Done done) override;
  void onDestroy() override;

  void checkHeadOpen(const char* what) const;
  // Says that it is over: with its response, or why without.
  void publishFinish(const ClientRequestPtr& self, const ClientResponsePtr& response);
  void publishError(const absl::Status& why);
  stream::ByteQueue& target();
  void sendHead(std::optional<std::uint64_t> body_length);
  // It may be sent once more: nothing has come back, and to do it twice is to do it once.
  bool isRepeatable() const noexcept;
  void rewind();

  RequestOptions options_;
  HttpHeaders trailers_;
  internal::WritePlan plan_;
  std::uint64_t body_left_ = 0;  // of an announced length
  std::uint64_t body_size_ = 0;
  stream::RefPtr<internal::AgentCore> agent_;
  internal::HttpClientConnection* connection_ = nullptr;
  bool head_sent_ = false;
  bool submitted_ = false;
  bool reused_ = false;
  bool repeated_ = false;
  bool published_end_ = false;
};

}  // namespace weft::net

#endif  // WEFT_NET_HTTP_CLIENT_H_
