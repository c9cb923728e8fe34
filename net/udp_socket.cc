#include "weft/net/udp_socket.h"

#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/internal/watch.h"

namespace weft::net {
namespace {

using internal::socketCalls;

constexpr std::size_t kLargestDatagram = 64 * 1024;
constexpr std::size_t kMostWaitingBytes = 1024 * 1024;
constexpr int kDatagramsAtOnce = 64;  // then others have their turn

// One for all sockets of a thread: what it holds is handed out before the next is received.
char* datagramBuffer() {
  thread_local const std::unique_ptr<char[]> buffer(new char[kLargestDatagram]);
  return buffer.get();
}

bool mustWait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == EINTR;
}

}  // namespace

// Held by the watcher's callback, as Socket::Keep.
class UdpSocket::Keep {
 public:
  explicit Keep(UdpSocket* socket) : socket_(socket) {}
  Keep(Keep&&) noexcept = default;
  ~Keep() {
    if (!socket_ || socket_->destroyed()) return;
    socket_->markDestroyed();
    socket_->onDestroy();
    socket_->abandon();
  }
  UdpSocket* operator->() const { return socket_.get(); }

 private:
  UdpSocketPtr socket_;
};

UdpSocket::~UdpSocket() = default;

UdpSocketPtr createUdpSocket(EventLoop& loop, const UdpOptions& options) {
  return UdpSocketPtr(new UdpSocket(loop, options));
}

// --- opening ------------------------------------------------------------------------------------

absl::Status UdpSocket::open() {
  if (fd_ >= 0) return absl::OkStatus();
  const int family = options_.ipv6 ? AF_INET6 : AF_INET;
  fd_ = socketCalls().socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return absl::ErrnoToStatus(errno, "socket");
  const struct {
    bool wanted;
    int level, name, value;
    const char* what;
  } wishes[] = {
      {options_.ipv6_only, IPPROTO_IPV6, IPV6_V6ONLY, 1, "ipv6_only"},
      {options_.reuse_address, SOL_SOCKET, SO_REUSEADDR, 1, "reuse_address"},
      {options_.reuse_port, SOL_SOCKET, SO_REUSEPORT, 1, "reuse_port"},
      {options_.receive_buffer_size > 0, SOL_SOCKET, SO_RCVBUF, options_.receive_buffer_size,
       "receive_buffer_size"},
      {options_.send_buffer_size > 0, SOL_SOCKET, SO_SNDBUF, options_.send_buffer_size,
       "send_buffer_size"},
  };
  absl::Status status;
  for (const auto& wish : wishes) {
    if (wish.wanted) status.Update(setOption(wish.level, wish.name, wish.value, wish.what));
  }
  const cls::FrameScope scope(home());
  status.Update(internal::tryToWatch([this] {
    watcher_.emplace(loop(), fd_, loop::FdWatcher::kReadable,
                     [keep = Keep(this)](unsigned ready) { keep->onReady(ready); });
    if (unref_) watcher_->unref();
  }));
  if (!status.ok()) socketCalls().close(std::exchange(fd_, -1));
  return status;
}

void UdpSocket::bind(const BindOptions& options) {
  if (bound_) throw UsageError("bind(): the socket is bound already");
  if (destroyed()) throw UsageError("bind(): the socket was closed; create another one");
  const absl::Status status = bindTo(options);
  bound_ = status.ok();
  sayInTick(kListening, status);
}

