#ifndef WEFT_BENCH_NET_WEFT_SERVER_H_
#define WEFT_BENCH_NET_WEFT_SERVER_H_

#include "weft/bench/net/serve.h"
#include "weft/loop/event_loop.h"
#include "weft/net/server.h"

// Lets a server of weft listen as all servers of the benches do, and serves for ever.
namespace weft::bench {

inline void serveForEver(EventLoop& loop, net::Server& server) {
  server.on(net::kListening, [&server] { announcePort(server.address().port()); });
  server.listen({.host = "127.0.0.1", .backlog = kBacklog});
  loop.run();
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_WEFT_SERVER_H_
