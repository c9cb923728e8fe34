// An HTTP proxy in front of one server: bodies stream through both ways, no faster than the slower
// side takes them, so that a file of any size needs a few hundred KiB here.
//
//   proxy UPSTREAM_PORT [PORT]      then: curl 127.0.0.1:PORT/...
//
// Whichever side breaks off, the other one is broken off, too. Ctrl-C ends the proxy.

#include <signal.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "weft/loop/event_loop.h"
#include "weft/loop/signal_watcher.h"
#include "weft/net/http_agent.h"
#include "weft/net/http_server.h"
#include "weft/stream/pipe.h"

namespace {

using weft::RequestPtr;
using weft::ResponsePtr;
using weft::net::ClientRequestPtr;
using weft::net::ClientResponsePtr;

// Without what is about a connection and not about the message (RFC 9110, 7.6.1).
weft::net::HttpHeaders endToEnd(weft::net::HttpHeaders headers) {
  for (const char* const name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
                                 "Transfer-Encoding", "Upgrade"}) {
    headers.remove(name);
  }
  return headers;
}

void forward(weft::http::Agent& agent, std::uint16_t upstream, const RequestPtr& request,
             const ResponsePtr& response) {
  const ClientRequestPtr onward = agent.request({.method = std::string(request->method()),
                                                 .host = "127.0.0.1",
                                                 .port = upstream,
                                                 .path = std::string(request->url()),
                                                 .headers = endToEnd(request->headers())});
  onward->on(weft::net::kResponse, [response](const ClientResponsePtr& answer) {
    response->setStatus(answer->statusCode());
    for (const auto& [name, value] : endToEnd(answer->headers())) {
      response->appendHeader(name, value);
    }
    weft::stream::pipeline({answer, response}, [](const absl::Status&) {});
  });
  onward->on(weft::kError, [response](const absl::Status& why) {
    std::fprintf(stderr, "%s\n", why.ToString().c_str());
    if (response->headersSent() || response->destroyed()) return response->destroy();
    response->setStatus(502);
    response->end(std::string(why.message()) + "\n");
  });
  response->on(weft::kClose, [onward] { onward->destroy(); });
  weft::stream::pipe(request, onward);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: proxy UPSTREAM_PORT [PORT]\n", stderr);
    return 2;
  }
  const auto upstream = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto port = static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 8081);
  weft::EventLoop loop;
  weft::http::Agent agent(loop);
  auto server = weft::http::createServer(
      loop, [&agent, upstream](const RequestPtr& request, const ResponsePtr& response) {
        forward(agent, upstream, request, response);
      });
  server->listen({.port = port, .host = "127.0.0.1"}, [&server] {
    std::printf("listening on %s\n", server->address().toString().c_str());
    std::fflush(stdout);
  });
  const weft::loop::SignalWatcher interrupted(loop, SIGINT, [&](int) {
    server->close();
    agent.closeIdle();
  });
  loop.run();
}
