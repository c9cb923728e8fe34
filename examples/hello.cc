// The smallest server: every callback of a request knows whose it is.

#include <chrono>
#include <cstdio>
#include <string>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/net/http_server.h"

using namespace std::chrono_literals;

int main() {
  weft::EventLoop loop;
  const auto request = weft::cls::createNamespace("request");
  auto server = weft::http::createServer(loop, [&](weft::RequestPtr req, weft::ResponsePtr res) {
    request.run([&] {
      request.set("user", std::string(req->query()));
      loop.setTimeout([=] { res->end("hello " + *request.get<std::string>("user") + "\n"); }, 5ms);
    });
  });
  server->listen({.port = 8080, .host = "127.0.0.1"});
  std::puts("try: curl '127.0.0.1:8080/?ada'");
  loop.run();
}
