// Socket: one connection, TCP or Unix, as a stream of bytes both ways.
//
//   auto socket = net::connect(loop, {.port = 6379, .host = "127.0.0.1"});
//   socket->write("PING\r\n");
//   socket->on(kData, [socket](std::string_view bytes) { std::cout << bytes; socket->end(); });
//
// Sockets that a server accepts are the same. Events: those of Readable and Writable, and the two
// below; `close` comes exactly once, after everything else. A SocketPtr may be kept for ever: after
// `close` a write says false.
//
// Bytes that are written in one callback leave together, when it returns. Bytes that arrive are
// handed out without a copy to whoever listens. An idle socket holds no buffers.
//
// A host name is looked up, and its addresses are tried as RFC 8305 (happy eyeballs) says: IPv6 and
// IPv4 in turn, each 250 ms after the one before, or at once if that has failed.
//
// When the other side ends, `end` is emitted and this side ends as well, unless half-open is
// allowed; when both have ended the socket closes.
//
// Failures are `error` events that name the operation, the reason and the peer. Those of a
// connection that stood are the peer's doing and need no listener (see stream::kError).
//
// Threads: the loop's only. If the loop ends first, the descriptor is closed and nothing is said.

#ifndef WEFT_NET_SOCKET_H_
#define WEFT_NET_SOCKET_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/address.h"
#include "weft/net/internal/connector.h"
#include "weft/stream/readable.h"
#include "weft/stream/writable.h"

namespace weft::net {

// The connection stands.
inline constexpr Event<> kConnect{"connect"};
// Nothing came or went for as long as setTimeout() said; the socket is as before.
inline constexpr Event<> kTimeout{"timeout"};

class Server;
class Socket;
using SocketPtr = stream::RefPtr<Socket>;

inline constexpr loop::Duration kAttemptDelay = std::chrono::milliseconds(250);

struct ConnectOptions {
  std::uint16_t port = 0;
  std::string host = "127.0.0.1";  // an address or a name
  std::string path = {};           // of a Unix socket, in place of host and port
  bool allow_half_open = false;
  bool no_delay = true;
  // How long one address of a name may be silent before the next one is tried as well.
  loop::Duration attempt_delay = kAttemptDelay;
};

// A new connection; `connect` or `error` follow. `on_connect` listens once to the former.
SocketPtr connect(EventLoop& loop, const ConnectOptions& options);
template <typename F>
SocketPtr connect(EventLoop& loop, const ConnectOptions& options, F&& on_connect);

class Socket : public stream::Readable, public stream::Writable {
 public:
  // True until the connection stands or has failed.
  bool connecting() const noexcept { return connecting_; }

  // Where the socket is and where the other side; no address if that is not known (yet).
  const Address& localAddress();
  const Address& remoteAddress();

  // Small writes leave at once instead of waiting for the answer to the last one; on at first.
  // False if the system refuses; for Unix sockets it means nothing.
  bool setNoDelay(bool on = true);
  // The system asks the other side after `idle` of silence whether it is still there.
  bool setKeepAlive(bool on, loop::Duration idle = std::chrono::hours(2));
  // `timeout` is emitted after so much time without a byte in either direction; 0: never, as at
  // first. The socket is not closed.
  void setTimeout(loop::Duration idle);
  template <typename F>
  void setTimeout(loop::Duration idle, F&& on_timeout) {
    setTimeout(idle);
    once(kTimeout, std::forward<F>(on_timeout));
  }
  void setAllowHalfOpen(bool on) noexcept { allow_half_open_ = on; }

  // Sends `length` bytes of a file, from `offset` on, without copying them through this process;
  // in order with what is written before and after. False as write() does. The descriptor stays
  // the caller's, who keeps it open until `done` is called: with OK, or with the reason, after
  // which the socket is destroyed (a file that is too short is one). Throws UsageError after end().
  bool sendFile(int file, std::uint64_t offset, std::uint64_t length, Done done);

  // end(), and destroy() when everything is written.
  void destroySoon();
  // Closes by RST in place of FIN: the peer sees ECONNRESET.
  void resetAndDestroy();

