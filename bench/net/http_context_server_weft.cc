// HTTP by weft, each request in a context of its own: both emitters are bound, three values are set
// and read again, a timer is set and cleared.
#include <chrono>
#include <string>

#include "weft/bench/net/connections.h"
#include "weft/bench/net/weft_server.h"
#include "weft/cls/cls.h"
#include "weft/net/http_server.h"

int main() {
  weft::EventLoop loop;
  const auto request_ns = weft::cls::createNamespace("request");
  const weft::cls::Key<int> id("id");
  const weft::cls::Key<int> user("user");
  const weft::cls::Key<int> tenant("tenant");
  int count = 0;
  const auto server = weft::http::createServer(loop, [&](const weft::RequestPtr& request,
                                                         const weft::ResponsePtr& response) {
    request_ns.run([&] {
      request_ns.bindEmitter(*request);
      request_ns.bindEmitter(*response);
      request_ns.set(id, ++count);
      request_ns.set(user, 1);
      request_ns.set(tenant, 2);
      auto timer = loop.setTimeout([response] { response->destroy(); }, std::chrono::seconds(30));
      const bool seen =
          !weft::cls::kEnabled || (*request_ns.get(id) == count && *request_ns.get(user) == 1 &&
                                   *request_ns.get(tenant) == 2);
      timer.clear();
      response->writeHead(seen ? 200 : 500, {{"Content-Type", "text/plain"}});
      response->end(weft::bench::kHelloBody);
    });
  });
  weft::bench::serveForEver(loop, *server);
}
