// AgentCore: what an http::Agent and its connections share: the pools, and who waits.
//
// Counted, because requests and connections may outlive the Agent. Everything in here belongs to
// no context: connections are made under cls::detached, and a request that waits brings its own.
//
// Threads: the loop's.

#ifndef WEFT_NET_INTERNAL_AGENT_CORE_H_
#define WEFT_NET_INTERNAL_AGENT_CORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>

#include "weft/loop/event_loop.h"
#include "weft/net/http_client.h"
#include "weft/net/http_limits.h"
#include "weft/net/internal/intrusive_list.h"
#include "weft/stream/ref_ptr.h"

namespace weft::net {

struct AgentOptions {
  // Whether connections are kept for the next request.
  bool keep_alive = true;
  // To one host and port at a time, and of those that are idle in all.
  std::size_t max_sockets = std::numeric_limits<std::size_t>::max();
  std::size_t max_free_sockets = 256;
  // How long a connection is kept idle.
  loop::Duration idle_timeout = std::chrono::seconds(4);
  // What a server may send.
  HttpLimits limits = {};
};

namespace internal {

struct FreeSocketTag;
class HttpClientConnection;

class AgentCore {
 public:
  AgentCore(EventLoop& loop, const AgentOptions& options) : loop_(loop), options_(options) {}
  AgentCore(const AgentCore&) = delete;
  AgentCore& operator=(const AgentCore&) = delete;

  void addRef() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) delete this;
  }

  const AgentOptions& options() const noexcept { return options_; }
  ClientRequestPtr makeRequest(RequestOptions options);
  // The request has something to send and no connection: gives it one, or has it wait.
  void submit(ClientRequest& request);
  // The same on a connection that has not served before, in front of all who wait.
  void submitAnew(ClientRequest& request);
  // The request is destroyed: it waits no more.
  void withdraw(ClientRequest& request);
  // The connection has nothing to do; it is kept if `reusable`, else closed.
  void done(HttpClientConnection& connection, bool reusable);
  // It is closed, or leaves HTTP.
  void gone(HttpClientConnection& connection);
  // The Agent is: idle connections are closed, now and later.
  void close();
  void closeIdle();

  std::size_t freeSockets() const noexcept { return free_; }
  std::size_t activeSockets() const noexcept;
  std::size_t waitingRequests() const noexcept;

 private:
  using FreeSockets = IntrusiveList<HttpClientConnection, FreeSocketTag>;

  // One host and port.
  struct Place {
    std::size_t active = 0;
    FreeSockets free;
    std::deque<ClientRequestPtr> waiting;
  };

  ~AgentCore() = default;
  static std::string keyOf(const RequestOptions& options);
  void connectFor(ClientRequest& request, const std::string& key, Place& place);
  void serveNext(const std::string& key);
  void forgetWaiting(Place& place) noexcept;

  EventLoop& loop_;
  const AgentOptions options_;
  std::map<std::string, Place> places_;
  std::size_t free_ = 0;
  std::uint32_t references_ = 0;
  bool closed_ = false;
  bool serving_next_ = false;
};

}  // namespace internal
}  // namespace weft::net

#endif  // WEFT_NET_INTERNAL_AGENT_CORE_H_
