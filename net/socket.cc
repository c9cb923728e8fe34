#include "weft/net/socket.h"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "weft/net/channels.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/internal/watch.h"
#include "weft/net/server.h"

namespace weft::net {
namespace {

using internal::socketCalls;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kReadsAtOnce = 4;  // then the other sockets have their turn

// One for all sockets of a thread: what it holds is handed out before the next read.
char* readBuffer() {
  thread_local const std::unique_ptr<char[]> buffer(new char[kReadBytes]);
  return buffer.get();
}

bool wouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

Address lookUp(int fd, int (*call)(int, sockaddr*, socklen_t*)) {
  Address address;
  socklen_t size = Address::kCapacity;
  if (fd >= 0 && call(fd, address.data(), &size) == 0) address.setSize(size);
  return address;
}

}  // namespace

// Held by the watcher's callback: an open socket keeps itself, and learns of the loop's end.
class Socket::Keep {
 public:
  explicit Keep(Socket* socket) : socket_(socket) {}
  Keep(Keep&&) noexcept = default;
  ~Keep() {
    if (socket_) socket_->loopEnded();
  }
  void letGo() noexcept { socket_ = nullptr; }
  Socket* operator->() const { return socket_.get(); }

 private:
  SocketPtr socket_;
};

Socket::Socket(EventLoop& loop) : IoObject(loop) {}
Socket::~Socket() = default;

void Socket::watch(unsigned interest) {
  const cls::FrameScope scope(home());
  const absl::Status status = internal::tryToWatch([&] {
    watcher_.emplace(loop(), fd_, loop::FdWatcher::kNone,
                     [keep = Keep(this)](unsigned ready) { keep->onReady(ready); });
    watcher_->setInterest(interest);  // which may fail; Keep must not go then
  });
  if (status.ok()) return;
  sayReset();  // or the peer would take it for a proper end
  destroy(status);
}

void Socket::loopEnded() noexcept {
  if (destroyed()) return;
  const stream::RefPtr<Server> server = server_;  // which onDestroy() may need
  abandon();
  onDestroy();
}

void Socket::open(int fd, stream::RefPtr<Server> server) {
  fd_ = fd;
  server_ = std::move(server);
  setPeerFails();
  reading_ = stands_ = true;
  kConnectionOpen.publish(SocketPtr(this));
  watch(loop::FdWatcher::kReadable);
}

// --- what the loop says -------------------------------------------------------------------------

void Socket::onReady(unsigned ready) {
  dispatching_ = true;
  absl::Cleanup go_on = [this] {  // a listener threw
    dispatching_ = false;
    if (std::exchange(flush_wanted_, false)) writeSome();
  };
  if (connecting_) {
    finishConnect();
  } else {
    if ((ready & loop::FdWatcher::kWritable) != 0) {
      blocked_ = false;
      flush_wanted_ = true;
    }
    if ((ready & loop::FdWatcher::kReadable) != 0) receive();
  }
  std::move(go_on).Cancel();
  dispatching_ = false;
  if (flush_wanted_) flush();
}

void Socket::receive() {
  char* const buffer = readBuffer();
  for (int reads = 0; reads != kReadsAtOnce && reading_ && !peer_ended_ && !destroyed(); ++reads) {
    const ssize_t size = socketCalls().recv(fd_, buffer, kReadBytes, 0);
    if (size > 0) {
      bytes_read_ += static_cast<std::uint64_t>(size);
      kConnectionRead.publish(*this, static_cast<std::size_t>(size));
      active();
      onBytes({buffer, static_cast<std::size_t>(size)});
      if (static_cast<std::size_t>(size) < kReadBytes) return;
    } else if (size == 0) {
      peer_ended_ = true;
      updateInterest();
      return onPeerEnd();
    } else if (errno != EINTR) {
      if (!wouldBlock(errno)) fail(errno, "read");
      return;
    }
  }
}

void Socket::onBytes(std::string_view bytes) {
  if (!push(bytes)) setReading(false);
}

void Socket::setReading(bool on) {
  if (reading_ == on) return;
  reading_ = on;
  updateInterest();
}

void Socket::updateInterest() {
  if (!watcher_ || connecting_) return;
  unsigned interest = loop::FdWatcher::kNone;
  if (reading_ && !peer_ended_) interest |= loop::FdWatcher::kReadable;
  if (blocked_) interest |= loop::FdWatcher::kWritable;
  if (interest == watcher_->interest()) return;
  const absl::Status status = internal::tryToWatch([&] { watcher_->setInterest(interest); });
  if (!status.ok()) destroy(status);
}

// All is said in both directions, and nobody has ever cared to hear of the end.
void Socket::onPeerEnd() {
  pushEnd();
  if (writableFinished() && isUntouched() && readableLength() == 0) destroy();
}

// The peer has ended, and all it sent was read.
void Socket::afterEnd() {
  if (!allow_half_open_ && !writableEnded()) end();
  if (writableFinished()) destroy();
}

// --- the end ------------------------------------------------------------------------------------

void Socket::destroySoon() {
  if (destroyed()) return;
  close_after_write_ = true;
  if (writableFinished()) return destroy();
  end();
}

void Socket::resetAndDestroy() {
  if (destroyed()) return;
  sayReset();
  destroy();
}

void Socket::sayReset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  if (fd_ >= 0) socketCalls().setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

std::string Socket::describe(const char* operation) {
  std::string text = operation;
  if (const std::string peer = remoteAddress().toString(); !peer.empty()) text += " " + peer;
  return text;
}

void Socket::fail(int error, const char* operation) {
  destroy(absl::ErrnoToStatus(error, describe(operation)));
}

void Socket::onDestroy() {
  if (kConnectionClose.hasSubscribers() && stands_ && !loopGone()) [[unlikely]]
    kConnectionClose.publish(SocketPtr(this), error());
  idle_timer_.clear();
  connector_.reset();
  watcher_.reset();
  if (fd_ >= 0) socketCalls().close(std::exchange(fd_, -1));
}

void Socket::beforeClose() {
  if (server_) std::exchange(server_, nullptr)->connectionGone();
  while (files_ != nullptr) {
    Done done = std::move(files_->front().done);
    files_->pop_front();
    if (files_->empty()) files_.reset();
    absl::Cleanup go_on = [this] { defer([this] { beforeClose(); }); };  // the callback threw
    done(error().ok() ? absl::CancelledError("the socket was destroyed before the file was sent")
                      : error());
    std::move(go_on).Cancel();
  }
  Writable::beforeClose();
}

void Socket::onAbandon() noexcept {
  if (server_) std::exchange(server_, nullptr)->connectionAbandoned();
  files_.reset();
  Writable::onAbandon();
}

// --- options ------------------------------------------------------------------------------------

const Address& Socket::localAddress() {
  if (local_ == nullptr) {
    local_ = std::make_unique<Address>(lookUp(fd_, socketCalls().getsockname));
  }
  return *local_;
}

const Address& Socket::remoteAddress() {
  if (remote_ == nullptr) {
    remote_ = std::make_unique<Address>(lookUp(fd_, socketCalls().getpeername));
  }
  return *remote_;
}

bool Socket::setNoDelay(bool on) {
  if (connector_ != nullptr) {
    prependOnceListener(kConnect, [this, on] { setNoDelay(on); });
    return true;
  }
  const int value = on ? 1 : 0;
  return fd_ >= 0 &&
         socketCalls().setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0;
}

bool Socket::setKeepAlive(bool on, loop::Duration idle) {
  if (connector_ != nullptr) {
    prependOnceListener(kConnect, [this, on, idle] { setKeepAlive(on, idle); });
    return true;
  }
  const int value = on ? 1 : 0;
  const int seconds =
      static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(idle).count());
  const auto& calls = socketCalls();
  if (fd_ < 0 || calls.setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value)) != 0) {
    return false;
  }
  return !on || seconds < 1 ||
         calls.setsockopt(fd_, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds)) == 0;
}

