#include "weft/net/socket.h"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/server.h"

namespace weft::net {
namespace {

using internal::socketCalls;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kReadsAtOnce = 4;  // then the other sockets have their turn
constexpr std::size_t kPiecesAtOnce = 16;

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
  Socket* operator->() const { return socket_.get(); }

 private:
  SocketPtr socket_;
};

Socket::Socket(EventLoop& loop) : IoObject(loop) {}
Socket::~Socket() = default;

void Socket::watch(unsigned interest) {
  const cls::FrameScope scope(home());
  watcher_.emplace(loop(), fd_, interest,
                   [keep = Keep(this)](unsigned ready) { keep->onReady(ready); });
}

void Socket::loopEnded() noexcept {
  if (destroyed()) return;
  abandon();
  onDestroy();
}

void Socket::open(int fd, stream::RefPtr<Server> server) {
  fd_ = fd;
  server_ = std::move(server);
  setPeerFails();
  reading_ = true;
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
  watcher_->setInterest(interest);
}

// The peer has ended, and all it sent was read.
void Socket::afterEnd() {
  if (!allow_half_open_ && !writableEnded()) end();
  if (writableFinished()) destroy();
}

// --- sending ------------------------------------------------------------------------------------

void Socket::writeSome() {
  if (flush_wanted_ && !dispatching_ && !flushing_) return;  // a tick is on its way
  flush_wanted_ = true;
  if (dispatching_ || flushing_ || connecting_) return;
  defer([this] {
    if (flush_wanted_) flush();
  });
}

void Socket::flush() {
  flush_wanted_ = false;
  if (flushing_ || connecting_ || destroyed() || fd_ < 0) return;
  if (corked() && !writableEnded()) return;
  flushing_ = true;
  absl::Cleanup go_on = [this] {  // a listener threw
    flushing_ = false;
    flush_wanted_ = false;
    writeSome();
  };
  while (!blocked_ && !queue().empty() && sendOnce()) {
  }
  if (!destroyed()) {
    updateInterest();
    if (queue().empty() && writableEnded()) endSending();
  }
  std::move(go_on).Cancel();
  flushing_ = false;
  if (flush_wanted_ && !blocked_ && !destroyed()) {
    flush_wanted_ = false;
    writeSome();
  }
}

// False if that is all for now.
bool Socket::sendOnce() {
  std::array<iovec, kPiecesAtOnce> pieces;
  const std::size_t count = queue().fronts(pieces);
  ssize_t sent = 0;
  std::size_t wanted = 0;
  if (count == 1) {
    wanted = pieces[0].iov_len;
    sent = socketCalls().send(fd_, pieces[0].iov_base, wanted, MSG_NOSIGNAL);
  } else {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].iov_len;
    sent = socketCalls().sendmsg(fd_, &message, MSG_NOSIGNAL);
  }
  if (sent < 0) {
    if (errno == EINTR) return true;
    blocked_ = wouldBlock(errno) || errno == ENOBUFS;
    if (!blocked_) fail(errno, "write");
    return false;
  }
  blocked_ = static_cast<std::size_t>(sent) < wanted;
  active();
  consumed(static_cast<std::size_t>(sent));
  if (!destroyed()) onFlushed();
  return !destroyed();
}

void Socket::endSending() {
  if (!shut_) {
    shut_ = true;
    socketCalls().shutdown(fd_, SHUT_WR);
  }
  finished();
}

void Socket::afterFinish() {
  if (close_after_write_ || readableEnded() || (peer_ended_ && readableLength() == 0)) destroy();
}

void Socket::destroySoon() {
  if (destroyed()) return;
  close_after_write_ = true;
  if (writableFinished()) return destroy();
  end();
}

void Socket::resetAndDestroy() {
  if (destroyed()) return;
  const linger hard{.l_onoff = 1, .l_linger = 0};
  if (fd_ >= 0) socketCalls().setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  destroy();
}

// --- the end ------------------------------------------------------------------------------------

std::string Socket::describe(const char* operation) {
  std::string text = operation;
  if (const std::string peer = remoteAddress().toString(); !peer.empty()) text += " " + peer;
  return text;
}

void Socket::fail(int error, const char* operation) {
  destroy(absl::ErrnoToStatus(error, describe(operation)));
}

void Socket::onDestroy() {
  idle_timer_.clear();
  watcher_.reset();
  if (fd_ >= 0) socketCalls().close(std::exchange(fd_, -1));
}

void Socket::beforeClose() {
  if (server_) std::exchange(server_, nullptr)->connectionGone();
  Writable::beforeClose();
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
  const int value = on ? 1 : 0;
  return fd_ >= 0 &&
         socketCalls().setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0;
}

bool Socket::setKeepAlive(bool on, loop::Duration idle) {
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
  if (watcher_) watcher_->ref();
}
void Socket::unref() {
  if (watcher_) watcher_->unref();
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

void Socket::finishConnect() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (socketCalls().getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  connecting_ = false;
  if (error != 0) return fail(error, "connect");
  setPeerFails();
  reading_ = true;
  flush_wanted_ = flush_wanted_ || !queue().empty() || writableEnded();
  updateInterest();
  active();
  emit(kConnect);
}

SocketPtr connect(EventLoop& loop, const ConnectOptions& options) {
  const SocketPtr socket(new Socket(loop));
  socket->setAllowHalfOpen(options.allow_half_open);
  socket->startConnect(options.path.empty() ? Address::ip(options.host, options.port)
                                            : Address::unixPath(options.path));
  if (options.no_delay && options.path.empty()) socket->setNoDelay();
  return socket;
}

}  // namespace weft::net
