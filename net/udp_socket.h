// UdpSocket: datagrams, to one or many.
//
//   auto socket = dgram::createSocket(loop, {}, [](std::string_view bytes, const Address& from) {
//     std::cout << from.toString() << ": " << bytes << "\n";
//   });
//   socket->bind({.port = 41234});
//   socket->send("hello", Address::ip("127.0.0.1", 41235).value());
//
// As Node's `dgram`. A datagram comes whole or not at all; nobody says so if one is lost. Datagrams
// that the system does not take at once wait, up to 1 MiB of them; then more are refused.
//
// Events: `message`, `listening`, `connect`, `error`, `close`. Failures of a send go to its
// callback, if it has one; everything else that fails after bind() or connect() is an `error` that
// leaves the socket open. Addresses are numeric: look up names first.
//
// Threads: the loop's only. If the loop ends first, the descriptor is closed and nothing is said.

#ifndef WEFT_NET_UDP_SOCKET_H_
#define WEFT_NET_UDP_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "weft/cls/function.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/address.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"
#include "weft/stream/io_object.h"

namespace weft::net {

// A datagram, and where it came from. The bytes are valid during the call.
inline constexpr Event<std::string_view, const Address&> kMessage{"message"};

class UdpSocket;
using UdpSocketPtr = stream::RefPtr<UdpSocket>;

struct UdpOptions {
  bool ipv6 = false;
  bool reuse_address = false;  // others may bind to the same port, as multicast wants it
  bool reuse_port = false;     // and the system spreads datagrams over them
  bool ipv6_only = false;
  int receive_buffer_size = 0;  // of the system, in bytes; 0: its default
  int send_buffer_size = 0;
};

struct BindOptions {
  std::uint16_t port = 0;  // 0: one that is free, see address()
  std::string host = {};   // an IP address; empty: every address of the machine
};

class UdpSocket final : public stream::IoObject {
 public:
  using Done = cls::Function<void(const absl::Status&)>;

  // Begins to receive. `listening` or `error` follows in a tick. Once, else UsageError.
  void bind(const BindOptions& options);
  template <typename F>
  void bind(const BindOptions& options, F&& on_listening) {
    once(kListening, std::forward<F>(on_listening));
    bind(options);
  }
  // From now on datagrams go to and come from this address only. `connect` or `error` follows in a
  // tick.
  void connect(const Address& address);
  // To and from all again.
  absl::Status disconnect();

  // Sends one datagram, up to 65,507 bytes; from a port that the system chooses, if bind() was not
  // called. `done` is called when the system has taken it, or with the reason why not; without one
  // that is an `error`.
  void send(std::string_view bytes, const Address& to, Done done = nullptr);
  // The same to the address that was given to connect(); UsageError without.
  void send(std::string_view bytes, Done done = nullptr);
  // Bytes and datagrams that wait for the system.
  std::size_t sendQueueSize() const noexcept { return waiting_bytes_; }
  std::size_t sendQueueCount() const noexcept { return waiting_.size(); }

  // Datagrams to a multicast group, received on the interface that has the address `interface`
  // (IPv6: of that name); empty: the system chooses.
  absl::Status addMembership(std::string_view group, std::string_view interface = {});
  absl::Status dropMembership(std::string_view group, std::string_view interface = {});
  // Through which datagrams to groups leave.
  absl::Status setMulticastInterface(std::string_view interface);
  // How many routers they pass: 0 to 255, 1 at first.
  absl::Status setMulticastTTL(int hops);
  // Whether this machine's members get them, too; they do at first.
  absl::Status setMulticastLoopback(bool on);
  absl::Status setTTL(int hops);
  absl::Status setBroadcast(bool on);

  // Where it is bound and connected to; no address if it is not.
  Address address() const;
  const Address& remoteAddress() const noexcept { return remote_; }

  // No more datagrams; what waits is not sent. `close` follows.
  void close() { destroy(); }
  template <typename F>
  void close(F&& on_close) {
    if (closed()) return;
    once(stream::kClose, std::forward<F>(on_close));
    close();
  }

  // Whether the socket keeps the loop's run() from returning; it does from the first bind(),
  // connect() or send() on.
  void ref();
  void unref();

 private:
  friend UdpSocketPtr createUdpSocket(EventLoop& loop, const UdpOptions& options);
  class Keep;
  struct Waiting {
    std::string bytes;
    std::optional<Address> to;
    Done done;
  };

  UdpSocket(EventLoop& loop, const UdpOptions& options) : IoObject(loop), options_(options) {}
  ~UdpSocket() override;

  absl::Status open();
  absl::Status bindTo(const BindOptions& options);
  absl::Status setOption(int level, int name, int value, const char* what);
  absl::Status membership(bool join, std::string_view group, std::string_view interface);
  void onReady(unsigned ready);
  void receive();
  void sendOrWait(std::string_view bytes, std::optional<Address> to, Done done);
  int sendNow(std::string_view bytes, const std::optional<Address>& to);
  void sendWaiting();
  void report(Done done, absl::Status status);
  void sayInTick(const Event<>& event, absl::Status status);
  void onDestroy() override;
  void beforeClose() override;
  void onAbandon() noexcept override { waiting_.clear(); }

  const UdpOptions options_;
  int fd_ = -1;
  std::optional<loop::FdWatcher> watcher_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  Address remote_;
  bool bound_ = false;
  bool unref_ = false;
};

UdpSocketPtr createUdpSocket(EventLoop& loop, const UdpOptions& options = {});

}  // namespace weft::net

namespace weft::dgram {

inline net::UdpSocketPtr createSocket(EventLoop& loop, const net::UdpOptions& options = {}) {
  return net::createUdpSocket(loop, options);
}
// `on_message` takes a std::string_view and a const Address&.
template <typename F>
net::UdpSocketPtr createSocket(EventLoop& loop, const net::UdpOptions& options, F&& on_message) {
  net::UdpSocketPtr socket = createSocket(loop, options);
  socket->on(net::kMessage, std::forward<F>(on_message));
  return socket;
}

}  // namespace weft::dgram

namespace weft {
using net::kMessage;
using net::UdpSocketPtr;
}  // namespace weft

#endif  // WEFT_NET_UDP_SOCKET_H_
