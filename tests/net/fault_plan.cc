#include "weft/tests/net/fault_plan.h"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

namespace weft::tests {
namespace {

using net::internal::kSystemCalls;
using net::internal::SocketCalls;

thread_local FaultPlan* t_plan = nullptr;
std::atomic<FaultPlan*> g_lookups{nullptr};  // names are looked up on other threads

int failed(int error) {
  errno = error;
  return -1;
}

int fakeSocket(int domain, int type, int protocol) {
  if (const auto fault = FaultPlan::next(Call::kSocket)) return failed(*fault);
  const int fd = kSystemCalls.socket(domain, type, protocol);
  t_plan->opened(fd);
  return fd;
}

int fakeAccept(int fd, sockaddr* address, socklen_t* size, int flags) {
  if (const auto fault = FaultPlan::next(Call::kAccept)) return failed(*fault);
  const int accepted = kSystemCalls.accept(fd, address, size, flags);
  t_plan->opened(accepted);
  return accepted;
}

int fakeConnect(int fd, const sockaddr* address, socklen_t size) {
  const auto fault = FaultPlan::next(Call::kConnect);
  if (fault && *fault != EINTR) return failed(*fault);
  const int result = kSystemCalls.connect(fd, address, size);
  return fault ? failed(*fault) : result;  // interrupted, it goes on
}

int fakeBind(int fd, const sockaddr* address, socklen_t size) {
  const auto fault = FaultPlan::next(Call::kBind);
  return fault ? failed(*fault) : kSystemCalls.bind(fd, address, size);
}

int fakeListen(int fd, int backlog) {
  const auto fault = FaultPlan::next(Call::kListen);
  return fault ? failed(*fault) : kSystemCalls.listen(fd, backlog);
}

ssize_t fakeRecv(int fd, void* buffer, std::size_t size, int flags) {
  const auto fault = FaultPlan::next(Call::kRecv);
  if (fault == kNothingArrived) return 0;
  if (fault && *fault > 0) return failed(*fault);
  return kSystemCalls.recv(fd, buffer, fault ? 1 : size, flags);
}

ssize_t fakeRecvmsg(int fd, msghdr* message, int flags) {
  const auto fault = FaultPlan::next(Call::kRecv);
  if (fault && *fault > 0) return failed(*fault);
  return kSystemCalls.recvmsg(fd, message, flags);
}

// How much of `size` goes in spite of a fault that shortens.
std::size_t shortened(int fault, std::size_t size) {
  if (size < 2) return size;
  return fault == kOneByte ? 1 : size - 1;
}

ssize_t fakeSend(int fd, const void* bytes, std::size_t size, int flags) {
  const auto fault = FaultPlan::next(Call::kSend);
  if (fault && *fault > 0) return failed(*fault);
  return kSystemCalls.send(fd, bytes, fault ? shortened(*fault, size) : size, flags);
}

ssize_t fakeSendmsg(int fd, const msghdr* message, int flags) {
  const auto fault = FaultPlan::next(Call::kSend);
  if (fault && *fault > 0) return failed(*fault);
  if (!fault || message->msg_name != nullptr) return kSystemCalls.sendmsg(fd, message, flags);
  const iovec& first = message->msg_iov[0];
  return kSystemCalls.send(fd, first.iov_base, shortened(*fault, first.iov_len), flags);
}

ssize_t fakeSendfile(int fd, int file, off_t* offset, std::size_t size) {
  const auto fault = FaultPlan::next(Call::kSendfile);
  if (fault && *fault > 0) return failed(*fault);
  return kSystemCalls.sendfile(fd, file, offset, fault ? shortened(*fault, size) : size);
}

int fakeClose(int fd) {
  const auto fault = FaultPlan::next(Call::kClose);
  const int result = kSystemCalls.close(fd);  // Linux closes also if it says otherwise
  t_plan->closed();
  return fault ? failed(*fault) : result;
}

int fakeSetsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  const auto fault = FaultPlan::next(Call::kSetsockopt);
  return fault ? failed(*fault) : kSystemCalls.setsockopt(fd, level, name, value, size);
}

// Every name is 127.0.0.2, where nobody listens, and 127.0.0.1.
int fakeGetaddrinfo(const char*, const char* service, const addrinfo*, addrinfo** list) {
  if (const auto fault = FaultPlan::next(Call::kGetaddrinfo)) return *fault;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  if (const int error = ::getaddrinfo("127.0.0.2", service, &hints, list); error != 0) return error;
  return ::getaddrinfo("127.0.0.1", service, &hints, &(*list)->ai_next);
}

const SocketCalls& faultyCalls() {
  static const SocketCalls calls = {
      .socket = &fakeSocket,
      .bind = &fakeBind,
      .listen = &fakeListen,
      .accept = &fakeAccept,
      .connect = &fakeConnect,
      .recv = &fakeRecv,
      .send = &fakeSend,
      .sendmsg = &fakeSendmsg,
      .recvmsg = &fakeRecvmsg,
      .sendfile = &fakeSendfile,
      .shutdown = kSystemCalls.shutdown,
      .close = &fakeClose,
      .setsockopt = &fakeSetsockopt,
      .getsockopt = kSystemCalls.getsockopt,
      .getsockname = kSystemCalls.getsockname,
      .getpeername = kSystemCalls.getpeername,
      .getaddrinfo = &fakeGetaddrinfo,
  };
  return calls;
}

}  // namespace

