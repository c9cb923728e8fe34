#include "weft/tests/net/loopback_proxy.h"

#include <algorithm>
#include <memory>
#include <string>

namespace weft::tests {

// One direction of a connection.
struct LoopbackProxy::Way {
  net::SocketPtr from;
  net::SocketPtr to;
  ProxyOptions options;
  std::size_t passed = 0;
};

LoopbackProxy::LoopbackProxy(EventLoop& loop, std::uint16_t upstream, const ProxyOptions& options)
    : server_(net::createServer(loop)) {
  server_->setAllowHalfOpen(true);
  server_->on(net::kConnection, [&loop, upstream, options](const net::SocketPtr& client) {
    const net::SocketPtr server = net::connect(loop, {.port = upstream, .allow_half_open = true});
    forward(client, server, options);
    forward(server, client, options);
  });
  server_->listen({.host = "127.0.0.1"});
}

LoopbackProxy::~LoopbackProxy() { server_->close(); }

void LoopbackProxy::forward(const net::SocketPtr& from, const net::SocketPtr& to,
                            const ProxyOptions& options) {
  const auto way = std::make_shared<Way>(Way{from, to, options});
  // Everything takes the same time, so that the order stays.
  const auto later = [way](auto what) {
    way->from->loop().setTimeout(std::move(what), way->options.delay);
  };
  from->on(kData, [way, later](std::string_view bytes) {
    later([way, copy = std::string(bytes)] { pass(*way, copy); });
  });
  from->on(kEnd, [way, later] {
    later([way] {
      if (!way->to->writableEnded()) way->to->end();
    });
  });
  from->on(kClose, [way, later] { later([way] { way->to->destroySoon(); }); });
  from->on(kError, [] {});
}

void LoopbackProxy::pass(Way& way, std::string_view bytes) {
  if (way.to->writableEnded()) return;
  const std::size_t most = std::min(way.options.cut_after, way.options.reset_after);
  bytes = bytes.substr(0, most - way.passed);
  way.passed += bytes.size();
  if (way.options.single_bytes) {
    way.to->setNoDelay();
    for (const char byte : bytes) {
      way.from->loop().setImmediate([to = way.to, byte] {
        if (!to->writableEnded()) to->write(std::string(1, byte));
      });
    }
  } else {
    way.to->write(bytes);
  }
  if (way.passed != most) return;
  for (const net::SocketPtr& side : {way.to, way.from}) {
    way.options.reset_after == most ? side->resetAndDestroy() : side->destroySoon();
  }
}

}  // namespace weft::tests
