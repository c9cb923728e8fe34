// Sends back what it gets.
//
//   echo [PORT]          then: nc 127.0.0.1 PORT
//
// The pipeline holds a client back that does not read its own words. Ctrl-C ends the server.

#include <signal.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "weft/loop/event_loop.h"
#include "weft/loop/signal_watcher.h"
#include "weft/net/server.h"
#include "weft/stream/pipe.h"

int main(int argc, char** argv) {
  weft::EventLoop loop;
  auto server = weft::net::createServer(loop, [](const weft::SocketPtr& socket) {
    weft::stream::pipeline({socket, socket}, [socket](const absl::Status& how) {
      if (!how.ok()) std::fprintf(stderr, "%s\n", how.ToString().c_str());
    });
  });
  server->setAllowHalfOpen(true);  // a client that has said all still hears the rest
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 7007);
  server->listen({.port = port, .host = "127.0.0.1"}, [&server] {
    std::printf("listening on %s\n", server->address().toString().c_str());
    std::fflush(stdout);
  });
  const weft::loop::SignalWatcher interrupted(loop, SIGINT, [&](int) { server->close(); });
  loop.run();
}
