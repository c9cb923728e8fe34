#include "weft/loop/internal/poller.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "weft/cls/errors.h"

namespace weft::loop::internal {

static_assert(sizeof(event) <= 128 && alignof(event) <= 8);

struct Poller::Base {
  explicit Base(bool precise) {
    event_config* config = event_config_new();
    if (config == nullptr) throw std::bad_alloc();
    // The loop has a clock of its own.
    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    if (precise) event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    base = event_base_new_with_config(config);
    event_config_free(config);
    if (base == nullptr) {
      throw std::system_error(errno, std::generic_category(), "a poller cannot be made");
    }
  }
  ~Base() {
    if (event_initialized(&wake)) event_del(&wake);
    if (event_initialized(&timeout)) event_del(&timeout);
    event_base_free(base);
  }

  event_base* base;
  event wake{};
  event timeout{};
};

namespace {
void ignore(int, short, void*) {}
}  // namespace

Poller::Poller(int wake_fd, bool precise) : base_(std::make_unique<Base>(precise)) {
  event_assign(&base_->wake, base_->base, wake_fd, EV_READ | EV_PERSIST | EV_ET, &ignore, nullptr);
  event_assign(&base_->timeout, base_->base, -1, 0, &ignore, nullptr);
  if (event_add(&base_->wake, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "a poller cannot be made");
  }
}

Poller::~Poller() = default;

void Poller::poll(std::optional<Duration> timeout) {
  dropTaken();
  int flags = EVLOOP_ONCE;
  if (timeout && *timeout <= Duration::zero()) {
    flags |= EVLOOP_NONBLOCK;
  } else if (timeout) {
    // Rounded up, so as not to wake too early. More than a day is waited for in pieces.
    const Duration longest = std::chrono::hours(24);
    const auto us =
        std::chrono::ceil<std::chrono::microseconds>(std::min(*timeout, longest)).count();
    const timeval tv{us / 1'000'000, us % 1'000'000};
    event_add(&base_->timeout, &tv);
  }
  event_base_loop(base_->base, flags);
  if (timeout && (flags & EVLOOP_NONBLOCK) == 0) event_del(&base_->timeout);
}

// What was not taken stays, first in line.
void Poller::dropTaken() noexcept {
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  std::erase(ready_, nullptr);
  for (std::size_t i = 0; i < ready_.size(); ++i) ready_[i]->ready_place_ = i + 1;
}

void Poller::swapReady(std::size_t i, std::size_t j) noexcept {
  std::swap(ready_[i], ready_[j]);
  ready_[i]->ready_place_ = i + 1;
  ready_[j]->ready_place_ = j + 1;
}

PollSource* Poller::takeReady() noexcept {
  while (taken_ != ready_.size()) {
    PollSource* source = ready_[taken_++];
    if (source == nullptr) continue;
    source->ready_place_ = 0;
    return source;
  }
  return nullptr;
}

// --- sources ------------------------------------------------------------------------------------

PollSource::PollSource(Poller& poller, int fd, Dispatch on_ready, void* owner)
    : poller_(&poller), dispatch_(on_ready), owner_(owner), fd_(fd) {
  ::new (event())::event{};
}

void PollSource::close() noexcept {
  setInterest(kNotReady);
  if (ready_place_ != 0) poller_->ready_[std::exchange(ready_place_, 0) - 1] = nullptr;
}

void PollSource::setInterest(unsigned interest, bool edge) {
  if (interest == interest_) return;
  auto* const ev = static_cast<::event*>(event());
  if (interest_ != kNotReady) {
    event_del(ev);
    --poller_->size_;
  }
  interest_ = kNotReady;
  if (interest == kNotReady) return;
  // libevent's callback must not throw.
  if (poller_->ready_.capacity() <= poller_->size_) poller_->ready_.reserve(2 * poller_->size_ + 8);
  short what = EV_PERSIST;
  if ((interest & kReadReady) != 0) what |= EV_READ;
  if ((interest & kWriteReady) != 0) what |= EV_WRITE;
  if (edge) what |= EV_ET;
  event_assign(ev, poller_->base_->base, fd_, what, &PollSource::onEvent, this);
  if (event_add(ev, nullptr) != 0) {
    throw UsageError("descriptor " + std::to_string(fd_) + " cannot be watched (" +
                     std::generic_category().message(errno) +
                     "): watch sockets, pipes and the like, while they are open");
  }
  interest_ = interest;
  ++poller_->size_;
}

void PollSource::onEvent(int, short what, void* arg) {
  auto* const source = static_cast<PollSource*>(arg);
  std::vector<PollSource*>& ready = source->poller_->ready_;
  const bool noted = source->ready_place_ != 0;
  source->ready_ = (noted ? source->ready_ : kNotReady) |
                   ((what & EV_READ) != 0 ? kReadReady : kNotReady) |
                   ((what & EV_WRITE) != 0 ? kWriteReady : kNotReady);
  if (noted) return;
  ready.push_back(source);
  source->ready_place_ = ready.size();
}

}  // namespace weft::loop::internal
