// How an HttpServerConnection reads requests and hands them out. The way back is in
// http_server_answers.cc.

#include "weft/net/internal/http_server_connection.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/net/channels.h"

namespace weft::net::internal {
namespace {

using Stage = HttpExchange::Stage;

// Of a body that nobody reads any more. A client that sends more is cut off.
constexpr std::size_t kMaxDropped = 256 * 1024;

constexpr HttpError kHandlerThrew{500, "the server failed to answer"};
constexpr HttpError kNoTunnels{405, "there are no tunnels here"};
constexpr HttpError kUnknownExpectation{417, "the expectation is not known here"};

}  // namespace

HttpServerConnection::HttpServerConnection(EventLoop& loop, HttpServer& server)
    : IoObject(loop),
      Socket(loop),
      server_(server),
      parser_(HttpParser::Kind::kRequest, server.options().limits),
      since_(loop.now()) {}

// --- bytes in -----------------------------------------------------------------------------------

void HttpServerConnection::onBytes(std::string_view bytes) {
  if (mode_ == Mode::kTunnel) return Socket::onBytes(bytes);
  if (mode_ == Mode::kOpen) parse(bytes);
}

void HttpServerConnection::parse(std::string_view input) {
  parsing_ = true;
  absl::Cleanup go_on = [this, &input] {  // a listener threw
    parsing_ = false;
    rest_.assign(input);
    if (!destroyed()) goOn();
  };
  while (mode_ == Mode::kOpen && !destroyed() && !mustStop() && parseOne(&input)) {
  }
  std::move(go_on).Cancel();
  parsing_ = false;
  if (destroyed()) return;
  if (mode_ == Mode::kOpen && (!input.empty() || mustStop())) {
    rest_.assign(input);
    setReading(false);
    if (tunnel_ != nullptr) openTunnel();
  } else {
    setReading(true);
    if (peerEnded()) inputEnded();
  }
  updateWait();
}

// What waits in rest_, later and not from a user's stack.
void HttpServerConnection::goOn() {
  if (std::exchange(go_on_scheduled_, true)) return;
  defer([this] {
    go_on_scheduled_ = false;
    if (destroyed() || mode_ != Mode::kOpen) return;
    const std::string input = std::exchange(rest_, {});
    parse(input);
  });
}

// A request that has begun to arrive is read to its end, if its handler lets us.
bool HttpServerConnection::mustStop() const noexcept {
  if (body_stalled_ || tunnel_ != nullptr) return true;
  return current_ == nullptr && (unanswered_ >= server_.options().max_pipelined ||
                                 queue().size() >= writableHighWaterMark());
}

// The next event; false if there is none.
bool HttpServerConnection::parseOne(std::string_view* input) {
  if (current_ == nullptr) {
    if (input->empty()) return false;
    current_ = HttpExchange::make(*this, loop(), home());
    since_ = loop().now();
  }
  switch (parser_.next(input, &current_->request.head_)) {
    case HttpParser::Event::kNeedMore:
      return false;
    case HttpParser::Event::kHead:
      onHead();
      return true;
    case HttpParser::Event::kBody:
      onBody();
      return true;
    case HttpParser::Event::kComplete:
      onComplete();
      return true;
    case HttpParser::Event::kEnded:
      std::exchange(current_, nullptr)->drop();
      mode_ = Mode::kDeaf;
      return false;
    case HttpParser::Event::kError:
      refuse(parser_.error());
      return false;
  }
  return false;
}

void HttpServerConnection::onPeerEnd() {
  if (mode_ == Mode::kTunnel) return Socket::onPeerEnd();
  if (mode_ == Mode::kLingering) return destroy();
  if (mode_ == Mode::kOpen && !parsing_ && rest_.empty() && !mustStop()) inputEnded();
  updateWait();
}

// Everything that the peer has sent is parsed.
void HttpServerConnection::inputEnded() {
  if (current_ == nullptr) {
    mode_ = Mode::kDeaf;
  } else if (parser_.finish(&current_->request.head_) == HttpParser::Event::kError) {
    refuse(parser_.error());
  } else {
    std::exchange(current_, nullptr)->drop();  // only empty lines
    mode_ = Mode::kDeaf;
  }
}

// --- requests -----------------------------------------------------------------------------------

template <typename F>
void HttpServerConnection::guarded(HttpExchange& exchange, F&& emit) {
  const ResponsePtr hold(&exchange.response);
  try {
    emit();
  } catch (...) {
    if (exchange.connection == this && !exchange.response_complete) {
      answerAndClose(kHandlerThrew, &exchange);
    }
    throw;
  }
}

void HttpServerConnection::onHead() {
  HttpExchange& exchange = *current_;
  exchange.stage = Stage::kUnanswered;
  exchanges_.push(exchange);
  ++unanswered_;
  ++answered_;
  const HttpHead& head = exchange.request.head_;
  continue_due_ = head.expectation == Expectation::kContinue;
  if (wantsTunnel(head)) {
    tunnel_ = &exchange;
  } else if (head.tunnel) {
    answerAndClose(kNoTunnels, &exchange);
  } else if (head.expectation == Expectation::kNone) [[likely]] {
    deliver(exchange, kRequest);
  } else {
    onExpectation(exchange);
  }
}

// --- leaving HTTP

bool HttpServerConnection::wantsTunnel(const HttpHead& head) const noexcept {
  if (head.tunnel) return server_.listenerCount(kConnectMethod) != 0;
  return head.upgrade && head.framing == Framing::kNone && server_.listenerCount(kUpgrade) != 0;
}

// When all earlier requests have been answered.
void HttpServerConnection::openTunnel() {
  if (!isOnTurn(*tunnel_) || !sent_.empty()) return;
  HttpExchange& exchange = *exchanges_.pop();
  const bool is_connect = exchange.request.head_.tunnel;
  const RequestPtr request(&exchange.request);
  current_ = tunnel_ = nullptr;
  mode_ = Mode::kTunnel;
  server_.expect(*this, HttpWait::kNothing, since_);
  exchange.request_complete = true;
  exchange.cut(absl::OkStatus());
  exchange.drop();
  const std::string early = std::exchange(rest_, {});
  setReading(true);
  if (peerEnded()) pushEnd();
  server_.emit(is_connect ? kConnectMethod : kUpgrade, request, SocketPtr(this), early);
}

void HttpServerConnection::onExpectation(HttpExchange& exchange) {
  const bool is_continue = exchange.request.head_.expectation == Expectation::kContinue;
  if (is_continue && server_.listenerCount(kCheckContinue) != 0) {
    deliver(exchange, kCheckContinue);
  } else if (is_continue) {
    exchange.response.writeContinue();
    deliver(exchange, kRequest);
  } else if (server_.listenerCount(kCheckExpectation) != 0) {
    deliver(exchange, kCheckExpectation);
  } else {
    answerAndClose(kUnknownExpectation, &exchange);
  }
}

void HttpServerConnection::deliver(HttpExchange& exchange, const RequestEvent& event) {
  const RequestPtr request(&exchange.request);
  const ResponsePtr response(&exchange.response);
  exchange.started = true;
  kHttpRequestStart.publish(request, response);
  try {
    server_.emit(event, request, response);
  } catch (...) {
    if (exchange.connection == this && !exchange.response_complete) {
      answerAndClose(kHandlerThrew, &exchange);
    }
    if (server_.listenerCount(kRequestError) == 0) throw;
    server_.emit(kRequestError, std::current_exception(), request);
  }
}

void HttpServerConnection::onBody() {
  HttpExchange& exchange = *current_;
  if (exchange.stage == Stage::kReceding) {
    dropped_ += parser_.body().size();
    if (dropped_ > kMaxDropped && !exchange.request.isPaused()) {
      mode_ = Mode::kDeaf;
      return end();
    }
  }
  guarded(exchange, [this, &exchange] {
    if (!exchange.request.push(parser_.body())) body_stalled_ = true;
  });
}

void HttpServerConnection::onComplete() {
  HttpExchange& exchange = *std::exchange(current_, nullptr);
  exchange.request_complete = true;
  continue_due_ = false;
  dropped_ = 0;
  const bool answered = exchange.stage == Stage::kReceding;
  if (answered) {
    exchange.stage = Stage::kSent;
    sent_.push(exchange);
  }
  absl::Cleanup go_on = [this, answered] {  // a listener threw
    if (answered) wrapUpSentLater();
  };
  guarded(exchange, [&exchange] { exchange.request.pushEnd(); });
  std::move(go_on).Cancel();
  if (answered) wrapUpSent();
}

void HttpServerConnection::bodyWanted() {
  body_stalled_ = false;
  goOn();
}

}  // namespace weft::net::internal
