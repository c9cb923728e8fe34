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
  // What each library room under native/ and net/dns stands on is linked, too.
  namespace native = weft::native;
  const bool linked = native::fs::sync::exists("/").value_or(false) &&
                      native::zlib::sync::gunzip(*native::zlib::sync::gzip("x")).ok() &&
                      native::zlib::sync::brotliCompress("x").ok() &&
                      native::zlib::sync::zstdCompress("x").ok() &&
                      native::crypto::sync::hash("sha256", "x").ok() &&
                      !weft::net::dns::Resolver(loop).servers().empty();
  loop.run();
  return linked ? 0 : 1;
}
