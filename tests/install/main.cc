// A stranger's program. It includes every installed header (every_header.h is written by
// install_test.sh) and uses each library room a little, so that the link is proved, too.

#include <chrono>
#include <cstdio>

#include "every_header.h"
#include "net/socket.h"

int main() {
  weft::EventLoop loop;
  weft::EventEmitter emitter;
  auto request = weft::cls::createNamespace("request");
  emitter.on("answer", [&] {
    std::printf("request %d, with %s\n", *request.get<int>("id"), stranger::kSocket);
  });
  request.run([&] {
    request.set("id", 17);
    loop.setTimeout([&] { emitter.emit("answer"); }, std::chrono::milliseconds(1));
  });
  loop.run();
  return 0;
}
