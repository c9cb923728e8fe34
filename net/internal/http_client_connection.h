// HttpClientConnection: a socket to an HTTP server, which serves one request after the other.
//
// It belongs to no context. While it serves a request, everything it emits is emitted in that
// request's contexts.
//
// Threads: the loop's.

#ifndef WEFT_NET_INTERNAL_HTTP_CLIENT_CONNECTION_H_
#define WEFT_NET_INTERNAL_HTTP_CLIENT_CONNECTION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "weft/net/http_client.h"
#include "weft/net/internal/agent_core.h"
#include "weft/net/internal/http_parser.h"
#include "weft/net/internal/intrusive_list.h"
#include "weft/net/socket.h"
#include "weft/stream/ref_ptr.h"

namespace weft::net::internal {

class HttpClientConnection final : public Socket, public ListHook<FreeSocketTag> {
 public:
  HttpClientConnection(EventLoop& loop, AgentCore& agent, std::string key,
                       const RequestOptions& options);

  const std::string& key() const noexcept { return key_; }
  using Socket::loopGone;

  // Begins to connect; a failure is the served request's.
  void begin();
  // Takes over a request, with what it has to send.
  void serve(ClientRequest& request);
  void enterPool();
  void leavePool();

  // --- for the request and its response
  stream::ByteQueue& output() noexcept { return queue(); }
  const stream::ByteQueue& output() const noexcept { return queue(); }
  void requestWrote() { writeSome(); }
  void callWhenGone(Done done) { whenGone(std::move(done)); }
  void bodyWanted();

 private:
  ~HttpClientConnection() override = default;

  void onBytes(std::string_view bytes) override;
  void onPeerEnd() override;
  void onFlushed() override;
  void onTimeout() override;
  void onDestroy() override;

  void parse(std::string_view input);
  bool parseOne(std::string_view* input);
  void onHead();
  void onInterim();
  void openTunnel(std::string_view early);
  void onComplete();
  void finishIfDone();
  void failRequest();
  std::string what() const;

  const stream::RefPtr<AgentCore> agent_;
  const std::string key_;
  const std::string host_;
  const std::string path_;
  const std::uint16_t port_;
  HttpParser parser_;
  std::string rest_;  // read, but not parsed yet
  std::uint64_t served_ = 0;
  stream::RefPtr<ClientRequest> request_;
  stream::RefPtr<ClientResponse> response_;  // from its first byte on
  bool got_bytes_ = false;                   // of the response
  bool body_stalled_ = false;
  bool response_done_ = false;
  bool delivered_ = false;  // `response` was emitted
  bool reusable_ = false;
  bool tunnel_ = false;  // no more HTTP: a socket like any other
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_CLIENT_CONNECTION_H_
