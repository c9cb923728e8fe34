#include "weft/loop/signal_watcher.h"

namespace weft::loop {
namespace internal {

SignalWatch::SignalWatch(EventLoop& loop, int signal)
    : Watch(loop),
      signal_(signal),
      sink_(openSignalSink(signal)),
      source_(poller(), sink_->fd, &SignalWatch::dispatch, this) {
  setRef(false);
}

SignalWatch::~SignalWatch() { closeSignalSink(sink_, signal_); }

void SignalWatch::begin() {
  // On edges: nobody reads the descriptor.
  source_.setInterest(kReadReady, /*edge=*/true);
  setActive(true);
}

void SignalWatch::dispatch(void* arg) {
  auto* const watch = static_cast<SignalWatch*>(arg);
  if (takeSignal(watch->sink_, watch->signal_)) watch->call();
}

}  // namespace internal

SignalWatcher::SignalWatcher(EventLoop& loop, int signal)
    : watch_(new internal::SignalWatch(loop, signal)) {}

}  // namespace weft::loop