absl::Status UdpSocket::bindTo(const BindOptions& options) {
  const absl::StatusOr<Address> address =
      options.host.empty() ? Address::any(options_.ipv6 ? AF_INET6 : AF_INET, options.port)
                           : Address::ip(options.host, options.port);
  if (!address.ok()) {
    return absl::InvalidArgumentError("bind: " + std::string(address.status().message()));
  }
  if (absl::Status status = open(); !status.ok()) {
    return absl::Status(status.code(),
                        "bind " + address->toString() + ": " + std::string(status.message()));
  }
  if (socketCalls().bind(fd_, address->data(), address->size()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "bind " + address->toString());
}

void UdpSocket::connect(const Address& address) {
  if (destroyed()) throw UsageError("connect(): the socket was closed; create another one");
  absl::Status status = open();
  if (status.ok() && socketCalls().connect(fd_, address.data(), address.size()) != 0) {
    status = absl::ErrnoToStatus(errno, "connect " + address.toString());
  }
  if (status.ok()) remote_ = address;
  sayInTick(kConnect, status);
}

absl::Status UdpSocket::disconnect() {
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (fd_ >= 0 && socketCalls().connect(fd_, &nobody, sizeof(nobody)) != 0) {
    return absl::ErrnoToStatus(errno, "disconnect");
  }
  remote_ = Address();
  return absl::OkStatus();
}

void UdpSocket::sayInTick(const Event<>& event, absl::Status status) {
  loop().nextTick([self = UdpSocketPtr(this), event, status = std::move(status)] {
    if (self->destroyed()) return;
    status.ok() ? self->emit(event) : self->emit(stream::kError, status);
  });
}

Address UdpSocket::address() const {
  Address address;
  socklen_t size = Address::kCapacity;
  if (fd_ >= 0 && socketCalls().getsockname(fd_, address.data(), &size) == 0) {
    address.setSize(size);
  }
  return address;
}

// --- receiving ----------------------------------------------------------------------------------

void UdpSocket::onReady(unsigned ready) {
  if ((ready & loop::FdWatcher::kWritable) != 0) sendWaiting();
  if ((ready & loop::FdWatcher::kReadable) != 0 && !destroyed()) receive();
}

void UdpSocket::receive() {
  char* const buffer = datagramBuffer();
  for (int count = 0; count != kDatagramsAtOnce && !destroyed(); ++count) {
    Address from;
    iovec piece{buffer, kLargestDatagram};
    msghdr message{};
    message.msg_name = from.data();
    message.msg_namelen = Address::kCapacity;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const ssize_t size = socketCalls().recvmsg(fd_, &message, 0);
    if (size >= 0) {
      from.setSize(message.msg_namelen);
      emit(kMessage, std::string_view(buffer, static_cast<std::size_t>(size)), from);
    } else if (errno != EINTR) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      // ECONNREFUSED and the like: what was sent before has not been welcome.
      std::string what = "receive";
      if (remote_.isIp()) what += " " + remote_.toString();
      if (listenerCount(stream::kError) == 0) return;  // the peer's doing
      emit(stream::kError, absl::ErrnoToStatus(errno, what));
      return;
    }
  }
}

// --- sending ------------------------------------------------------------------------------------

void UdpSocket::send(std::string_view bytes, const Address& to, Done done) {
  sendOrWait(bytes, to, std::move(done));
}

void UdpSocket::send(std::string_view bytes, Done done) {
  if (!remote_.isIp()) throw UsageError("send() to nobody: give an address, or connect() first");
  sendOrWait(bytes, std::nullopt, std::move(done));
}

void UdpSocket::sendOrWait(std::string_view bytes, std::optional<Address> to, Done done) {
  absl::Status status = destroyed() ? absl::CancelledError("send: the socket was closed") : open();
  if (status.ok() && !waiting_.empty() && waiting_bytes_ + bytes.size() > kMostWaitingBytes) {
    status = absl::ResourceExhaustedError("send: too many datagrams wait already");
  }
  if (status.ok()) {
    const int error = waiting_.empty() ? sendNow(bytes, to) : EAGAIN;
    if (mustWait(error)) {
      waiting_.push_back({std::string(bytes), std::move(to), std::move(done)});
      waiting_bytes_ += bytes.size();
      const absl::Status watched = internal::tryToWatch([this] {
        watcher_->setInterest(loop::FdWatcher::kReadable | loop::FdWatcher::kWritable);
      });
      if (!watched.ok()) destroy(watched);
      return;
    }
    if (error != 0) {
      status = absl::ErrnoToStatus(error, "send " + (to ? *to : remote_).toString());
    }
  }
  if (status.ok() && !done) return;
  const cls::FrameScope scope(home());
  loop().nextTick([self = UdpSocketPtr(this), done = std::move(done), status]() mutable {
    self->report(std::move(done), status);
  });
}

// 0, or why it was not sent.
int UdpSocket::sendNow(std::string_view bytes, const std::optional<Address>& to) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (to) {
    message.msg_name = const_cast<sockaddr*>(to->data());
    message.msg_namelen = to->size();
  }
  return socketCalls().sendmsg(fd_, &message, MSG_NOSIGNAL) >= 0 ? 0 : errno;
}

void UdpSocket::sendWaiting() {
  while (!waiting_.empty()) {
    const int error = sendNow(waiting_.front().bytes, waiting_.front().to);
    if (mustWait(error)) return;
    Waiting sent = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= sent.bytes.size();
    const std::string what = "send " + (sent.to ? *sent.to : remote_).toString();
    report(std::move(sent.done), error == 0 ? absl::OkStatus() : absl::ErrnoToStatus(error, what));
    if (destroyed()) return;
  }
  watcher_->setInterest(loop::FdWatcher::kReadable);
}

