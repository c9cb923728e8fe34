// A chat over TCP: who connects says a name, and then every line goes to all others.
//
//   chat [PORT]          then, in some terminals: nc 127.0.0.1 PORT
//
// The name is a value of the connection's context: nobody hands it on, and every callback of that
// connection knows it. Ctrl-C ends the chat.

#include <signal.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/signal_watcher.h"
#include "weft/net/server.h"

namespace {

const weft::Namespace chatter = weft::cls::createNamespace("chatter");

class Chat {
 public:
  void join(const weft::SocketPtr& socket) {
    chatter.run([&] {
      everybody_.insert(socket.get());
      socket->write("your name? ");
      socket->on(weft::kData, [this, socket, rest = std::string()](std::string_view bytes) mutable {
        rest += bytes;
        for (std::size_t end; (end = rest.find('\n')) != std::string::npos;) {
          onLine(*socket, rest.substr(0, end));
          rest.erase(0, end + 1);
        }
        if (rest.size() > kLongestLine) socket->destroy();
      });
      socket->on(weft::kClose, [this, socket] {
        everybody_.erase(socket.get());
        if (name() != nullptr) tell(nullptr, *name() + " has left");
      });
    });
  }

  void close() {
    for (weft::net::Socket* one : everybody_) one->end("good night\n");
  }

 private:
  static constexpr std::size_t kLongestLine = 4096;

  static const std::string* name() { return chatter.get<std::string>("name"); }

  void onLine(weft::net::Socket& from, const std::string& line) {
    if (name() != nullptr) return tell(&from, *name() + ": " + line);
    chatter.set("name", line);
    tell(&from, line + " has come");
  }

  void tell(const weft::net::Socket* from, const std::string& line) {
    for (weft::net::Socket* one : everybody_) {
      if (one != from && !one->writableEnded()) one->write(line + "\n");
    }
  }

  std::set<weft::net::Socket*> everybody_;
};

}  // namespace

int main(int argc, char** argv) {
  weft::EventLoop loop;
  Chat chat;
  auto server =
      weft::net::createServer(loop, [&chat](const weft::SocketPtr& socket) { chat.join(socket); });
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 7008);
  server->listen({.port = port, .host = "127.0.0.1"}, [&server] {
    std::printf("listening on %s\n", server->address().toString().c_str());
    std::fflush(stdout);
  });
  const weft::loop::SignalWatcher interrupted(loop, SIGINT, [&](int) {
    chat.close();
    server->close();
  });
  loop.run();
}
