// Server: accepts connections, TCP or Unix, and hands each out as a Socket.
//
//   auto server = net::createServer(loop, [](const SocketPtr& socket) {
//     socket->on(kData, [socket](std::string_view bytes) { socket->write(bytes); });
//   });
//   server->listen({.port = 7});
//   server->on(kError, [](const absl::Status& why) { ... });  // "listen 127.0.0.1:7: in use"
//
// A handler runs in the contexts in which it was added and, where none was active, in those of
// listen(). A connection's own events know nothing of other connections.
//
// Out of descriptors or memory the server stops accepting, says so on stderr (once a second at
// most), and goes on when there is room; connections wait in the backlog meanwhile.
//
// Threads: the loop's only.

#ifndef WEFT_NET_SERVER_H_
#define WEFT_NET_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/address.h"
#include "weft/net/socket.h"
#include "weft/stream/io_object.h"

namespace weft::net {

inline constexpr Event<> kListening{"listening"};
inline constexpr Event<const SocketPtr&> kConnection{"connection"};
// A connection was closed at once because there are maxConnections() already; with its peer.
inline constexpr Event<const Address&> kDrop{"drop"};

class Server;
using ServerPtr = stream::RefPtr<Server>;

struct ListenOptions {
  std::uint16_t port = 0;  // 0: one that is free, see address()
  // An IP address or "localhost" (127.0.0.1); empty: every address of the machine.
  std::string host = {};
  std::string path = {};  // of a Unix socket, in place of host and port
  int backlog = 511;      // connections that may wait to be accepted
  // Several sockets, of other loops or processes, may listen to the same port; the system spreads
  // connections over them.
  bool reuse_port = false;
  bool ipv6_only = false;
};

// `on_connection` takes a SocketPtr.
ServerPtr createServer(EventLoop& loop);
template <typename F>
ServerPtr createServer(EventLoop& loop, F&& on_connection);

class Server : public stream::IoObject {
 public:
  // Begins to accept. `listening` or `error` follows in a tick; the error names address and reason,
  // and another listen() may then be tried. Throws UsageError if the server listens already, or was
  // closed.
  void listen(const ListenOptions& options);
  template <typename F>
  void listen(const ListenOptions& options, F&& on_listening) {
    once(kListening, std::forward<F>(on_listening));
    listen(options);
  }
  bool listening() const noexcept { return fd_ >= 0; }
  // close() was called.
  bool closing() const noexcept { return closing_; }
  // Where it listens; no address if it does not.
  Address address() const;

  // Accepts no more; `close` comes when the last connection is closed. Connections go on.
  void close();
  template <typename F>
  void close(F&& on_close) {
    if (closed()) return;
    once(stream::kClose, std::forward<F>(on_close));
    close();
  }

  // Connections that are open.
  std::size_t connections() const noexcept { return connections_; }
  std::size_t maxConnections() const noexcept { return max_connections_; }
  void setMaxConnections(std::size_t count) noexcept { max_connections_ = count; }
  // For sockets that are accepted from now on.
  void setAllowHalfOpen(bool on) noexcept { allow_half_open_ = on; }
  void setNoDelay(bool on) noexcept { no_delay_ = on; }

  // Whether the server keeps the loop's run() from returning; it does at first.
  void ref();
  void unref();

 protected:
  explicit Server(EventLoop& loop);
  ~Server() override;

  // A socket for a connection that was accepted, not open yet.
  virtual SocketPtr makeSocket();
  // It is open.
  virtual void onConnection(const SocketPtr& socket) { emit(kConnection, socket); }
  // close() was called.
  virtual void onClosing() {}
  void onDestroy() override;

 private:
  friend class Socket;
  friend ServerPtr createServer(EventLoop& loop);
  class Keep;

  absl::Status tryListen(const ListenOptions& options);
  absl::Status bindTo(const Address& address, const ListenOptions& options);
  void onReady();
  bool acceptOne();
  void welcome(int fd);
  void rest(int error);
  void goOn();
  void stopListening() noexcept;
  void connectionGone();
  void connectionAbandoned() noexcept;
  void closeIfDone();

  int fd_ = -1;
  std::optional<loop::FdWatcher> watcher_;
  std::string unlink_path_;  // of our Unix socket
  std::size_t connections_ = 0;
  std::size_t max_connections_ = std::numeric_limits<std::size_t>::max();
  loop::TimerHandle rest_timer_;
  std::optional<loop::TimePoint> complained_;
  bool closing_ = false;
  bool allow_half_open_ = false;
  bool no_delay_ = true;
};

template <typename F>
ServerPtr createServer(EventLoop& loop, F&& on_connection) {
  ServerPtr server = createServer(loop);
  server->on(kConnection, std::forward<F>(on_connection));
  return server;
}

}  // namespace weft::net

namespace weft {
using net::kConnection;
using net::kListening;
using net::ServerPtr;
}  // namespace weft

#endif  // WEFT_NET_SERVER_H_
