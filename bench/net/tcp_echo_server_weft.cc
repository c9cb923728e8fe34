// TCP echo by weft.
#include <string_view>

#include "weft/bench/net/weft_server.h"
#include "weft/net/server.h"

int main() {
  weft::EventLoop loop;
  const auto server = weft::net::createServer(loop, [](const weft::SocketPtr& socket) {
    socket->on(weft::kData, [&socket = *socket](std::string_view bytes) { socket.write(bytes); });
  });
  weft::bench::serveForEver(loop, *server);
}
