// Agent: keeps HTTP connections for the next request, and a limit on how many there are.
//
//   http::Agent agent(loop, {.max_sockets = 8});  // at a time, to each host and port
//   auto request = agent.request({.method = "POST", .host = "127.0.0.1", .port = 8080});
//   request->end("body");
//
// Requests beyond the limit wait in line, each with its own contexts. Connections belong to no
// context. One that has served is used again if both sides want that and nothing of the response
// is left over; one that the server closes at the very moment it is used again is replaced once,
// for requests that may be repeated (GET, HEAD, ... without a body).
//
// What is under way goes on when the agent is destroyed; its idle connections are closed.
//
// Threads: the loop's only.

#ifndef WEFT_NET_HTTP_AGENT_H_
#define WEFT_NET_HTTP_AGENT_H_

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "weft/net/http_client.h"
#include "weft/net/http_limits.h"
#include "weft/net/internal/agent_core.h"

namespace weft::http {

using net::AgentOptions;

class Agent {
 public:
  // Throws UsageError for a limit of 0 sockets.
  explicit Agent(EventLoop& loop, const AgentOptions& options = {});
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // A new request, whose body and end() are the caller's to write.
  net::ClientRequestPtr request(net::RequestOptions options);
  template <typename F>
  net::ClientRequestPtr request(net::RequestOptions options, F&& on_response) {
    return listen(request(std::move(options)), std::forward<F>(on_response));
  }
  // One without a body, already ended. A URL that is none is told by `error`.
  net::ClientRequestPtr get(std::string_view url);
  // `on_response`, here and above, listens once to kResponse.
  template <typename F>
  net::ClientRequestPtr get(std::string_view url, F&& on_response) {
    return listen(get(url), std::forward<F>(on_response));
  }

  // Connections that are idle, that are in use, and requests that wait for one.
  std::size_t freeSockets() const;
  std::size_t activeSockets() const;
  std::size_t waitingRequests() const;
  // Closes those that are idle, and lets no other become so.
  void closeIdle();

 private:
  template <typename F>
  static net::ClientRequestPtr listen(net::ClientRequestPtr request, F&& on_response) {
    request->once(net::kResponse, std::forward<F>(on_response));
    return request;
  }

  stream::RefPtr<net::internal::AgentCore> core_;
};

// A request on a connection of its own, which is closed after it.
net::ClientRequestPtr request(EventLoop& loop, net::RequestOptions options);
template <typename F>
net::ClientRequestPtr request(EventLoop& loop, net::RequestOptions options, F&& on_response) {
  net::ClientRequestPtr made = request(loop, std::move(options));
  made->once(net::kResponse, std::forward<F>(on_response));
  return made;
}
net::ClientRequestPtr get(EventLoop& loop, std::string_view url);
template <typename F>
net::ClientRequestPtr get(EventLoop& loop, std::string_view url, F&& on_response) {
  net::ClientRequestPtr request = get(loop, url);
  request->once(net::kResponse, std::forward<F>(on_response));
  return request;
}

}  // namespace weft::http

#endif  // WEFT_NET_HTTP_AGENT_H_
