#include "weft/loop/internal/signal_sink.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <string>
#include <system_error>

#include "weft/cls/errors.h"

namespace weft::loop::internal {
namespace {

constexpr int kSignals = 65;

constinit std::atomic<SignalSink*> g_sinks{nullptr};

// Of the process; under g_mutex.
struct Caught {
  int watchers = 0;
  struct sigaction before;
};
constinit std::mutex g_mutex;
std::array<Caught, kSignals>& caught() {
  static auto* const kCaught = new std::array<Caught, kSignals>();  // watchers may outlive statics
  return *kCaught;
}

std::uint64_t bitOf(int signal) { return std::uint64_t{1} << (signal - 1); }

// Async-signal-safe.
void onSignal(int signal) {
  const int error_before = errno;
  for (SignalSink* sink = g_sinks.load(std::memory_order_acquire); sink != nullptr;
       sink = sink->next) {
    if (sink->signal.load(std::memory_order_relaxed) != signal) continue;
    // The sink may have passed to a watcher of another signal just now: that one looks at its bit.
    sink->arrived.fetch_or(bitOf(signal), std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(sink->fd, &one, sizeof(one));
  }
  errno = error_before;
}

SignalSink* unusedSink() {
  for (SignalSink* sink = g_sinks.load(std::memory_order_relaxed); sink != nullptr;
       sink = sink->next) {
    if (sink->signal.load(std::memory_order_relaxed) == 0) return sink;
  }
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  auto* const sink = new SignalSink;
  sink->fd = fd;
  sink->next = g_sinks.load(std::memory_order_relaxed);
  g_sinks.store(sink, std::memory_order_release);
  return sink;
}

bool catchSignal(int signal, struct sigaction* before) {
  struct sigaction action {};
  action.sa_handler = &onSignal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return sigaction(signal, &action, before) == 0;
}

[[noreturn]] void refuse(int signal) {
  throw UsageError("signal " + std::to_string(signal) +
                   " cannot be watched: it does not exist or cannot be caught");
}

}  // namespace

SignalSink* openSignalSink(int signal) {
  std::lock_guard<std::mutex> lock(g_mutex);
  if (signal <= 0 || signal >= kSignals) refuse(signal);
  SignalSink* const sink = unusedSink();
  sink->arrived.store(0, std::memory_order_relaxed);
  sink->signal.store(signal, std::memory_order_release);
  Caught& state = caught()[signal];
  if (state.watchers == 0 && !catchSignal(signal, &state.before)) {
    sink->signal.store(0, std::memory_order_release);
    refuse(signal);
  }
  ++state.watchers;
  return sink;
}

void closeSignalSink(SignalSink* sink, int signal) noexcept {
  std::lock_guard<std::mutex> lock(g_mutex);
  if (--caught()[signal].watchers == 0) sigaction(signal, &caught()[signal].before, nullptr);
  sink->signal.store(0, std::memory_order_release);
}

bool takeSignal(SignalSink* sink, int signal) noexcept {
  return (sink->arrived.exchange(0, std::memory_order_acquire) & bitOf(signal)) != 0;
}

}  // namespace weft::loop::internal