void UdpSocket::report(Done done, absl::Status status) {
  if (done) return done(status);
  if (!status.ok() && !destroyed()) emit(stream::kError, status);
}

// --- options ------------------------------------------------------------------------------------

absl::Status UdpSocket::setOption(int level, int name, int value, const char* what) {
  if (absl::Status status = open(); !status.ok()) return status;
  if (socketCalls().setsockopt(fd_, level, name, &value, sizeof(value)) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, what);
}

absl::Status UdpSocket::addMembership(std::string_view group, std::string_view interface) {
  return membership(true, group, interface);
}

absl::Status UdpSocket::dropMembership(std::string_view group, std::string_view interface) {
  return membership(false, group, interface);
}

absl::Status UdpSocket::membership(bool join, std::string_view group, std::string_view interface) {
  if (absl::Status status = open(); !status.ok()) return status;
  const absl::StatusOr<Address> address = Address::ip(group, 0);
  if (!address.ok()) return address.status();
  // Or else Linux hands out what other sockets have joined, too.
  const int off = 0;
  const bool v6 = address->family() == AF_INET6;
  socketCalls().setsockopt(fd_, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                           v6 ? IPV6_MULTICAST_ALL : IP_MULTICAST_ALL, &off, sizeof(off));
  int result = 0;
  if (v6) {
    ipv6_mreq request{};
    request.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6*>(address->data())->sin6_addr;
    request.ipv6mr_interface = ::if_nametoindex(std::string(interface).c_str());
    result = socketCalls().setsockopt(fd_, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP,
                                      &request, sizeof(request));
  } else {
    const auto local = Address::ip(interface.empty() ? "0.0.0.0" : interface, 0);
    if (!local.ok()) return local.status();
    ip_mreq request{};
    request.imr_multiaddr = reinterpret_cast<const sockaddr_in*>(address->data())->sin_addr;
    request.imr_interface = reinterpret_cast<const sockaddr_in*>(local->data())->sin_addr;
    result = socketCalls().setsockopt(
        fd_, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof(request));
  }
  if (result == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, (join ? "join " : "leave ") + std::string(group));
}

absl::Status UdpSocket::setMulticastInterface(std::string_view interface) {
  if (options_.ipv6) {
    const unsigned index = ::if_nametoindex(std::string(interface).c_str());
    return setOption(IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(index),
                     "multicast interface");
  }
  if (absl::Status status = open(); !status.ok()) return status;
  const auto local = Address::ip(interface, 0);
  if (!local.ok()) return local.status();
  const in_addr address = reinterpret_cast<const sockaddr_in*>(local->data())->sin_addr;
  if (socketCalls().setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof(address)) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "multicast interface " + std::string(interface));
}

absl::Status UdpSocket::setMulticastTTL(int hops) {
  return options_.ipv6 ? setOption(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops, "multicast TTL")
                       : setOption(IPPROTO_IP, IP_MULTICAST_TTL, hops, "multicast TTL");
}

absl::Status UdpSocket::setMulticastLoopback(bool on) {
  return options_.ipv6 ? setOption(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on, "multicast loopback")
                       : setOption(IPPROTO_IP, IP_MULTICAST_LOOP, on, "multicast loopback");
}

absl::Status UdpSocket::setTTL(int hops) {
  return options_.ipv6 ? setOption(IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops, "TTL")
                       : setOption(IPPROTO_IP, IP_TTL, hops, "TTL");
}

absl::Status UdpSocket::setBroadcast(bool on) {
  return setOption(SOL_SOCKET, SO_BROADCAST, on, "broadcast");
}

void UdpSocket::ref() {
  unref_ = false;
  if (watcher_) watcher_->ref();
}
void UdpSocket::unref() {
  unref_ = true;
  if (watcher_) watcher_->unref();
}

// --- the end ------------------------------------------------------------------------------------

void UdpSocket::onDestroy() {
  watcher_.reset();
  if (fd_ >= 0) socketCalls().close(std::exchange(fd_, -1));
}

void UdpSocket::beforeClose() {
  while (!waiting_.empty()) {
    Done done = std::move(waiting_.front().done);
    waiting_.pop_front();
    if (!done) continue;
    absl::Cleanup go_on = [this] { defer([this] { beforeClose(); }); };  // the callback threw
    done(absl::CancelledError("send: the socket was closed"));
    std::move(go_on).Cancel();
  }
  waiting_bytes_ = 0;
}

}  // namespace weft::net
