#include "weft/net/server.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "weft/cls/errors.h"
#include "weft/net/channels.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/internal/watch.h"

namespace weft::net {
namespace {

using internal::socketCalls;

constexpr int kAcceptsAtOnce = 64;  // then the connections have their turn
constexpr auto kRest = std::chrono::milliseconds(100);
constexpr auto kComplaintEvery = std::chrono::seconds(1);

bool setFlag(int fd, int level, int name, bool on = true) {
  const int value = on ? 1 : 0;
  return socketCalls().setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

// Errors of the one connection that was to be accepted (accept(2)); all others lie in the machine.
bool isOfTheConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

// EAFNOSUPPORT, or EADDRNOTAVAIL for the address of all addresses.
bool hasNoIpv6(const absl::Status& status) {
  return status.code() == absl::ErrnoToStatusCode(EAFNOSUPPORT) ||
         status.code() == absl::ErrnoToStatusCode(EADDRNOTAVAIL);
}

absl::StatusOr<Address> addressOf(const ListenOptions& options) {
  if (!options.path.empty()) return Address::unixPath(options.path);
  if (options.host == "localhost") return Address::ip("127.0.0.1", options.port);
  return Address::ip(options.host, options.port);
}

}  // namespace

// As Socket::Keep.
class Server::Keep {
 public:
  explicit Keep(Server* server) : server_(server) {}
  Keep(Keep&&) noexcept = default;
  ~Keep() {
    if (!server_ || server_->closing_ || server_->fd_ < 0) return;  // not the loop's end
    server_->abandon();
    server_->stopListening();
  }
  Server* operator->() const { return server_.get(); }

