#include "weft/net/internal/socket_calls.h"

#include <unistd.h>

namespace weft::net::internal {
namespace {

// The C library declares some of these with types that C alone knows.
int bindSocket(int fd, const sockaddr* address, socklen_t size) {
  return ::bind(fd, address, size);
}
int acceptSocket(int fd, sockaddr* address, socklen_t* size, int flags) {
  return ::accept4(fd, address, size, flags);
}
int connectSocket(int fd, const sockaddr* address, socklen_t size) {
  return ::connect(fd, address, size);
}
int getName(int fd, sockaddr* address, socklen_t* size) { return ::getsockname(fd, address, size); }
int getPeer(int fd, sockaddr* address, socklen_t* size) { return ::getpeername(fd, address, size); }

}  // namespace

constinit const SocketCalls kSystemCalls = {
    .socket = &::socket,
    .bind = &bindSocket,
    .listen = &::listen,
    .accept = &acceptSocket,
    .connect = &connectSocket,
    .recv = &::recv,
    .send = &::send,
    .sendmsg = &::sendmsg,
    .shutdown = &::shutdown,
    .close = &::close,
    .setsockopt = &::setsockopt,
    .getsockopt = &::getsockopt,
    .getsockname = &getName,
    .getpeername = &getPeer,
};

}  // namespace weft::net::internal
