#include "weft/loop/internal/post_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace weft::loop::internal {

namespace {

int makeEventFd() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

PostQueue::PostQueue(std::size_t limit) : limit_(limit), wake_fd_(makeEventFd()) {}

PostQueue::~PostQueue() { close(wake_fd_); }

void PostQueue::signal() noexcept {
  const std::uint64_t one = 1;
  // Can only fail when the counter is full, and then the loop is being woken already.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

absl::Status PostQueue::refusal() const {
  return (unusual_ & kEnded) != 0
             ? absl::FailedPreconditionError("the loop has ended")
             : absl::ResourceExhaustedError("the loop's queue of posts is full");
}

absl::Status PostQueue::pushTask(Task task) { return push(std::move(task)); }

void PostQueue::announce(News news) noexcept {
  bool wake;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if ((unusual_ & kEnded) != 0) return;
    wake = note(news);
  }
  if (wake) signal();
}

bool PostQueue::ended() const noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  return (unusual_ & kEnded) != 0;
}

unsigned PostQueue::take(TaskRing& batch) {
  std::lock_guard<std::mutex> lock(mutex_);
  incoming_.swap(batch);
  return news_.exchange(kNothing, std::memory_order_relaxed);
}

bool PostQueue::fallAsleep() noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  asleep_ = news_.load(std::memory_order_relaxed) == kNothing;
  return asleep_;
}

void PostQueue::awake() noexcept {
  if (news() != kNothing) return;  // whoever brought it has noted that the loop is awake
  std::lock_guard<std::mutex> lock(mutex_);
  asleep_ = false;
}

void PostQueue::end(TaskRing& batch) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  unusual_ = kEnded;
  incoming_.swap(batch);
}

void PostQueue::setInstrument(Instrument* instrument) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  instrument_ = instrument;
  unusual_ =
      static_cast<unsigned char>((unusual_ & kEnded) | (instrument != nullptr ? kObserved : 0));
}

}  // namespace weft::loop::internal