void Socket::setTimeout(loop::Duration idle) {
  idle_timer_.clear();
  if (destroyed() || idle <= loop::Duration::zero()) return;
  const cls::FrameScope scope(home());
  idle_timer_ = loop().setTimeout([this] { onTimeout(); }, idle);
  idle_timer_.unref();
}

// Bytes came or went.
void Socket::active() { idle_timer_.refresh(); }

void Socket::ref() {
  if (connector_ != nullptr) {
    prependOnceListener(kConnect, [this] { ref(); });
  } else if (watcher_) {
    watcher_->ref();
  }
}
void Socket::unref() {
  if (connector_ != nullptr) {
    prependOnceListener(kConnect, [this] { unref(); });
  } else if (watcher_) {
    watcher_->unref();
  }
}

// --- connecting ---------------------------------------------------------------------------------

void Socket::startConnect(const absl::StatusOr<Address>& address) {
  if (!address.ok()) return destroy(address.status());
  remote_ = std::make_unique<Address>(*address);
  const auto& calls = socketCalls();
  fd_ = calls.socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return fail(errno, "connect");
  int error = calls.connect(fd_, address->data(), address->size()) == 0 ? 0 : errno;
  if (error == EINTR) error = EINPROGRESS;  // it goes on meanwhile
  if (error != 0 && error != EINPROGRESS) return fail(error, "connect");
  connecting_ = true;
  watch(loop::FdWatcher::kWritable);
}

void Socket::startConnect(const std::string& host, std::uint16_t port,
                          loop::Duration attempt_delay) {
  if (const auto address = Address::ip(host, port); address.ok()) return startConnect(address);
  connecting_ = true;
  const auto keep = std::make_shared<Keep>(this);
  const cls::FrameScope scope(home());
  connector_ = std::make_unique<internal::Connector>(
      loop(), internal::ConnectTarget{host, port, attempt_delay},
      [this, weak = std::weak_ptr<Keep>(keep)](int fd, const Address& address,
                                               const absl::Status& why) {
        const SocketPtr self(this);
        if (const auto kept = weak.lock()) kept->letGo();
        connector_.reset();
        why.ok() ? nameConnected(fd, address) : destroy(why);
      });
  connector_->start(keep);
}

void Socket::nameConnected(int fd, const Address& address) {
  fd_ = fd;
  remote_ = std::make_unique<Address>(address);
  watch(loop::FdWatcher::kNone);
  if (!destroyed()) onReady(loop::FdWatcher::kNone);
}

void Socket::finishConnect() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (socketCalls().getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  connecting_ = false;
  if (error != 0) return fail(error, "connect");
  setPeerFails();
  reading_ = stands_ = true;
  flush_wanted_ = flush_wanted_ || !queue().empty() || writableEnded();
  updateInterest();
  active();
  kConnectionOpen.publish(SocketPtr(this));
  emit(kConnect);
}

SocketPtr connect(EventLoop& loop, const ConnectOptions& options) {
  const SocketPtr socket(new Socket(loop));
  socket->setAllowHalfOpen(options.allow_half_open);
  if (options.path.empty()) {
    socket->startConnect(options.host, options.port, options.attempt_delay);
  } else {
    socket->startConnect(Address::unixPath(options.path));
  }
  if (options.no_delay && options.path.empty()) socket->setNoDelay();
  return socket;
}

}  // namespace weft::net