std::string Fault::name() const {
  static constexpr std::array<const char*, kCalls> kNames = {
      "socket",   "accept", "connect",    "bind",        "listen",    "recv",       "send",
      "sendfile", "close",  "setsockopt", "getaddrinfo", "epoll_ctl", "epoll_wait", "time"};
  std::string what;
  switch (error) {
    case kNothingArrived:
      what = "0";
      break;
    case kOneByte:
      what = "one byte";
      break;
    case kShortByOne:
      what = "short by one";
      break;
    case kLate:
      what = "an hour late";
      break;
    case kHourAhead:
      what = "an hour ahead";
      break;
    case kHourBack:
      what = "an hour back";
      break;
    default:
      what = call == Call::kGetaddrinfo ? ::gai_strerror(error) : ::strerrorname_np(error);
  }
  return std::string(kNames[static_cast<int>(call)]) + " " + what;
}

const std::vector<Fault>& allFaults() {
  static const std::vector<Fault> faults = [] {
    std::vector<Fault> list;
    const auto add = [&list](Call call, bool harmless, std::initializer_list<int> errors) {
      for (const int error : errors) list.push_back({call, error, harmless});
    };
    add(Call::kSocket, false, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EACCES});
    add(Call::kAccept, true, {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EINTR, EAGAIN, EPERM});
    add(Call::kConnect, false, {ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EADDRNOTAVAIL});
    add(Call::kConnect, true, {EINTR});
    add(Call::kBind, false, {EADDRINUSE, EACCES});
    add(Call::kListen, false, {EADDRINUSE, EACCES});
    add(Call::kRecv, true, {EAGAIN, EINTR, kOneByte});
    add(Call::kRecv, false, {ECONNRESET, ETIMEDOUT, ENOMEM, kNothingArrived});
    add(Call::kSend, true, {EAGAIN, EINTR, ENOBUFS, kShortByOne, kOneByte});
    add(Call::kSend, false, {EPIPE, ECONNRESET});
    add(Call::kSendfile, true, {EAGAIN, EINTR, ENOBUFS, kShortByOne, kOneByte});
    add(Call::kSendfile, false, {EPIPE, ECONNRESET, EIO});
    add(Call::kClose, true, {EINTR, EIO});
    add(Call::kSetsockopt, true, {EINVAL, ENOPROTOOPT});
    add(Call::kGetaddrinfo, false, {EAI_AGAIN, EAI_NONAME, EAI_MEMORY});
    add(Call::kEpollCtl, false, {ENOMEM, ENOSPC, EEXIST});
    add(Call::kEpollWait, true, {EINTR, kNothingArrived});
    add(Call::kEpollWait, false, {kLate});  // whoever has waited for an hour may give up
    add(Call::kTime, true, {kHourAhead, kHourBack});
    return list;
  }();
  return faults;
}

FaultPlan::FaultPlan(ManualClock& clock) : clock_(clock) {
  t_plan = this;
  g_lookups = this;
  replaced_.emplace(faultyCalls());
}

FaultPlan::~FaultPlan() {
  t_plan = nullptr;
  g_lookups = nullptr;
}

void FaultPlan::failNth(const Fault& fault, int n) {
  fault_ = fault;
  countdown_ = n;
}

void FaultPlan::failAtRandom(std::uint64_t seed, int per_mille) {
  random_.seed(static_cast<std::minstd_rand::result_type>(seed));
  per_mille_ = per_mille;
}

void FaultPlan::stop() {
  fault_.reset();
  per_mille_ = 0;
}

FaultPlan* FaultPlan::current() noexcept { return t_plan; }

std::optional<int> FaultPlan::next(Call call) noexcept {
  FaultPlan* const plan = call == Call::kGetaddrinfo ? g_lookups.load() : t_plan;
  if (plan == nullptr) return std::nullopt;
  if (call != Call::kEpollWait) plan->busy_ = true;
  return plan->choose(call);
}

std::optional<int> FaultPlan::choose(Call call) noexcept {
  if (fault_ && fault_->call == call && --countdown_ == 0) {
    return meet(*fault_);
  }
  if (per_mille_ == 0 || call == Call::kGetaddrinfo ||
      static_cast<int>(random_() % 1000) >= per_mille_) {
    return std::nullopt;
  }
  std::vector<const Fault*> possible;
  for (const Fault& fault : allFaults()) {
    if (fault.call == call) possible.push_back(&fault);
  }
  return meet(*possible[random_() % possible.size()]);
}

int FaultPlan::meet(const Fault& fault) noexcept {
  ++met_;
  harmed_ = harmed_ || !fault.harmless;
  cut_off_ = cut_off_ || (fault.call == Call::kRecv && fault.error == kNothingArrived);
  return fault.error;
}

}  // namespace weft::tests

// --- in place of the C library's ----------------------------------------------------------------

using weft::tests::Call;
using weft::tests::FaultPlan;

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  if (operation != EPOLL_CTL_DEL) {
    if (const auto fault = FaultPlan::next(Call::kEpollCtl)) {
      errno = *fault;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  if (const auto fault = FaultPlan::next(Call::kEpollWait)) {
    if (*fault == weft::tests::kNothingArrived) return 0;
    if (*fault > 0) {
      errno = *fault;
      return -1;
    }
    FaultPlan::current()->clock().advance(std::chrono::hours(1));
  }
  const int ready =
      static_cast<int>(::syscall(SYS_epoll_pwait, epoll, events, most, timeout, nullptr, 8));
  if (ready > 0 && FaultPlan::current() != nullptr) FaultPlan::current()->busy();
  return ready;
}

// The wall clock's only: nothing but the Date of answers may depend on it.
extern "C" time_t time(time_t* result) noexcept {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (const auto fault = FaultPlan::next(Call::kTime)) {
    now.tv_sec += *fault == weft::tests::kHourAhead ? 3600 : -3600;
  }
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}
