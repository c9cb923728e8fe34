// FdWatcher: calls back while a descriptor is readable or writable.
//
// Level-triggered: the callback comes again in each iteration in which the descriptor still is
// ready. The watcher does not own the descriptor; destroy (or pause) it before that is closed. It
// stops when destroyed, also from inside its own callback.
//
//   loop::FdWatcher watcher(loop, fd, loop::FdWatcher::kReadable, [&](unsigned ready) {
//     while (readSome(fd)) {}
//   });
//
// The callback runs in the contexts that were active when the watcher was made; changing the
// interest from elsewhere never changes them. For bytes, take a socket of weft/net: this is what
// it stands on.
//
// Threads: the loop's only. A watcher may outlive its loop and is then inert.

#ifndef WEFT_LOOP_FD_WATCHER_H_
#define WEFT_LOOP_FD_WATCHER_H_

#include <type_traits>
#include <utility>

#include "weft/cls/location.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/poller.h"
#include "weft/loop/internal/watch.h"

namespace weft::loop {

namespace internal {

class FdWatch final : public Watch {
 public:
  FdWatch(EventLoop& loop, int fd) : Watch(loop), source_(poller(), fd, &FdWatch::dispatch, this) {}

  void setInterest(unsigned interest);
  PollSource& source() noexcept { return source_; }

 private:
  void detach() noexcept override { source_.close(); }
  static void dispatch(void* watch) { static_cast<FdWatch*>(watch)->call(); }

  PollSource source_;
};

}  // namespace internal

class FdWatcher {
 public:
  // What is waited for and what a callback is told; an error or the other side's end counts as
  // both.
  enum : unsigned {
    kNone = internal::kNotReady,
    kReadable = internal::kReadReady,
    kWritable = internal::kWriteReady,
  };

  // `fn` takes the bits of what is ready. Throws UsageError if the descriptor cannot be polled.
  template <typename F>
  FdWatcher(EventLoop& loop, int fd, unsigned interest, F&& fn,
            cls::Location where = cls::Location::here())
      : FdWatcher(loop, fd) {
    if (isNullCallable(fn)) internal::Watch::refuseNull();
    internal::PollSource* const source = &watch_->source();
    watch_->setCallback(
        [source, call = std::decay_t<F>(std::forward<F>(fn))]() mutable { call(source->ready()); },
        where);
    setInterest(interest);
  }
  ~FdWatcher() { watch_->abandon(); }
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  // kNone pauses; then the watcher does not keep run() from returning.
  void setInterest(unsigned interest) {
    watch_->checkThread();
    watch_->setInterest(interest);
  }
  unsigned interest() const noexcept { return watch_->source().interest(); }
  int fd() const noexcept { return watch_->source().fd(); }

  // Whether the watcher keeps run() from returning; it does at first.
  void ref() { setRef(true); }
  void unref() { setRef(false); }
  bool hasRef() const noexcept { return watch_->hasRef(); }

 private:
  FdWatcher(EventLoop& loop, int fd);
  void setRef(bool on) {
    watch_->checkThread();
    watch_->setRef(on);
  }

  internal::FdWatch* watch_;
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_FD_WATCHER_H_
