// HttpServerConnection: one client of an HttpServer; a socket whose bytes go to the parser.
//
//      bytes -> parser -> current_ -> exchanges_ -> sent_ -> wrapped up
//
// One call of parse() takes what was read as far as possible: each complete head is delivered at
// once, and what the handlers answer meanwhile leaves in one send when it returns. It stops, and
// reading with it, when too many requests or too many bytes wait, or when a body is not wanted yet;
// the bytes that are left then wait in rest_.
//
// User code may do anything from inside: answer, destroy, throw. Nothing is emitted from a user's
// stack: what a response that ends makes possible (the next one, `finish`) comes with the flush.
//
// Threads: the loop's.

#ifndef WEFT_NET_INTERNAL_HTTP_SERVER_CONNECTION_H_
#define WEFT_NET_INTERNAL_HTTP_SERVER_CONNECTION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "weft/net/http_server.h"
#include "weft/net/internal/deadlines.h"
#include "weft/net/internal/http_exchange.h"
#include "weft/net/internal/http_parser.h"
#include "weft/net/internal/http_writer.h"
#include "weft/net/internal/intrusive_list.h"
#include "weft/net/socket.h"

namespace weft::net::internal {

class HttpServerConnection final : public Socket,
                                   public DeadlineHook,
                                   public ListHook<ConnectionTag> {
 public:
  HttpServerConnection(EventLoop& loop, HttpServer& server);

  using Socket::loopGone;

  // --- for responses and requests
  bool isOnTurn(const HttpExchange& exchange) const noexcept {
    return exchanges_.front() == &exchange;
  }
  stream::ByteQueue& output() noexcept { return queue(); }
  const stream::ByteQueue& output() const noexcept { return queue(); }
  AnsweredRequest answered(const HttpExchange& exchange) const;
  std::string_view date();
  void responseWrote(HttpExchange& exchange);
  void callWhenGone(Done done) { whenGone(std::move(done)); }
  void bodyWanted();
  void continued() noexcept { continue_due_ = false; }

  // --- for the server
  // It waits for a request.
  bool isIdle() const noexcept;
  // What it waited for has not come in time.
  void onLate(HttpWait wait);
  // The server is closing.
  void closeWhenIdle();
  // Tells the server what the connection waits for now, if that has changed.
  void updateWait();
  void setWaitsFor(HttpWait wait) noexcept { wait_ = wait; }

 private:
  using RequestEvent = Event<const RequestPtr&, const ResponsePtr&>;
  enum class Mode : std::uint8_t {
    kOpen,
    kDeaf,       // no further request is read; the last answers are on their way
    kLingering,  // everything is said; what still arrives is dropped
    kTunnel,     // no more HTTP: a socket like any other
  };

  ~HttpServerConnection() override = default;

  void onBytes(std::string_view bytes) override;
  void onPeerEnd() override;
  void onFlushed() override;
  void afterFinish() override;
  void onTimeout() override;
  void onDestroy() override;

  void parse(std::string_view input);
  bool parseOne(std::string_view* input);
  bool mustStop() const noexcept;
  void goOn();
  void inputEnded();
  void onHead();
  bool wantsTunnel(const HttpHead& head) const noexcept;
  void openTunnel();
  void onExpectation(HttpExchange& exchange);
  void deliver(HttpExchange& exchange, const RequestEvent& event);
  void onBody();
  void onComplete();
  template <typename F>
  void guarded(HttpExchange& exchange, F&& emit);

  void refuse(const HttpError& error);
  void answerAndClose(const HttpError& error, HttpExchange* culprit);
  void advance();
  void endWith(HttpExchange& last);
  void sayFarewell();
  void wrapUpSent();
  void wrapUpSentLater();

  HttpServer& server_;  // kept by the Socket
  HttpParser parser_;
  Mode mode_ = Mode::kOpen;
  HttpWait wait_ = HttpWait::kNothing;
  bool parsing_ = false;
  bool go_on_scheduled_ = false;
  bool body_stalled_ = false;   // the current request wants no more for now
  bool continue_due_ = false;   // the client waits for "100 Continue"
  std::uint64_t answered_ = 0;  // heads delivered
  std::size_t unanswered_ = 0;
  std::size_t dropped_ = 0;          // of the current body, after its answer
  loop::TimePoint since_{};          // when what arrives now began
  std::string rest_;                 // read, but not parsed yet
  std::string farewell_;             // the last answer, if it is ours
  HttpExchange* current_ = nullptr;  // what arrives now
  HttpExchange* tunnel_ = nullptr;   // the last request: behind it there is no HTTP
  HttpExchangeQueue exchanges_;
  HttpExchangeQueue sent_;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_SERVER_CONNECTION_H_
