#include "weft/net/internal/agent_core.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
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
  // The one that was used last: the server is the least likely to be closing it.
  if (HttpClientConnection* const idle = place.free.back()) {
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
  Place& place = places_[key];
  if (place.active < options_.max_sockets) {
    connectFor(request, key, place);
  } else {
    place.waiting.push_front(ClientRequestPtr(&request));
  }
}

void AgentCore::withdraw(ClientRequest& request) {
  const auto found = places_.find(keyOf(request.options_));
  if (found == places_.end()) return;
  std::erase_if(found->second.waiting,
                [&request](const ClientRequestPtr& waiting) { return waiting.get() == &request; });
}

void AgentCore::connectFor(ClientRequest& request, const std::string& key, Place& place) {
  const stream::RefPtr<HttpClientConnection> connection = cls::detached(
      [&] { return stream::makeRef<HttpClientConnection>(loop_, *this, key, request.options_); });
  ++place.active;
  absl::Cleanup fail = [&connection] {  // the request knows the connection, which nothing keeps yet
    connection->destroy(absl::ResourceExhaustedError("no memory to connect"));
  };
  connection->serve(request);
  cls::detached([&] { connection->begin(); });
  std::move(fail).Cancel();
}

void AgentCore::done(HttpClientConnection& connection, bool reusable) {
  const std::string key = connection.key();
  Place& place = places_[key];
  if (!reusable || closed_ || !options_.keep_alive) return connection.destroy();
  if (!place.waiting.empty()) {
    const ClientRequestPtr next = std::move(place.waiting.front());
    place.waiting.pop_front();
    return connection.serve(*next);
  }
  if (free_ >= options_.max_free_sockets) return connection.destroy();
  --place.active;
  ++free_;
  connection.enterPool();
  place.free.pushBack(connection);
}

void AgentCore::gone(HttpClientConnection& connection) {
  const auto found = places_.find(connection.key());
  Place& place = found->second;
  connection.ListHook<FreeSocketTag>::linked() ? --free_ : --place.active;
  connection.ListHook<FreeSocketTag>::unlink();
  if (connection.loopGone()) {
    forgetWaiting(place);
  } else {
    cls::detached([&] { serveNext(connection.key()); });
  }
}

// There is room for another connection, or nothing left to do. A connection that fails at once
// comes by here again: the outer call goes on.
void AgentCore::serveNext(const std::string& key) {
  if (std::exchange(serving_next_, true)) return;
  const auto found = places_.find(key);
  Place& place = found->second;
  while (!place.waiting.empty() && place.active < options_.max_sockets) {
    const ClientRequestPtr next = std::move(place.waiting.front());
    place.waiting.pop_front();
    connectFor(*next, key, place);
  }
  if (place.active == 0 && place.free.empty()) places_.erase(found);
  serving_next_ = false;
}

// Nobody will serve them: the loop has ended.
void AgentCore::forgetWaiting(Place& place) noexcept {
  while (!place.waiting.empty()) {
    const ClientRequestPtr next = std::move(place.waiting.front());
    place.waiting.pop_front();
    next->abandon();
  }
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
