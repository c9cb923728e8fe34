#ifndef WEFT_BENCH_NET_SERVE_H_
#define WEFT_BENCH_NET_SERVE_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>

// What every server of the benches does: it listens on a free port of 127.0.0.1, says which by the
// line "port N" on its standard output, and serves until `bench/run` ends it by a signal.
namespace weft::bench {

inline constexpr int kBacklog = 4096;

inline void announcePort(unsigned port) {
  std::printf("port %u\n", port);
  std::fflush(stdout);
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline std::uint16_t portOf(int socket) {
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

// A non-blocking socket that listens; its port is announced.
inline int listenAndAnnounce() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(0);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener, kBacklog) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  announcePort(portOf(listener));
  return listener;
}

inline void setNoDelay(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_SERVE_H_
