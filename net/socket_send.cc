// How a Socket sends: what was written, and files.

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "weft/cls/errors.h"
#include "weft/net/channels.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/socket.h"

namespace weft::net {
namespace {

using internal::socketCalls;

constexpr std::size_t kPiecesAtOnce = 16;
constexpr std::size_t kFileBytesAtOnce = 1024 * 1024;

// The system takes no more for now.
bool isFull(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

}  // namespace

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
  if (nothingWaits()) onFlushed();  // what the last bytes were is known only now
  while (!destroyed() && !blocked_ && !nothingWaits() && sendOnce()) {
  }
  if (!destroyed()) {
    updateInterest();
    if (nothingWaits() && writableEnded()) endSending();
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
  std::size_t count = queue().fronts(pieces);
  ssize_t sent = 0;
  std::size_t wanted = 0;
  if (files_ != nullptr) [[unlikely]] {
    const std::uint64_t before_file = files_->front().position - gone();
    if (before_file == 0) return sendFileOnce();
    count = 1;
    pieces[0].iov_len = std::min<std::uint64_t>(pieces[0].iov_len, before_file);
  }
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
    blocked_ = isFull(errno);
    if (!blocked_) fail(errno, "write");
    return false;
  }
  blocked_ = static_cast<std::size_t>(sent) < wanted;
  kConnectionWrite.publish(*this, static_cast<std::size_t>(sent));
  active();
  consumed(static_cast<std::size_t>(sent));
  if (!destroyed()) onFlushed();
  return !destroyed();
}

// False if that is all for now.
bool Socket::sendFileOnce() {
  File& file = files_->front();
  ssize_t sent = 0;
  if (file.left != 0) {
    const std::size_t wanted = std::min<std::uint64_t>(file.left, kFileBytesAtOnce);
    sent = socketCalls().sendfile(fd_, file.fd, &file.offset, wanted);
    if (sent < 0) {
      if (errno == EINTR) return true;
      blocked_ = isFull(errno);
      if (!blocked_) fail(errno, "sendfile");
      return false;
    }
    if (sent == 0) {
      destroy(absl::DataLossError(describe("sendfile") + ": the file is shorter than was said"));
      return false;
    }
    kConnectionWrite.publish(*this, static_cast<std::size_t>(sent));
    active();
    file.left -= static_cast<std::uint64_t>(sent);
    file_bytes_ += static_cast<std::uint64_t>(sent);
  }
  if (file.left != 0) return true;
  Done done = std::move(file.done);
  files_->pop_front();
  if (files_->empty()) files_.reset();
  done(absl::OkStatus());
  if (!destroyed()) settle();
  return !destroyed();
}

bool Socket::sendFile(int file, std::uint64_t offset, std::uint64_t length, Done done) {
  if (!done) throw UsageError("sendFile() without a callback: it says when to close the file");
  if (destroyed() || writableEnded()) {
    write({});  // throws, or is false
    whenGone(std::move(done));
    return false;
  }
  if (files_ == nullptr) files_ = std::make_unique<std::deque<File>>();
  files_->push_back(
      {file, static_cast<off_t>(offset), length, gone() + queue().size(), std::move(done)});
  return write({});
}

std::size_t Socket::writableLength() const noexcept {
  std::size_t length = queue().size();
  if (files_ == nullptr) [[likely]]
    return length;
  for (const File& file : *files_) length += file.left;
  return length;
}

void Socket::endSending() {
  if (!shut_) {
    shut_ = true;
    socketCalls().shutdown(fd_, SHUT_WR);
  }
  finished();
}

void Socket::afterFinish() {
  if (close_after_write_ || readableEnded() ||
      (peer_ended_ && isUntouched() && readableLength() == 0)) {
    destroy();
  }
}

}  // namespace weft::net
