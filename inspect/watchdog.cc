#include "weft/inspect/watchdog.h"

#include <execinfo.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/debugging/symbolize.h"
#include "weft/inspect/internal/chain.h"

namespace weft::inspect {

namespace {

constexpr int kSignal = SIGURG;

// Null where we do not know the processor.
void* placeOf([[maybe_unused]] const ucontext_t& thread) noexcept {
#if defined(__x86_64__)
  return reinterpret_cast<void*>(thread.uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(thread.uc_mcontext.pc);
#else
  return nullptr;
#endif
}

// What the loop's thread writes down of itself, in the signal handler: nothing here allocates or
// locks.
struct Snapshot {
  std::array<void*, 64> stack;
  int first = 0;
  int depth = 0;
  std::array<internal::Link, 16> chain;
  std::size_t links = 0;

  void take(const EventLoop& loop, const ucontext_t& interrupted) noexcept {
    depth = ::backtrace(stack.data(), static_cast<int>(stack.size()));
    // The handler's own frames end where the thread was interrupted.
    void* const* const here = std::find(stack.data(), stack.data() + depth, placeOf(interrupted));
    first = here != stack.data() + depth ? static_cast<int>(here - stack.data()) : 0;
    links = 0;
    for (const loop::Scheduled* s = loop.currentCallback(); s != nullptr && links < chain.size();
         s = s->parent) {
      chain[links++] = {s->kind, s->where};
    }
  }

  std::string stackText() const {
    std::string text;
    for (int i = first; i < depth; ++i) {
      std::array<char, 512> name;
      const bool known = absl::Symbolize(stack[i], name.data(), static_cast<int>(name.size()));
      text += "\n    #" + std::to_string(i - first) + " " + (known ? name.data() : "?");
    }
    return text;
  }
};

// One question at a time is put to a thread, by whichever watchdog holds the lock.
struct Question {
  std::mutex asking;
  std::atomic<const EventLoop*> loop{nullptr};
  Snapshot answer;
  sem_t answered;
};

Question& question() {
  static Question* const the_question = [] {
    auto* const made = new Question;  // lives for ever: a late signal may still come
    ::sem_init(&made->answered, 0, 0);
    // The first call loads a library; that must not happen in the handler.
    made->answer.depth = ::backtrace(made->answer.stack.data(), 1);
    return made;
  }();
  return *the_question;
}

void answer(int, siginfo_t*, void* interrupted) {
  Question& q = question();
  const EventLoop* const loop = q.loop.exchange(nullptr, std::memory_order_acquire);
  if (loop == nullptr) return;
  q.answer.take(*loop, *static_cast<const ucontext_t*>(interrupted));
  ::sem_post(&q.answered);
}

timespec inASecond() {
  timespec time;
  ::clock_gettime(CLOCK_REALTIME, &time);
  ++time.tv_sec;
  return time;
}

}  // namespace

class Watchdog::Impl final : private loop::Observer {
 public:
  Impl(EventLoop& loop, WatchdogOptions options)
      : loop_(loop),
        options_(std::move(options)),
        limit_(std::max<loop::Duration>(options_.limit, std::chrono::milliseconds(1))),
        loop_thread_(::pthread_self()) {
    question();
    struct sigaction action {};
    action.sa_sigaction = &answer;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    ::sigaction(kSignal, &action, nullptr);
    loop_.addObserver(*this);
    if (loop::kInstrumented) thread_ = std::thread([this] { watch(); });
  }
  ~Impl() override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    loop_.removeObserver(*this);
  }

 private:
  unsigned hooks() const noexcept override { return kCalls | kNumbers | kIterations; }
  void ran(const loop::Ran&) override { beat(); }
  void iterated(const loop::Iteration&) override { beat(); }
  void beat() noexcept {
    beats_.store(beats_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  void watch() {
    using Clock = std::chrono::steady_clock;
    std::uint64_t seen = beats_.load(std::memory_order_relaxed);
    Clock::time_point since = Clock::now();
    bool reported = false;
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, limit_ / 4, [this] { return ended_; })) {
      const std::uint64_t now = beats_.load(std::memory_order_relaxed);
      if (now != seen || !loop_.busy()) {
        seen = now;
        since = Clock::now();
        reported = false;
      } else if (!reported && Clock::now() - since >= limit_) {
        reported = true;
        lock.unlock();
        report(Clock::now() - since);
        lock.lock();
      }
    }
  }

  void report(loop::Duration stuck) {
    Question& q = question();
    const std::lock_guard<std::mutex> lock(q.asking);
    q.loop.store(&loop_, std::memory_order_release);
    if (::pthread_kill(loop_thread_, kSignal) != 0) return;
    const timespec until = inASecond();
    if (::sem_timedwait(&q.answered, &until) != 0 && q.loop.exchange(nullptr) != nullptr) {
      internal::give(options_.report, "weft: the loop has been stuck for " +
                                          internal::milliseconds(stuck) +
                                          " and blocks the signal that would ask where");
      return;
    }
    std::string text = "weft: the loop has been stuck for " + internal::milliseconds(stuck);
    if (q.answer.links != 0) {
      text += " in " + internal::describeChain({q.answer.chain.data(), q.answer.links});
    }
    internal::give(options_.report, text + q.answer.stackText());
  }

  EventLoop& loop_;
  const WatchdogOptions options_;
  const loop::Duration limit_;
  const ::pthread_t loop_thread_;
  std::atomic<std::uint64_t> beats_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

Watchdog::Watchdog(EventLoop& loop, WatchdogOptions options)
    : impl_(std::make_unique<Impl>(loop, std::move(options))) {}

Watchdog::~Watchdog() = default;

}  // namespace weft::inspect
