#include "weft/emitter/max_listeners.h"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

#include "weft/cls/errors.h"

namespace weft::emitter {
namespace {

std::atomic<int> g_default_limit{10};
std::atomic<std::uint64_t> g_warnings{0};

struct Handler {
  std::mutex mutex;
  TooManyListenersHandler call;
};

Handler& handler() {
  static Handler* const the_handler = new Handler;  // emitters may outlive static objects
  return *the_handler;
}

}  // namespace

int defaultMaxListeners() noexcept { return g_default_limit.load(std::memory_order_relaxed); }

void setDefaultMaxListeners(int limit) {
  if (limit < 0) {
    throw UsageError("the limit of listeners cannot be " + std::to_string(limit) +
                     ": give a positive number, or 0 for no limit");
  }
  g_default_limit.store(limit, std::memory_order_relaxed);
}

std::string TooManyListeners::toString() const {
  return "possible leak: event '" + std::string(event) + "' has " + std::to_string(count) +
         " listeners, the last of which was added at " + last_added.toString() +
         "; call setMaxListeners() if more than " + std::to_string(limit) + " are meant";
}

TooManyListenersHandler onTooManyListeners(TooManyListenersHandler next) {
  Handler& current = handler();
  std::lock_guard<std::mutex> lock(current.mutex);
  return std::exchange(current.call, std::move(next));
}

std::uint64_t listenerWarnings() noexcept { return g_warnings.load(std::memory_order_relaxed); }

void internal::reportTooManyListeners(const TooManyListeners& warning) {
  g_warnings.fetch_add(1, std::memory_order_relaxed);
  TooManyListenersHandler call;
  {
    Handler& current = handler();
    std::lock_guard<std::mutex> lock(current.mutex);
    call = current.call;
  }
  if (call) {
    call(warning);
  } else {
    std::fprintf(stderr, "weft: %s\n", warning.toString().c_str());
  }
}

}  // namespace weft::emitter
