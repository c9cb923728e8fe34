#ifndef WEFT_BENCH_NET_EPOLL_SERVER_H_
#define WEFT_BENCH_NET_EPOLL_SERVER_H_

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "weft/bench/net/serve.h"

// The floor of the servers: epoll, one read per ready connection, one write per answer.
namespace weft::bench {

// Serves for ever; for `Connection` see connections.h. A client that does not take its answer at
// once is cut off; the load client always does.
template <class Connection>
[[noreturn]] void serveByEpoll() {
  struct Client {
    int socket;
    Connection connection;
  };

  const int listener = listenAndAnnounce();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [epoll](int descriptor, void* who) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = who;
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest);
  };
  watch(listener, nullptr);

  static char buffer[64 * 1024];
  for (;;) {
    epoll_event ready[256];
    const int count = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(ready[i].data.ptr);
      if (client == nullptr) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) continue;
        setNoDelay(accepted);
        watch(accepted, new Client{accepted, {}});
        continue;
      }
      const ssize_t got = recv(client->socket, buffer, sizeof(buffer), 0);
      std::string_view answer;
      if (got > 0) answer = client->connection.answer({buffer, static_cast<std::size_t>(got)});
      const bool failed =
          answer.data() == nullptr ||
          (!answer.empty() && send(client->socket, answer.data(), answer.size(), MSG_NOSIGNAL) !=
                                  static_cast<ssize_t>(answer.size()));
      if (failed) {
        close(client->socket);
        delete client;
      }
    }
  }
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_EPOLL_SERVER_H_
