#include "weft/net/http_server.h"

#include <ctime>

#include "weft/net/internal/http_server_connection.h"

namespace weft::net {

using internal::HttpWait;

namespace {

// Deadlines are looked at this often at most, so that those that come due together cost one timer.
constexpr auto kGranularity = std::chrono::milliseconds(10);

loop::Duration timeoutOf(const HttpServerOptions& options, HttpWait wait) {
  switch (wait) {
    case HttpWait::kHeaders:
      return options.headers_timeout;
    case HttpWait::kRequest:
      return options.request_timeout;
    case HttpWait::kIdle:
      return options.keep_alive_timeout;
    default:
      return options.linger_timeout;
  }
}

}  // namespace

HttpServerPtr createHttpServer(EventLoop& loop, const HttpServerOptions& options) {
  return HttpServerPtr(new HttpServer(loop, options));
}

HttpServer::HttpServer(EventLoop& loop, const HttpServerOptions& options)
    : Server(loop), options_(options) {}

HttpServer::~HttpServer() { timer_.clear(); }

SocketPtr HttpServer::makeSocket() { return SocketPtr(new Connection(loop(), *this)); }

void HttpServer::onConnection(const SocketPtr& socket) {
  Connection& connection = static_cast<Connection&>(*socket);
  open_.pushBack(connection);
  connection.updateWait();
  if (options_.idle_timeout > loop::Duration::zero()) connection.setTimeout(options_.idle_timeout);
  emit(kConnection, socket);
}

void HttpServer::onClosing() { closeIdleConnections(); }

void HttpServer::closeIdleConnections() {
  for (Connection* connection = open_.front(); connection != nullptr;) {
    Connection* const next = open_.after(*connection);
    connection->closeWhenIdle();
    connection = next;
  }
}

void HttpServer::closeAllConnections() {
  while (Connection* connection = open_.front()) connection->destroy();
}

// The clock is read once for all answers of about the same moment.
std::string_view HttpServer::date() {
  if (date_text_.empty() || loop().now() - date_made_ >= kGranularity) {
    date_made_ = loop().now();
    date_text_ = date_.at(std::time(nullptr));
  }
  return date_text_;
}

// --- deadlines ----------------------------------------------------------------------------------

void HttpServer::expect(Connection& connection, HttpWait wait, loop::TimePoint since) {
  connection.setWaitsFor(wait);
  const loop::Duration timeout = timeoutOf(options_, wait);
  if (wait == HttpWait::kNothing || timeout <= loop::Duration::zero()) {
    static_cast<internal::DeadlineHook&>(connection).unlink();
    return;
  }
  const loop::TimePoint deadline = loop::after(since, timeout);
  deadlines_.set(connection, static_cast<std::size_t>(wait), deadline);
  if (!timer_.active() || deadline < timer_at_) armTimer();
}

void HttpServer::armTimer() {
  timer_.clear();
  const std::optional<loop::TimePoint> next = deadlines_.next();
  if (!next) return;
  timer_at_ = *next;
  cls::detached([this] {
    const loop::Duration delay = std::max<loop::Duration>(timer_at_ - loop().now(), kGranularity);
    timer_ = loop().setTimeout([this] { cutLate(); }, delay);
    timer_.unref();
  });
}

void HttpServer::cutLate() {
  const loop::TimePoint now = loop().now();
  for (const HttpWait wait :
       {HttpWait::kHeaders, HttpWait::kRequest, HttpWait::kIdle, HttpWait::kLinger}) {
    while (internal::DeadlineHook* late =
               deadlines_.takeLate(static_cast<std::size_t>(wait), now)) {
      static_cast<Connection*>(late)->onLate(wait);
    }
  }
  armTimer();
}

}  // namespace weft::net
