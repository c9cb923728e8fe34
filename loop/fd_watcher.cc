#include "weft/loop/fd_watcher.h"

namespace weft::loop {
namespace internal {

void FdWatch::setInterest(unsigned interest) {
  if (loop() == nullptr) return;
  source_.setInterest(interest);
  setActive(interest != kNotReady);
}

}  // namespace internal

FdWatcher::FdWatcher(EventLoop& loop, int fd) : watch_(new internal::FdWatch(loop, fd)) {}

}  // namespace weft::loop
