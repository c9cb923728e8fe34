// HTTP by weft: a whole server, with limits, deadlines and Date, whose requests have a handler.
#include "weft/bench/net/connections.h"
#include "weft/bench/net/weft_server.h"
#include "weft/net/http_server.h"

int main() {
  weft::EventLoop loop;
  const auto server = weft::http::createServer(
      loop, [](const weft::RequestPtr&, const weft::ResponsePtr& response) {
        response->writeHead(200, {{"Content-Type", "text/plain"}});
        response->end(weft::bench::kHelloBody);
      });
  weft::bench::serveForEver(loop, *server);
}
