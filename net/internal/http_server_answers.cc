// How an HttpServerConnection answers: in order, refusing where it must, and the end. What arrives
// is in http_server_connection.cc.

#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "weft/net/http_status.h"
#include "weft/net/internal/http_server_connection.h"

namespace weft::net::internal {

using Stage = HttpExchange::Stage;

namespace {

constexpr HttpError kTooSlow{408, "the request did not arrive in time"};

absl::Status statusOf(const HttpError& error) {
  return error.status == 408 ? absl::DeadlineExceededError(error.reason)
                             : absl::InvalidArgumentError(error.reason);
}

}  // namespace

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
  if (mode_ == Mode::kTunnel) return;
  wrapUpSent();
  if (destroyed()) return;
  if (tunnel_ != nullptr) openTunnel();
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
  absl::Cleanup go_on = [this] { wrapUpSentLater(); };  // a listener threw
  while (!sent_.empty() && sent_.front()->end_position <= gone()) {
    HttpExchange& exchange = *sent_.front();
    const bool whole = exchange.wrapUp();
    if (destroyed()) break;
    sent_.pop();
    whole ? exchange.drop() : void(exchange.stage = Stage::kReceding);
  }
  std::move(go_on).Cancel();
}

void HttpServerConnection::wrapUpSentLater() {
  defer([this] {
    if (!destroyed()) wrapUpSent();
  });
}

// --- refusing -----------------------------------------------------------------------------------

// What arrives is not, or not in time, a request.
void HttpServerConnection::refuse(const HttpError& error) {
  mode_ = Mode::kDeaf;
  if (server_.listenerCount(kClientError) != 0) {
    server_.emit(kClientError, statusOf(error), SocketPtr(this));
  } else {
    answerAndClose(error, current_);
  }
}

// After the answers to earlier requests. `culprit`, if there is one, is the last request.
void HttpServerConnection::answerAndClose(const HttpError& error, HttpExchange* culprit) {
  mode_ = Mode::kDeaf;
  const bool bodiless = culprit != nullptr && culprit->request.method() == "HEAD";
  if (culprit != nullptr && culprit->stage == Stage::kUnanswered) {
    if (culprit->response.headersSent()) return destroy(statusOf(error));
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
              "\r\nConnection: close\r\n\r\n" + (bodiless ? "" : body);
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
  if (destroyed() || mode_ == Mode::kLingering || mode_ == Mode::kTunnel) return;
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

// A Socket's own timer, whoever set it.
void HttpServerConnection::onTimeout() {
  if (emit(kTimeout) || mode_ == Mode::kTunnel) return;
  // What the system still holds for a client that does not read is not worth its memory.
  if (!isIdle()) sayReset();
  destroy(absl::DeadlineExceededError("nothing came or went in time"));
}

// Everything is written. To close while bytes arrive that nobody reads would make the system send
// RST, which may overtake the last answer: so the other side closes, or the time is up (RFC 9112
// 9.6).
void HttpServerConnection::afterFinish() {
  if (mode_ == Mode::kTunnel) return Socket::afterFinish();
  if (peerEnded()) return destroy();
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
  const bool queued = current != nullptr &&
                      (current->stage == Stage::kUnanswered || current->stage == Stage::kSent);
  if (current != nullptr && !queued) {
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
