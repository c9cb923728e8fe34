#include "weft/net/http_request.h"

#include "weft/net/internal/http_exchange.h"
#include "weft/net/internal/http_server_connection.h"

namespace weft::net {

std::string_view Request::path() const noexcept { return url().substr(0, url().find('?')); }

std::string_view Request::query() const noexcept {
  const std::size_t mark = url().find('?');
  return mark == std::string_view::npos ? std::string_view() : url().substr(mark + 1);
}

std::string_view Request::header(std::string_view name) const {
  return headers().get(name).value_or(std::string_view());
}

SocketPtr Request::socket() const { return SocketPtr(exchange_.connection); }

void Request::readMore() {
  if (exchange_.connection != nullptr) exchange_.connection->bodyWanted();
}

void Request::onDestroy() {
  if (exchange_.connection != nullptr) exchange_.connection->destroy(error());
}

void Request::unreferenced() { exchange_.partUnreferenced(); }

}  // namespace weft::net
