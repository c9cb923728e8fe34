// LoopbackProxy: a bad network, between a client and a server on one machine.
//
//   LoopbackProxy proxy(loop, server_port, {.single_bytes = true, .delay = 10ms});
//   RawClient client(loop, proxy.port());
//
// What the options say holds for both directions of each connection.
//
// Threads: one.

#ifndef WEFT_TESTS_NET_LOOPBACK_PROXY_H_
#define WEFT_TESTS_NET_LOOPBACK_PROXY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "weft/loop/event_loop.h"
#include "weft/net/server.h"

namespace weft::tests {

struct ProxyOptions {
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  bool single_bytes = false;         // each byte is sent by itself
  loop::Duration delay{};            // what comes goes on so much later
  std::size_t cut_after = kNever;    // after so many bytes of a direction both sides are ended
  std::size_t reset_after = kNever;  // the same with a reset
};

class LoopbackProxy {
 public:
  LoopbackProxy(EventLoop& loop, std::uint16_t upstream, const ProxyOptions& options);
  // Closes everything; let the loop run on for it.
  ~LoopbackProxy();
  LoopbackProxy(const LoopbackProxy&) = delete;
  LoopbackProxy& operator=(const LoopbackProxy&) = delete;

  std::uint16_t port() const { return server_->address().port(); }

 private:
  struct Way;
  static void forward(const net::SocketPtr& from, const net::SocketPtr& to,
                      const ProxyOptions& options);
  static void pass(Way& way, std::string_view bytes);

  net::ServerPtr server_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_LOOPBACK_PROXY_H_
