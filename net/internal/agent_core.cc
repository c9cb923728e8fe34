#include "weft/net/internal/agent_core.h"

#include <utility>

#include "weft/cls/frame.h"
#include "weft/net/internal/http_client_connection.h"

namespace weft::net::internal {

std::string AgentCore::keyOf(const RequestOptions& options) {
  if (!options.socket_path.empty()) return "unix:" + options.socket_path;
  return options.host + ":" + std::to_string(options.port);
}

ClientRequestPtr AgentCore::makeRequest(RequestOptions options) {
  ClientRequestPtr request(new ClientRequest(loop_, std::move(options)));
  request->agent_ = stream::RefPtr<AgentCore>(this);
  return request;
}

void AgentCore::submit(ClientRequest& request) {
  const std::string key = keyOf(request.options_);
  Place& place = places_[key];
  if (HttpClientConnection* const idle = place.free.front()) {
    idle->leavePool();
    --free_;
    ++place.active;
    idle->serve(request);
  } else if (place.active < options_.max_sockets) {
    connectFor(request, key, place);
  } else {
    place.waiting.push_back(ClientRequestPtr(&request));
  }
}

void AgentCore::submitAnew(ClientRequest& request) {
  const std::string key = keyOf(request.options_);
  connectFor(request, key, places_[key]);
}

void AgentCore::connectFor(ClientRequest& request, const std::string& key, Place& place) {
  ++place.active;
  const stream::RefPtr<HttpClientConnection> connection = cls::detached(
      [&] { return stream::makeRef<HttpClientConnection>(loop_, *this, key, request.options_); });
  connection->serve(request);
  cls::detached([&] { connection->begin(); });
}

void AgentCore::done(HttpClientConnection& connection, bool reusable) {
  const std::string key = connection.key();
  Place& place = places_[key];
  if (!reusable || closed_ || !options_.keep_alive) return connection.destroy();
  while (!place.waiting.empty()) {
    const ClientRequestPtr next = std::move(place.waiting.front());
    place.waiting.pop_front();
    if (!next->destroyed()) return connection.serve(*next);
  }
  if (free_ >= options_.max_free_sockets) return connection.destroy();
  --place.active;
  ++free_;
  connection.enterPool();
  place.free.pushBack(connection);
}

void AgentCore::gone(HttpClientConnection& connection) {
  const auto found = places_.find(connection.key());
  if (found == places_.end()) return;
  connection.ListHook<FreeSocketTag>::linked() ? --free_ : --found->second.active;
  connection.ListHook<FreeSocketTag>::unlink();
  if (!connection.loopGone()) serveNext(connection.key());
}

// A place has become free.
void AgentCore::serveNext(const std::string& key) {
  const auto found = places_.find(key);
  if (found == places_.end()) return;
  Place& place = found->second;
  while (!place.waiting.empty() && place.active < options_.max_sockets) {
    const ClientRequestPtr next = std::move(place.waiting.front());
    place.waiting.pop_front();
    if (!next->destroyed()) connectFor(*next, key, place);
  }
  if (place.active == 0 && place.free.empty()) places_.erase(found);
}

void AgentCore::close() {
  closed_ = true;
  closeIdle();
}

void AgentCore::closeIdle() {
  for (auto place = places_.begin(); place != places_.end();) {
    HttpClientConnection* const idle = place->second.free.front();
    if (idle == nullptr) {
      ++place;
    } else {
      idle->destroy();  // changes the map
      place = places_.begin();
    }
  }
}

std::size_t AgentCore::activeSockets() const noexcept {
  std::size_t count = 0;
  for (const auto& [key, place] : places_) count += place.active;
  return count;
}

std::size_t AgentCore::waitingRequests() const noexcept {
  std::size_t count = 0;
  for (const auto& [key, place] : places_) count += place.waiting.size();
  return count;
}

}  // namespace weft::net::internal
