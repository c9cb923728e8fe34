// SignalWatcher: calls back when the process gets a signal.
//
//   loop::SignalWatcher interrupted(loop, SIGINT, [&](int) { server->close(); });
//
// Any number of watchers, in any loops of the process, may watch the same signal; each calls back
// on its own loop, in phase 3, in the contexts that were active when it was made. Signals that come
// faster than the loop turns count as one, as the kernel has it. While a signal is watched its
// default action is off; when its last watcher goes, what was set before is set again.
//
// A watcher does not keep run() from returning, as in Node; call ref() if it should.
//
// Threads: the loop's only. A watcher may outlive its loop and is then inert.

#ifndef WEFT_LOOP_SIGNAL_WATCHER_H_
#define WEFT_LOOP_SIGNAL_WATCHER_H_

#include <type_traits>
#include <utility>

#include "weft/cls/location.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/poller.h"
#include "weft/loop/internal/signal_sink.h"
#include "weft/loop/internal/watch.h"

namespace weft::loop {

namespace internal {

class SignalWatch final : public Watch {
 public:
  SignalWatch(EventLoop& loop, int signal);
  ~SignalWatch() override;

  int signal() const noexcept { return signal_; }
  void begin();

 private:
  void detach() noexcept override { source_.close(); }
  static void dispatch(void* watch);

  const int signal_;
  SignalSink* const sink_;
  PollSource source_;
};

}  // namespace internal

class SignalWatcher {
 public:
  // `fn` takes the number of the signal. Throws UsageError for a signal that cannot be caught.
  template <typename F>
  SignalWatcher(EventLoop& loop, int signal, F&& fn, cls::Location where = cls::Location::here())
      : SignalWatcher(loop, signal) {
    if (isNullCallable(fn)) internal::Watch::refuseNull();
    watch_->setCallback(
        [signal, call = std::decay_t<F>(std::forward<F>(fn))]() mutable { call(signal); }, where);
    watch_->begin();
  }
  ~SignalWatcher() { watch_->abandon(); }
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  int signal() const noexcept { return watch_->signal(); }

  // Whether the watcher keeps run() from returning; it does not at first.
  void ref() { setRef(true); }
  void unref() { setRef(false); }
  bool hasRef() const noexcept { return watch_->hasRef(); }

 private:
  SignalWatcher(EventLoop& loop, int signal);
  void setRef(bool on) {
    watch_->checkThread();
    watch_->setRef(on);
  }

  internal::SignalWatch* watch_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_SIGNAL_WATCHER_H_
