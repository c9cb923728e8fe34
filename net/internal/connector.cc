#include "weft/net/internal/connector.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/net/channels.h"
#include "weft/net/internal/lookup.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/internal/watch.h"

namespace weft::net::internal {

Connector::Attempt::~Attempt() {
  watcher.reset();
  if (fd >= 0) socketCalls().close(fd);
}

Connector::Connector(EventLoop& loop, ConnectTarget target, Done done)
    : loop_(loop), target_(std::move(target)), done_(std::move(done)) {}

Connector::~Connector() {
  dropped_.request_stop();
  impatience_.clear();
}

void Connector::start(std::shared_ptr<void> keep) {
  keep_ = keep;
  loop::spawn(loop_, lookUpAndTry(std::move(keep)), dropped_.get_token());
}

// Tells that a name is looked up, and, once, how that ended: Cancelled if nothing else was said.
class Connector::LookupNews {
 public:
  explicit LookupNews(const std::string& host) : host_(host) { kLookupStart.publish(host_); }
  LookupNews(const LookupNews&) = delete;
  LookupNews& operator=(const LookupNews&) = delete;
  ~LookupNews() {
    if (pending_) end(absl::CancelledError("nobody waits for it any more"));
  }
  void end(const absl::Status& status) {
    pending_ = false;
    kLookupEnd.publish(host_, status);
  }

 private:
  const std::string host_;
  bool pending_ = true;
};

loop::Co<> Connector::lookUpAndTry(std::shared_ptr<void> keep) {
  LookupNews news(target_.host);
  absl::StatusOr<std::vector<Address>> found =
      co_await loop::work({.priority = kLookUpPriority, .contexts = false}, &lookUp, target_.host,
                          AF_UNSPEC, socketCalls().getaddrinfo);
  news.end(found.status());
  if (found.ok()) {
    addresses_ = interleaved(*found);
    startNext();
  } else {
    fail(found.status().code(), std::string(found.status().message()));
  }
}

// The next address that can be tried at all.
void Connector::startNext() {
  const std::shared_ptr<void> keep = keep_.lock();
  impatience_.clear();
  while (next_ != addresses_.size() && !begin(addresses_[next_++])) {
  }
  if (attempts_.empty()) return fail(absl::ErrnoToStatusCode(last_error_), failures_);
  if (next_ == addresses_.size()) return;
  impatience_ = loop_.setTimeout([this, keep] { startNext(); }, target_.attempt_delay);
}

bool Connector::begin(Address address) {
  address.setPort(target_.port);
  const auto& calls = socketCalls();
  Attempt& attempt = attempts_.emplace_back();
  const auto place = std::prev(attempts_.end());
  attempt.address = address;
  attempt.fd = calls.socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int error = attempt.fd < 0 ? errno : 0;
  if (error == 0 && calls.connect(attempt.fd, address.data(), address.size()) != 0) {
    error = errno == EINPROGRESS || errno == EINTR ? 0 : errno;  // it goes on meanwhile
  }
  if (error == 0) {
    const absl::Status watched = tryToWatch([&] {
      attempt.watcher.emplace(loop_, attempt.fd, loop::FdWatcher::kWritable,
                              [this, place, keep = keep_.lock()](unsigned) { onReady(place); });
    });
    if (watched.ok()) return true;
    error = ENOMEM;
  }
  note(address, error);
  attempts_.erase(place);
  return false;
}

void Connector::onReady(Attempts::iterator attempt) {
  const std::shared_ptr<void> keep = keep_.lock();
  int error = 0;
  socklen_t size = sizeof(error);
  if (socketCalls().getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    error = errno;
  }
  if (error != 0) {
    note(attempt->address, error);
    attempts_.erase(attempt);
    return startNext();
  }
  impatience_.clear();
  attempt->watcher.reset();
  const Address address = attempt->address;
  const int fd = std::exchange(attempt->fd, -1);
  attempts_.clear();
  Done done = std::move(done_);
  done(fd, address, absl::OkStatus());
}

void Connector::note(const Address& address, int error) {
  last_error_ = error;
  if (!failures_.empty()) failures_ += "; ";
  failures_ += address.toString() + ": " + std::generic_category().message(error);
}

void Connector::fail(absl::StatusCode code, const std::string& why) {
  Done done = std::move(done_);
  done(-1, {},
       absl::Status(code,
                    "connect " + target_.host + ":" + std::to_string(target_.port) + ": " + why));
}

}  // namespace weft::net::internal