  std::uint64_t bytesRead() const noexcept { return bytes_read_; }
  std::uint64_t bytesWritten() const noexcept { return gone() + file_bytes_; }
  std::size_t writableLength() const noexcept override;

  // Whether the socket keeps the loop's run() from returning; it does at first.
  void ref();
  void unref();

 protected:
  // Not connected yet.
  explicit Socket(EventLoop& loop);
  ~Socket() override;

  // Takes over a connected descriptor that does not block, and begins to read.
  void open(int fd, stream::RefPtr<Server> server);
  void startConnect(const absl::StatusOr<Address>& address);
  void startConnect(const std::string& host, std::uint16_t port,
                    loop::Duration attempt_delay = kAttemptDelay);

  // What arrived; HTTP takes it in place of `data` and `end`. May destroy the socket.
  virtual void onBytes(std::string_view bytes);
  virtual void onPeerEnd();
  // Some bytes went out, or there were none to go; queue() tells what is left.
  virtual void onFlushed() {}

  // setTimeout()'s time is over.
  virtual void onTimeout() { emit(kTimeout); }

  using Writable::enqueue;
  void enqueue(std::string&& bytes) override { queue().append(std::move(bytes)); }
  void readMore() override { setReading(true); }
  void writeSome() override;
  void afterEnd() override;
  void afterFinish() override;
  void onDestroy() override;
  void beforeClose() override;
  void onAbandon() noexcept override;

  void setReading(bool on);
  bool isReading() const noexcept { return reading_; }
  bool peerEnded() const noexcept { return peer_ended_; }
  // Sends what waits, now. Not from a user's stack: it emits.
  void flush();
  // destroy() will tell the peer by RST that not everything has come.
  void sayReset();
  // Closes the connection because of a failed call.
  void fail(int error, const char* operation);
  int fd() const noexcept { return fd_; }

 private:
  friend class Server;
  friend SocketPtr connect(EventLoop& loop, const ConnectOptions& options);
  class Keep;

  void watch(unsigned interest);
  void loopEnded() noexcept;
  void onReady(unsigned ready);
  void finishConnect();
  void nameConnected(int fd, const Address& address);
  void receive();
  bool sendOnce();
  bool sendFileOnce();
  bool nothingWaits() const noexcept { return queue().empty() && files_ == nullptr; }
  void endSending();
  void updateInterest();
  void active();
  std::string describe(const char* operation);

  // Bytes of a file, to be sent when so many of queue() have gone.
  struct File {
    int fd;
    off_t offset;
    std::uint64_t left;
    std::uint64_t position;  // of gone()
    Done done;
  };

  int fd_ = -1;
  std::optional<loop::FdWatcher> watcher_;
  stream::RefPtr<Server> server_;
  std::uint64_t bytes_read_ = 0;
  std::unique_ptr<Address> local_;  // looked up when first asked for
  std::unique_ptr<Address> remote_;
  std::unique_ptr<internal::Connector> connector_;  // while it looks for an address
  std::unique_ptr<std::deque<File>> files_;         // null if none waits
  std::uint64_t file_bytes_ = 0;                    // sent
  loop::TimerHandle idle_timer_;
  bool allow_half_open_ = false;
  bool connecting_ = false;
  bool stands_ = false;       // once it was connected
  bool reading_ = false;      // bytes are wanted
  bool peer_ended_ = false;   // and will send no more
  bool blocked_ = false;      // the system takes no more for now
  bool shut_ = false;         // our end was sent
  bool dispatching_ = false;  // in onReady(): flush() comes at its end
  bool flushing_ = false;
  bool flush_wanted_ = false;  // a flush() is due
  bool close_after_write_ = false;
};

template <typename F>
SocketPtr connect(EventLoop& loop, const ConnectOptions& options, F&& on_connect) {
  SocketPtr socket = connect(loop, options);
  socket->once(kConnect, std::forward<F>(on_connect));
  return socket;
}

}  // namespace weft::net

namespace weft {
using net::kConnect;
using net::SocketPtr;
}  // namespace weft

#endif  // WEFT_NET_SOCKET_H_
