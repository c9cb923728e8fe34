// HttpExchange: one request and its response on a server's connection.
//
// Both live in one object, which comes from a free list of the thread and goes back there when
// neither is referenced any more, with all its memory: in steady state a request allocates nothing.
//
// Its way:
//   1. made by the connection when the first byte of a message arrives; the parser fills in the
//      request's head
//   2. in the connection's queue, from the complete head to the last byte of the response; the
//      first of the queue is "on turn": its response goes straight into the socket's queue, that of
//      the others waits in their own
//   3. waiting for the socket to take those bytes; then it is wrapped up: `finish`, `close`
//
// If the connection breaks, both are destroyed with it and know it no more.
//
// Threads: the loop's.

#ifndef WEFT_NET_INTERNAL_HTTP_EXCHANGE_H_
#define WEFT_NET_INTERNAL_HTTP_EXCHANGE_H_

#include <cstdint>

#include "weft/net/http_request.h"
#include "weft/net/http_response.h"

namespace weft::net::internal {

class HttpExchange {
 public:
  // A new one, held by its connection until drop(). It emits in the contexts of `home`.
  static HttpExchange* make(HttpServerConnection& connection, EventLoop& loop,
                            const cls::HeldFrame<cls::Holder::kWatcher>& home);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  Request request;
  Response response;
  HttpServerConnection* connection = nullptr;  // null once that is gone
  HttpExchange* next = nullptr;                // in whichever queue it is
  // Where in the connection's output the response ends.
  std::uint64_t end_position = 0;
  enum class Stage : std::uint8_t {
    kArriving,    // its head does
    kUnanswered,  // in the queue
    kSent,        // in the other
    kReceding,    // answered, but its body still arrives
  };
  Stage stage = Stage::kArriving;
  bool request_complete = false;  // nothing more arrives for it
  bool response_complete = false;
  // The connection answers it in place of the handler, which can no more.
  bool refused = false;
  bool started = false;  // it was handed out, and that was published

  // Emits `finish`, and `close` of both. False if the request has not arrived wholly: call again
  // when it has. After a listener's exception another call goes on behind it.
  bool wrapUp();
  // The connection is gone, or gives the exchange up: both are destroyed, and know it no more.
  void cut(const absl::Status& why);
  // The connection holds it no more.
  void drop() noexcept;
  // A reference to one of the two has gone.
  void partUnreferenced() noexcept;

 private:
  class FreeList;

  explicit HttpExchange(EventLoop& loop) : request(*this, loop), response(*this, loop) {}
  ~HttpExchange() = default;
  bool isForgotten() const noexcept;
  void reset() noexcept;

  int next_step_ = 0;  // of wrapUp()
  bool held_ = false;  // by the connection
};

// First in, first out, through `next`.
class HttpExchangeQueue {
 public:
  bool empty() const noexcept { return front_ == nullptr; }
  HttpExchange* front() const noexcept { return front_; }
  void push(HttpExchange& exchange) noexcept {
    exchange.next = nullptr;
    (front_ == nullptr ? front_ : back_->next) = &exchange;
    back_ = &exchange;
  }
  HttpExchange* pop() noexcept {
    HttpExchange* first = front_;
    front_ = first->next;
    first->next = nullptr;
    return first;
  }

 private:
  HttpExchange* front_ = nullptr;
  HttpExchange* back_ = nullptr;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_EXCHANGE_H_