 private:
  ServerPtr server_;
};

Server::Server(EventLoop& loop) : IoObject(loop) {}
Server::~Server() { stopListening(); }

ServerPtr createServer(EventLoop& loop) { return ServerPtr(new Server(loop)); }

// --- listening ----------------------------------------------------------------------------------

void Server::listen(const ListenOptions& options) {
  if (listening()) throw UsageError("listen(): the server listens already");
  if (closing_ || destroyed()) {
    throw UsageError("listen(): the server was closed; create another one");
  }
  const ServerPtr self(this);
  const absl::Status status = tryListen(options);
  if (!status.ok()) {
    stopListening();
    kListenerError.publish(self, status);
  }
  loop().nextTick([self, status] {
    if (self->destroyed()) return;
    if (!status.ok()) {
      self->emit(stream::kError, status);
    } else {
      self->emit(kListening);
    }
  });
}

absl::Status Server::tryListen(const ListenOptions& options) {
  absl::Status status;
  if (options.host.empty() && options.path.empty()) {
    status = bindTo(Address::any(AF_INET6, options.port), options);
    if (!hasNoIpv6(status)) return status;
    stopListening();
    return bindTo(Address::any(AF_INET, options.port), options);
  }
  const absl::StatusOr<Address> address = addressOf(options);
  if (!address.ok()) {
    return absl::InvalidArgumentError("listen: " + std::string(address.status().message()));
  }
  return bindTo(*address, options);
}

absl::Status Server::bindTo(const Address& address, const ListenOptions& options) {
  const auto failed = [&address] {
    return absl::ErrnoToStatus(errno, "listen " + address.toString());
  };
  const auto& calls = socketCalls();
  fd_ = calls.socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return failed();
  if (address.isIp()) setFlag(fd_, SOL_SOCKET, SO_REUSEADDR);
  if (options.reuse_port && !setFlag(fd_, SOL_SOCKET, SO_REUSEPORT)) return failed();
  if (address.family() == AF_INET6) {
    setFlag(fd_, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6_only);
  }
  if (calls.bind(fd_, address.data(), address.size()) != 0) return failed();
  if (address.family() == AF_UNIX && address.host().front() != '\0') {
    unlink_path_ = address.host();
  }
  if (calls.listen(fd_, options.backlog) != 0) return failed();
  return internal::tryToWatch([this] {
    watcher_.emplace(loop(), fd_, loop::FdWatcher::kNone,
                     [keep = Keep(this)](unsigned) { keep->onReady(); });
    watcher_->setInterest(loop::FdWatcher::kReadable);  // which may fail; Keep must not go then
  });
}

Address Server::address() const {
  Address address;
  socklen_t size = Address::kCapacity;
  if (fd_ >= 0 && socketCalls().getsockname(fd_, address.data(), &size) == 0) {
    address.setSize(size);
  }
  return address;
}

// --- accepting ----------------------------------------------------------------------------------

void Server::onReady() {
  for (int accepts = 0; accepts != kAcceptsAtOnce && listening() && acceptOne(); ++accepts) {
  }
}

// False if there are no more for now.
bool Server::acceptOne() {
  const int fd = socketCalls().accept(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    welcome(fd);
    return true;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
  if (isOfTheConnection(errno)) return true;
  rest(errno);
  return false;
}

void Server::welcome(int fd) {
  if (connections_ >= max_connections_) {
    Address peer;
    socklen_t size = Address::kCapacity;
    if (socketCalls().getpeername(fd, peer.data(), &size) == 0) peer.setSize(size);
    socketCalls().close(fd);
    emit(kDrop, peer);
    return;
  }
  ++connections_;
  const SocketPtr socket = makeSocket();
  socket->setAllowHalfOpen(allow_half_open_);
  socket->open(fd, ServerPtr(this));
  if (socket->destroyed()) return rest(ENOMEM);  // it could not be watched
  if (no_delay_) socket->setNoDelay();
  onConnection(socket);
}

// The machine has no room for another connection: not to be asked again and again.
void Server::rest(int error) {
  kListenerError.publish(ServerPtr(this),
                         absl::ErrnoToStatus(error, "accept " + address().toString()));
  const loop::TimePoint now = loop().now();
  if (!complained_ || now - *complained_ >= kComplaintEvery) {
    complained_ = now;
    std::fprintf(stderr, "weft: accept %s: %s; connections wait\n", address().toString().c_str(),
                 std::generic_category().message(error).c_str());
  }
  watcher_->setInterest(loop::FdWatcher::kNone);
  cls::detached([this] {
    rest_timer_ = loop().setTimeout([self = ServerPtr(this)] { self->goOn(); }, kRest);
  });
}

void Server::goOn() {
  if (!watcher_) return;
  const absl::Status status =
      internal::tryToWatch([this] { watcher_->setInterest(loop::FdWatcher::kReadable); });
  if (!status.ok()) rest(ENOMEM);
}

// --- the end ------------------------------------------------------------------------------------

void Server::stopListening() noexcept {
  rest_timer_.clear();
  const int fd = std::exchange(fd_, -1);
  watcher_.reset();
  if (!unlink_path_.empty()) ::unlink(std::exchange(unlink_path_, {}).c_str());
  if (fd >= 0) socketCalls().close(fd);
}

void Server::close() {
  if (closing_ || destroyed()) return;
  closing_ = true;
  const ServerPtr self(this);
  stopListening();
  onClosing();
  closeIfDone();
}

void Server::onDestroy() {
  closing_ = true;
  stopListening();
}

void Server::connectionGone() {
  --connections_;
  closeIfDone();
}

// The loop has ended. What would have closed with its last connection goes with it.
void Server::connectionAbandoned() noexcept {
  --connections_;
  if (closing_ && connections_ == 0 && !destroyed()) abandon();
}

void Server::closeIfDone() {
  if (closing_ && connections_ == 0) destroy();
}

SocketPtr Server::makeSocket() { return SocketPtr(new Socket(loop())); }

void Server::ref() {
  if (watcher_) watcher_->ref();
}
void Server::unref() {
  if (watcher_) watcher_->unref();
}

}  // namespace weft::net
