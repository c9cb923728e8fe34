#include "weft/net/internal/http_server_connection.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/net/http_status.h"

namespace weft::net::internal {
namespace {

using Stage = HttpExchange::Stage;

// Of a body that nobody reads any more. A client that sends more is cut off.
constexpr std::size_t kMaxDropped = 256 * 1024;

constexpr HttpError kTooSlow{408, "the request did not arrive in time"};
constexpr HttpError kHandlerThrew{500, "the server failed to answer"};
constexpr HttpError kUnknownExpectation{417, "the expectation is not known here"};

absl::Status statusOf(const HttpError& error) {
  return error.status == 408 ? absl::DeadlineExceededError(error.reason)
                             : absl::InvalidArgumentError(error.reason);
}

}  // namespace

HttpServerConnection::HttpServerConnection(EventLoop& loop, HttpServer& server)
    : IoObject(loop),
      Socket(loop),
      server_(server),
      parser_(HttpParser::Kind::kRequest, server.options().limits),
      since_(loop.now()) {}

// --- bytes in -----------------------------------------------------------------------------------

void HttpServerConnection::onBytes(std::string_view bytes) {
  if (mode_ != Mode::kOpen) {
    unread_ = true;
    return;
  }
  parse(bytes);
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
  if (mode_ != Mode::kOpen) {
    unread_ = unread_ || !input.empty();
  } else if (!input.empty() || mustStop()) {
    rest_.assign(input);
    setReading(false);
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
  if (body_stalled_) return true;
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
  if (head.tunnel) {
    answerAndClose({405, "there are no tunnels here"}, &exchange);
  } else if (head.expectation == Expectation::kNone) [[likely]] {
    deliver(exchange, kRequest);
  } else {
    onExpectation(exchange);
  }
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
      unread_ = true;
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
  guarded(exchange, [&exchange] { exchange.request.pushEnd(); });
  if (exchange.connection == this && exchange.stage == Stage::kReceding) {
    exchange.stage = Stage::kSent;
    sent_.push(exchange);
    wrapUpSent();
  }
}

void HttpServerConnection::bodyWanted() {
  body_stalled_ = false;
  goOn();
}

// --- responses ----------------------------------------------------------------------------------

AnsweredRequest HttpServerConnection::answered(const HttpExchange& exchange) const {
  const HttpHead& head = exchange.request.head_;
  const auto& options = server_.options();
  const bool is_last = exchange.next == nullptr && (current_ == nullptr || current_ == &exchange);
  const bool enough =
      options.max_requests_per_connection != 0 && answered_ >= options.max_requests_per_connection;
  const bool must_close =
      is_last && (server_.closing() || enough || (continue_due_ && current_ == &exchange));
  return {.is_head = head.method == "HEAD",
          .is_connect = head.tunnel,
          .minor_version = head.minor_version,
          .keep_alive = head.keep_alive && !must_close};
}

std::string_view HttpServerConnection::date() { return server_.date(); }

// From a user's stack.
void HttpServerConnection::responseWrote(HttpExchange& exchange) {
  if (exchange.response.writableEnded()) exchange.response_complete = true;
  if (!isOnTurn(exchange)) return;
  advance();
  writeSome();
}

// Responses that are complete make way for the next ones.
void HttpServerConnection::advance() {
  while (!exchanges_.empty()) {
    HttpExchange& front = *exchanges_.front();
    if (front.refused || !front.response_complete) break;
    exchanges_.pop();
    --unanswered_;
    front.stage = Stage::kSent;
    front.end_position = gone() + queue().size();
    sent_.push(front);
    if (!front.response.plan_.keep_alive) return endWith(front);
    if (!exchanges_.empty()) exchanges_.front()->response.spliceInto(*this);
  }
  const bool our_turn = exchanges_.empty() || exchanges_.front()->refused;
  if (our_turn && !farewell_.empty()) sayFarewell();
}

// Its response said that it is the last.
void HttpServerConnection::endWith(HttpExchange& last) {
  mode_ = Mode::kDeaf;
  unread_ = unread_ || !rest_.empty() || (current_ != nullptr && !last.request_complete);
  while (!exchanges_.empty()) {
    HttpExchange& unheard = *exchanges_.pop();
    unheard.cut(absl::CancelledError("an earlier response closed the connection"));
    if (&unheard == current_) current_ = nullptr;
    unheard.drop();
  }
  if (current_ != nullptr && current_ != &last) std::exchange(current_, nullptr)->drop();
  end();
}

void HttpServerConnection::onFlushed() {
  wrapUpSent();
  if (destroyed()) return;
  if (!exchanges_.empty() && exchanges_.front()->response.writableNeedDrain()) {
    exchanges_.front()->response.settle();
    if (destroyed()) return;
  }
  if (mode_ == Mode::kOpen && (!rest_.empty() || !isReading()) && !mustStop()) goOn();
  if (!parsing_) updateWait();
}

// Those whose bytes have gone. Each stays in its queue until it was told, so that destroy() from
// one of its listeners finds it.
void HttpServerConnection::wrapUpSent() {
  absl::Cleanup go_on = [this] {  // a listener threw
    defer([this] {
      if (!destroyed()) wrapUpSent();
    });
  };
  while (!sent_.empty() && sent_.front()->end_position <= gone()) {
    HttpExchange& exchange = *sent_.front();
    const bool whole = exchange.wrapUp();
    if (destroyed()) break;
    sent_.pop();
    whole ? exchange.drop() : void(exchange.stage = Stage::kReceding);
  }
  std::move(go_on).Cancel();
}

// --- refusing -----------------------------------------------------------------------------------

// What arrives is not, or not in time, a request.
void HttpServerConnection::refuse(const HttpError& error) {
  mode_ = Mode::kDeaf;
  unread_ = true;
  if (server_.listenerCount(kClientError) != 0) {
    server_.emit(kClientError, statusOf(error), SocketPtr(this));
  } else {
    answerAndClose(error, current_);
  }
}

// After the answers to earlier requests. `culprit`, if there is one, is the last request.
void HttpServerConnection::answerAndClose(const HttpError& error, HttpExchange* culprit) {
  mode_ = Mode::kDeaf;
  if (culprit != nullptr && culprit->stage == Stage::kUnanswered) {
    if (culprit->response.headersSent()) return destroy(statusOf(error));
    unread_ = unread_ || !culprit->request_complete;
    culprit->refused = true;
    culprit->cut(statusOf(error));
    if (current_ == culprit) current_ = nullptr;
  } else if (culprit != nullptr && culprit->stage == Stage::kReceding) {
    return end();  // it has its answer
  } else if (current_ != nullptr) {
    std::exchange(current_, nullptr)->drop();
  }
  const std::string status = std::to_string(error.status) + " ";
  const std::string body = std::string(error.reason) + "\n";
  farewell_ = "HTTP/1.1 " + status + std::string(httpReason(error.status)) +
              "\r\nDate: " + std::string(date()) +
              "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\nConnection: close\r\n\r\n" + body;
  advance();
}

void HttpServerConnection::sayFarewell() {
  if (!exchanges_.empty()) {
    exchanges_.pop()->drop();
    --unanswered_;
  }
  end(std::exchange(farewell_, {}));
}

// --- waiting, and the end -----------------------------------------------------------------------

bool HttpServerConnection::isIdle() const noexcept {
  return current_ == nullptr && exchanges_.empty() && sent_.empty() && queue().empty();
}

void HttpServerConnection::closeWhenIdle() {
  if (isIdle() && !destroyed()) destroy();
}

void HttpServerConnection::updateWait() {
  if (destroyed() || mode_ == Mode::kLingering) return;
  const bool done = mode_ == Mode::kDeaf ? peerEnded() && !writableEnded() : server_.closing();
  if (done && isIdle()) return destroy();
  HttpWait wait = HttpWait::kNothing;
  if (mode_ == Mode::kOpen) {
    if (current_ != nullptr) {
      wait = current_->stage == Stage::kArriving ? HttpWait::kHeaders : HttpWait::kRequest;
    } else if (isIdle()) {
      wait = answered_ == 0 ? HttpWait::kHeaders : HttpWait::kIdle;
    }
  }
  if (wait == HttpWait::kIdle) {
    since_ = loop().now();
  } else if (wait == wait_) {
    return;
  }
  server_.expect(*this, wait, since_);
}

void HttpServerConnection::onLate(HttpWait wait) {
  const bool begun = current_ != nullptr;
  if (begun && (wait == HttpWait::kHeaders || wait == HttpWait::kRequest)) {
    refuse(kTooSlow);
  } else {
    destroy();
  }
}

// Everything is written. To close with bytes unread would make the system send RST, which may
// overtake the last answer.
void HttpServerConnection::afterFinish() {
  if (peerEnded() || !unread_) return destroy();
  mode_ = Mode::kLingering;
  setReading(true);
  server_.expect(*this, HttpWait::kLinger, loop().now());
}

void HttpServerConnection::onDestroy() {
  DeadlineHook::unlink();
  ListHook<ConnectionTag>::unlink();
  const absl::Status why =
      error().ok() ? absl::CancelledError("the connection was closed") : error();
  HttpExchange* const current = std::exchange(current_, nullptr);
  if (current != nullptr && current->stage != Stage::kUnanswered) {
    if (current->stage == Stage::kReceding) current->cut(why);
    current->drop();
  }
  for (HttpExchangeQueue* queue : {&sent_, &exchanges_}) {
    while (!queue->empty()) {
      HttpExchange* const exchange = queue->pop();
      exchange->cut(why);
      exchange->drop();
    }
  }
  Socket::onDestroy();
}

}  // namespace weft::net::internal
