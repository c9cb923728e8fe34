// The system calls of sockets, as a table.
//
// Everything in net/ goes through it, so that a test can put a table of its own in their place: one
// that fails by plan, or that counts. Only for the thread that does so.
//
//   const int fd = socketCalls().accept(listener, nullptr, nullptr, SOCK_NONBLOCK);
//
//   SocketCalls faulty = socketCalls();
//   faulty.send = [](int, const void*, std::size_t, int) -> ssize_t { errno = EPIPE; return -1; };
//   ScopedSocketCalls replaced(faulty);
//
// Signatures, results and errno are those of the system.

#ifndef WEFT_NET_INTERNAL_SOCKET_CALLS_H_
#define WEFT_NET_INTERNAL_SOCKET_CALLS_H_

#include <netdb.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>

namespace weft::net::internal {

struct SocketCalls {
  int (*socket)(int domain, int type, int protocol);
  int (*bind)(int fd, const sockaddr* address, socklen_t size);
  int (*listen)(int fd, int backlog);
  int (*accept)(int fd, sockaddr* address, socklen_t* size, int flags);
  int (*connect)(int fd, const sockaddr* address, socklen_t size);
  ssize_t (*recv)(int fd, void* buffer, std::size_t size, int flags);
  ssize_t (*send)(int fd, const void* bytes, std::size_t size, int flags);
  ssize_t (*sendmsg)(int fd, const msghdr* message, int flags);
  ssize_t (*recvmsg)(int fd, msghdr* message, int flags);
  // Does not raise SIGPIPE, unlike the system's.
  ssize_t (*sendfile)(int fd, int file, off_t* offset, std::size_t size);
  int (*shutdown)(int fd, int how);
  int (*close)(int fd);
  int (*setsockopt)(int fd, int level, int name, const void* value, socklen_t size);
  int (*getsockopt)(int fd, int level, int name, void* value, socklen_t* size);
  int (*getsockname)(int fd, sockaddr* address, socklen_t* size);
  int (*getpeername)(int fd, sockaddr* address, socklen_t* size);
  // Called on a thread of the pool.
  int (*getaddrinfo)(const char* host, const char* service, const addrinfo* hints, addrinfo** list);
};

// The system's own.
extern const SocketCalls kSystemCalls;

inline thread_local constinit const SocketCalls* t_socket_calls = &kSystemCalls;

// Those that are in force on this thread.
inline const SocketCalls& socketCalls() noexcept { return *t_socket_calls; }

// Puts a table in force for this thread, which must outlive this object.
class ScopedSocketCalls {
 public:
  explicit ScopedSocketCalls(const SocketCalls& calls) noexcept : before_(t_socket_calls) {
    t_socket_calls = &calls;
  }
  ~ScopedSocketCalls() { t_socket_calls = before_; }
  ScopedSocketCalls(const ScopedSocketCalls&) = delete;
  ScopedSocketCalls& operator=(const ScopedSocketCalls&) = delete;

 private:
  const SocketCalls* before_;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_SOCKET_CALLS_H_
