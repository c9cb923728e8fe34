// FaultPlan: makes one system call of the net fail, the Nth of its kind; or many, at random.
//
//   FaultPlan plan(clock);
//   plan.failNth({Call::kRecv, ECONNRESET}, 3);
//   runScenario();
//   if (!plan.met()) ...  // there were not so many calls
//
// While it lives, it is in force on its thread: the socket calls go through net's own seam, epoll's
// by taking the place of the C library's functions. It also counts descriptors that are open.
//
// Threads: the one that made it, and those that look names up for it.

#ifndef WEFT_TESTS_NET_FAULT_PLAN_H_
#define WEFT_TESTS_NET_FAULT_PLAN_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/net/internal/socket_calls.h"

namespace weft::tests {

enum class Call : std::uint8_t {
  kSocket,
  kAccept,
  kConnect,
  kBind,
  kListen,
  kRecv,
  kSend,
  kSendfile,
  kClose,
  kSetsockopt,
  kGetaddrinfo,
  kEpollCtl,
  kEpollWait,
  kTime,
};
inline constexpr int kCalls = 14;

// In place of an errno, and no EAI_... either.
enum : int {
  kNothingArrived = -1001,  // recv: 0, as if the peer had ended; epoll_wait: nothing is ready
  kOneByte = -1002,         // of as many as there are or would go
  kShortByOne = -1003,
  kLate = -1004,       // epoll_wait: an hour later
  kHourAhead = -1005,  // time: the wall clock was set
  kHourBack = -1006,
};

struct Fault {
  Call call;
  int error;  // an errno, an EAI_... of getaddrinfo, or one of the above
  // What is done must come to the same as if nothing had been.
  bool harmless = false;

  std::string name() const;
};

// Every pair of call and error that the net has promised to survive.
const std::vector<Fault>& allFaults();

class FaultPlan {
 public:
  explicit FaultPlan(ManualClock& clock);
  ~FaultPlan();
  FaultPlan(const FaultPlan&) = delete;
  FaultPlan& operator=(const FaultPlan&) = delete;

  // From now on; `n` counts from 1.
  void failNth(const Fault& fault, int n);
  // Each call fails with this probability in a thousand, by a fault of its kind.
  void failAtRandom(std::uint64_t seed, int per_mille);
  // No more faults.
  void stop();

  // How many faults there were.
  int met() const noexcept { return met_; }
  // True if some fault was one that is not harmless.
  bool harmed() const noexcept { return harmed_; }
  // True if some reader was told of an end that was none: what is missing then, nobody can know.
  bool cutOff() const noexcept { return cut_off_; }
  // Sockets that are open.
  int open() const noexcept { return open_; }
  // Whether anything was called since the last question, but for polls that found nothing.
  bool wasBusy() noexcept { return busy_.exchange(false); }
  // For the functions that stand in for the system's: the fault for this call, if there is one.
  static std::optional<int> next(Call call) noexcept;
  static FaultPlan* current() noexcept;
  void opened(int fd) noexcept { open_ += fd >= 0 ? 1 : 0; }
  void closed() noexcept { --open_; }
  void busy() noexcept { busy_ = true; }
  ManualClock& clock() noexcept { return clock_; }

 private:
  std::optional<int> choose(Call call) noexcept;
  int meet(const Fault& fault) noexcept;

  ManualClock& clock_;
  std::optional<Fault> fault_;
  int countdown_ = 0;
  int per_mille_ = 0;
  std::minstd_rand random_;
  std::atomic<int> met_ = 0;
  bool harmed_ = false;
  bool cut_off_ = false;
  int open_ = 0;
  std::atomic<bool> busy_ = false;
  std::optional<net::internal::ScopedSocketCalls> replaced_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_FAULT_PLAN_H_
