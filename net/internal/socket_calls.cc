#include "weft/net/internal/socket_calls.h"

#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

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
// A call that writes to a pipe or socket without a reader, and has no flag like MSG_NOSIGNAL,
// raises SIGPIPE, which ends a process that has not heard of it. So it is held off, and taken back.
ssize_t sendFile(int fd, int file, off_t* offset, std::size_t size) {
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigset_t pending;
  sigpending(&pending);
  if (sigismember(&pending, SIGPIPE) == 1) return ::sendfile(fd, file, offset, size);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  const ssize_t sent = ::sendfile(fd, file, offset, size);
  const int error = errno;
  if (sent < 0 && error == EPIPE) {
    const timespec at_once{};
    while (sigtimedwait(&pipe_only, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return sent;
}
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
    .recvmsg = &::recvmsg,
    .sendfile = &sendFile,
    .shutdown = &::shutdown,
    .close = &::close,
    .setsockopt = &::setsockopt,
    .getsockopt = &::getsockopt,
    .getsockname = &getName,
    .getpeername = &getPeer,
    .getaddrinfo = &::getaddrinfo,
};

}  // namespace weft::net::internal
