#include "weft/net/internal/http_exchange.h"

#include <utility>

#include "weft/net/channels.h"
#include "weft/net/internal/http_server_connection.h"

namespace weft::net::internal {

class HttpExchange::FreeList {
 public:
  static FreeList& ofThread() {
    thread_local FreeList list;
    return list;
  }
  ~FreeList() {
    while (first_ != nullptr) delete std::exchange(first_, first_->next);
    closed_ = true;
  }

  HttpExchange* take(EventLoop& loop) {
    if (first_ == nullptr) return new HttpExchange(loop);
    --size_;
    return std::exchange(first_, first_->next);
  }
  void give(HttpExchange* exchange) noexcept {
    if (closed_ || size_ == kKept) {
      delete exchange;
      return;
    }
    exchange->next = std::exchange(first_, exchange);
    ++size_;
  }

 private:
  static constexpr int kKept = 256;

  HttpExchange* first_ = nullptr;
  int size_ = 0;
  bool closed_ = false;  // the thread is ending
};

HttpExchange* HttpExchange::make(HttpServerConnection& connection, EventLoop& loop,
                                 const cls::HeldFrame<cls::Holder::kWatcher>& home) {
  HttpExchange* const exchange = FreeList::ofThread().take(loop);
  exchange->connection = &connection;
  exchange->next = nullptr;
  exchange->held_ = true;
  exchange->request.reopen(loop, home.share());
  exchange->response.reopen(loop, home.share());
  exchange->request.setPeerFails();
  exchange->response.setPeerFails();
  return exchange;
}

// Nobody is left whom it could be told, or who could ask.
bool HttpExchange::isForgotten() const noexcept {
  return request_complete && !request.referenced() && !response.referenced() &&
         !request.hasListeners() && !response.hasListeners() &&
         !kHttpRequestFinish.hasSubscribers();
}

bool HttpExchange::wrapUp() {
  if (isForgotten()) return true;  // drop() does the rest
  const ResponsePtr hold(&response);
  while (true) {
    switch (next_step_++) {
      case 0:
        if (kHttpRequestFinish.hasSubscribers() && started) [[unlikely]]
          kHttpRequestFinish.publish(RequestPtr(&request), hold);
        response.finished();
        break;
      case 1:
        request.dump();
        if (!request_complete && connection != nullptr) {
          next_step_ = 1;
          return false;
        }
        request.markDestroyed();
        response.markDestroyed();
        break;
      case 2:
        request.finishClose();
        break;
      case 3:
        response.finishClose();
        break;
      default:
        return true;
    }
  }
}

void HttpExchange::cut(const absl::Status& why) {
  if (connection != nullptr && connection->loopGone()) {
    request.abandon();
    response.abandon();
  } else if (kHttpRequestError.hasSubscribers() && started && next_step_ == 0) [[unlikely]] {
    kHttpRequestError.publish(RequestPtr(&request), ResponsePtr(&response), why);
  }
  connection = nullptr;
  response.destroy();
  request.destroy(request_complete ? absl::OkStatus() : why);
}

void HttpExchange::drop() noexcept {
  if (!std::exchange(held_, false)) return;
  connection = nullptr;
  partUnreferenced();
}

void HttpExchange::partUnreferenced() noexcept {
  if (held_ || request.referenced() || response.referenced()) return;
  reset();
  FreeList::ofThread().give(this);
}

void HttpExchange::reset() noexcept {
  request.dropAll();
  request.resetReadable();
  response.dropAll();
  response.resetWritable();
  response.reset();
  end_position = 0;
  stage = Stage::kArriving;
  request_complete = response_complete = refused = started = false;
  next_step_ = 0;
}

}  // namespace weft::net::internal
