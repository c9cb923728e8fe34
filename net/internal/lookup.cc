#include "weft/net/internal/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "weft/net/channels.h"
#include "weft/net/internal/socket_calls.h"
#include "weft/net/internal/watch.h"

namespace weft::net::internal {

// Shared with a thread until it has written to `news`.
struct Lookup::Job {
  ~Job() {
    if (news >= 0) ::close(news);
  }

  std::string host;
  std::uint16_t port = 0;
  const SocketCalls* calls = &socketCalls();
  int news = -1;  // an eventfd
  Result result = absl::InternalError("not resolved");
  std::atomic<bool> resolved = false;
};

// Threads that are started as they are needed and never end.
class Lookup::Threads {
 public:
  static Threads& ofProcess() {
    static Threads& threads = *new Threads;  // its threads outlive main()
    return threads;
  }

  absl::Status submit(std::shared_ptr<Job> job) {
    const std::lock_guard lock(mutex_);
    if (idle_ <= jobs_.size() && count_ < kMostThreads) {
      try {
        std::thread([this] { work(); }).detach();
        ++count_;
        ++idle_;
      } catch (const std::system_error& refused) {
        if (count_ == 0) return absl::ResourceExhaustedError(refused.what());
      }
    }
    jobs_.push_back(std::move(job));
    news_.notify_one();
    return absl::OkStatus();
  }

 private:
  static constexpr int kMostThreads = 4;

  [[noreturn]] void work() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);  // signals are for the program's threads
    std::unique_lock lock(mutex_);
    while (true) {
      news_.wait(lock, [this] { return !jobs_.empty(); });
      const std::shared_ptr<Job> job = std::move(jobs_.front());
      jobs_.pop_front();
      --idle_;
      lock.unlock();
      resolve(*job);
      job->resolved.store(true, std::memory_order_release);
      const std::uint64_t one = 1;
      while (job->calls->write(job->news, &one, sizeof(one)) < 0 && errno == EINTR) {
      }
      lock.lock();
      ++idle_;
    }
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::size_t idle_ = 0;
  int count_ = 0;
};

namespace {

absl::Status statusOf(int error) {
  const int system_error = errno;
  const std::string text = error == EAI_SYSTEM ? std::generic_category().message(system_error)
                                               : std::string(::gai_strerror(error));
  switch (error) {
    case EAI_AGAIN:
      return absl::UnavailableError(text);
    case EAI_MEMORY:
      return absl::ResourceExhaustedError(text);
    case EAI_SYSTEM:
      return absl::ErrnoToStatus(system_error, "lookup");
    default:
      return absl::NotFoundError(text);
  }
}

}  // namespace

void Lookup::resolve(Job& job) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error =
      job.calls->getaddrinfo(job.host.c_str(), std::to_string(job.port).c_str(), &hints, &list);
  if (error != 0) {
    job.result = statusOf(error);
    return;
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    if (each->ai_addr == nullptr || each->ai_addrlen > Address::kCapacity) continue;
    Address address;
    std::memcpy(address.data(), each->ai_addr, each->ai_addrlen);
    address.setSize(each->ai_addrlen);
    if (address.isIp()) addresses.push_back(address);
  }
  if (list != nullptr) ::freeaddrinfo(list);
  if (addresses.empty()) {
    job.result = absl::NotFoundError("the name has no address");
  } else {
    job.result = std::move(addresses);
  }
}

absl::Status Lookup::start(EventLoop& loop, const std::string& host, std::uint16_t port,
                           Done done) {
  job_ = std::make_shared<Job>();
  job_->host = host;
  job_->port = port;
  asked_ = host;
  kLookupStart.publish(host);
  const absl::Status status = begin(loop, std::move(done));
  if (!status.ok()) publishEnd(status);
  return status;
}

Lookup::~Lookup() { publishEnd(absl::CancelledError("nobody waits for it any more")); }

void Lookup::publishEnd(const absl::Status& status) {
  if (const std::string host = std::exchange(asked_, {}); !host.empty()) {
    kLookupEnd.publish(host, status);
  }
}

absl::Status Lookup::begin(EventLoop& loop, Done done) {
  job_->news = job_->calls->eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (job_->news < 0) return absl::ErrnoToStatus(errno, "eventfd");
  if (absl::Status refused = Threads::ofProcess().submit(job_); !refused.ok()) return refused;
  return tryToWatch([&] {
    watcher_.emplace(loop, job_->news, loop::FdWatcher::kReadable,
                     [this, call = std::move(done)](unsigned) mutable {
                       if (!job_->resolved.load(std::memory_order_acquire)) return;
                       const auto job = std::exchange(job_, nullptr);
                       watcher_->setInterest(loop::FdWatcher::kNone);
                       publishEnd(job->result.status());
                       call(job->result);
                     });
  });
}

std::vector<Address> interleaved(const std::vector<Address>& addresses) {
  std::vector<Address> first;
  std::vector<Address> second;
  for (const Address& address : addresses) {
    (address.family() == addresses.front().family() ? first : second).push_back(address);
  }
  std::vector<Address> mixed;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

}  // namespace weft::net::internal
