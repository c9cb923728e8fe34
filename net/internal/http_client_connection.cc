#include "weft/net/internal/http_client_connection.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/cls/frame.h"

namespace weft::net::internal {

HttpClientConnection::HttpClientConnection(EventLoop& loop, AgentCore& agent, std::string key,
                                           const RequestOptions& options)
    : IoObject(loop),
      Socket(loop),
      agent_(&agent),
      key_(std::move(key)),
      host_(options.host),
      path_(options.socket_path),
      port_(options.port),
      parser_(HttpParser::Kind::kResponse, agent.options().limits) {
  setPeerFails();  // the request says so
}

void HttpClientConnection::begin() {
  path_.empty() ? startConnect(host_, port_) : startConnect(Address::unixPath(path_));
  if (path_.empty()) setNoDelay();
}

void HttpClientConnection::serve(ClientRequest& request) {
  request_ = ClientRequestPtr(&request);
  request.connection_ = this;
  request.reused_ = served_++ != 0;
  got_bytes_ = delivered_ = response_done_ = reusable_ = false;
  parser_.setAnswers(request.method() == "HEAD"      ? Answers::kHead
                     : request.method() == "CONNECT" ? Answers::kConnect
                                                     : Answers::kOther);
  setTimeout(request.options_.timeout);
  request.spliceInto(*this);
  writeSome();
}

void HttpClientConnection::enterPool() {
  unref();
  setTimeout(agent_->options().idle_timeout);
}

void HttpClientConnection::leavePool() {
  ListHook<FreeSocketTag>::unlink();
  ref();
}

// --- bytes in -----------------------------------------------------------------------------------

void HttpClientConnection::onBytes(std::string_view bytes) {
  if (tunnel_) return Socket::onBytes(bytes);
  // A server that speaks unasked cannot be trusted with another request.
  if (!request_) return destroy();
  got_bytes_ = true;
  parse(bytes);
}

void HttpClientConnection::parse(std::string_view input) {
  const ClientRequestPtr request = request_;
  const cls::FrameScope scope(request->home());
  absl::Cleanup go_on = [this, &input] {  // a listener threw
    rest_.assign(input);
    defer([this] {
      if (!destroyed() && request_) parse(std::exchange(rest_, {}));
    });
  };
  while (!destroyed() && request_ && !response_done_ && !body_stalled_ && parseOne(&input)) {
  }
  std::move(go_on).Cancel();
  if (destroyed() || tunnel_ || !request_) return;
  if (response_done_) {
    reusable_ = reusable_ && input.empty();
    finishIfDone();
  } else if (body_stalled_) {
    rest_.assign(input);
    setReading(false);
  } else {
    setReading(true);
    if (peerEnded()) onPeerEnd();
  }
}

bool HttpClientConnection::parseOne(std::string_view* input) {
  if (!response_) {
    if (input->empty()) return false;
    response_ = ClientResponsePtr(new ClientResponse(loop()));
    response_->connection_ = this;
  }
  switch (parser_.next(input, &response_->head_)) {
    case HttpParser::Event::kNeedMore:
      return false;
    case HttpParser::Event::kHead:
      if (response_->head_.tunnel) {
        openTunnel(*input);
        return false;
      }
      response_->head_.status < 200 ? onInterim() : onHead();
      return true;
    case HttpParser::Event::kBody:
      if (!response_->push(parser_.body())) body_stalled_ = !destroyed();
      return true;
    case HttpParser::Event::kComplete:
      if (response_->head_.status >= 200) onComplete();
      return true;
    case HttpParser::Event::kEnded:
      return false;
    case HttpParser::Event::kError:
      destroy(absl::InvalidArgumentError(what() + " is malformed: " + parser_.error().reason));
      return false;
  }
  return false;
}

void HttpClientConnection::onInterim() {
  const HttpHead& head = response_->head_;
  if (head.status == 100) request_->emit(kContinue);
  if (request_ && !destroyed()) request_->emit(kInformation, head.status, head.headers);
}

void HttpClientConnection::onHead() {
  delivered_ = true;
  reusable_ = response_->head_.keep_alive;
  const ClientResponsePtr response = response_;
  if (!request_->emit(kResponse, response)) response->resume();
}

void HttpClientConnection::onComplete() {
  response_done_ = true;
  response_->connection_ = nullptr;
  response_->pushEnd();
}

void HttpClientConnection::onPeerEnd() {
  if (tunnel_) return Socket::onPeerEnd();
  if (!request_ || !response_) return destroy();
  if (body_stalled_) return;  // when that was taken
  const cls::FrameScope scope(request_->home());
  if (parser_.finish(&response_->head_) == HttpParser::Event::kComplete && delivered_) {
    reusable_ = false;
    onComplete();
    if (!destroyed()) finishIfDone();
  } else {
    destroy(absl::UnavailableError("the server closed the connection before the end of " + what()));
  }
}

void HttpClientConnection::bodyWanted() {
  body_stalled_ = false;
  defer([this] {
    if (!destroyed() && request_) parse(std::exchange(rest_, {}));
  });
}

void HttpClientConnection::openTunnel(std::string_view early) {
  const ClientRequestPtr request = std::move(request_);
  const ClientResponsePtr response = std::move(response_);
  request->connection_ = nullptr;
  response->connection_ = nullptr;
  tunnel_ = true;
  request->publishFinish(request, response);
  agent_->gone(*this);
  request->destroy();
  response->pushEnd();
  setReading(true);
  setTimeout(loop::Duration::zero());
  if (!request->emit(kTunnel, response, SocketPtr(this), early)) destroy();
}

// --- bytes out ----------------------------------------------------------------------------------

void HttpClientConnection::onFlushed() {
  const ClientRequestPtr request = request_;
  if (!request || !queue().empty()) return;
  const cls::FrameScope scope(request->home());
  request->settle();
  if (destroyed() || request_ != request || !request->writableEnded()) return;
  request->finished();
  if (!destroyed() && request_ == request) finishIfDone();
}

// --- the end of a request -----------------------------------------------------------------------

// It is over when the response has come; a body that the server did not wait for is not sent on.
void HttpClientConnection::finishIfDone() {
  if (!response_done_) return;
  const ClientRequestPtr request = std::move(request_);
  request->publishFinish(request, response_);
  response_ = nullptr;
  request->connection_ = nullptr;
  setTimeout(loop::Duration::zero());
  const bool reusable =
      reusable_ && request->plan_.keep_alive && request->writableFinished() && !peerEnded();
  cls::detached([&] { agent_->done(*this, reusable); });
  request->markDestroyed();
  request->finishClose();
}

void HttpClientConnection::onTimeout() {
  if (tunnel_) return Socket::onTimeout();
  destroy(absl::DeadlineExceededError(request_ ? "no byte came in time for " + what()
                                               : "the connection was idle"));
}

void HttpClientConnection::onDestroy() {
  Socket::onDestroy();
  if (tunnel_) return;
  if (request_) failRequest();
  agent_->gone(*this);
}

// The connection has broken under it.
void HttpClientConnection::failRequest() {
  const ClientRequestPtr request = std::move(request_);
  const ClientResponsePtr response = std::move(response_);
  request->connection_ = nullptr;
  if (response) response->connection_ = nullptr;
  if (loopGone()) {
    request->abandon();
    if (response) response->abandon();
    return;
  }
  // Closed by the server as we were about to use it.
  const bool stale = request->reused_ && !got_bytes_ && !absl::IsDeadlineExceeded(error());
  if (stale && !request->repeated_ && !request->destroyed() && request->isRepeatable()) {
    request->rewind();
    return agent_->submitAnew(*request);
  }
  const absl::Status why =
      error().ok() ? absl::UnavailableError("the server closed the connection before " + what())
                   : error();
  if (delivered_) {
    request->publishError(why);
    response->destroy(why);
    request->destroy();
  } else {
    request->destroy(why);
  }
}

std::string HttpClientConnection::what() const {
  return "the response from " + (path_.empty() ? host_ + ":" + std::to_string(port_) : path_);
}

}  // namespace weft::net::internal
