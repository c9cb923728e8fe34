// Channel: a named point at which a library says what happens, for tools that want to know.
//
//   inline constinit loop::Channel<const Job&> kJobStart{"app.job.start"};
//   kJobStart.publish(job);  // where it starts: a look at one word while nobody listens
//
//   loop::ChannelSubscription counting = kJobStart.subscribe([&](const Job&) { ++jobs; });
//
// Subscribers are called where it is published, on that thread, within its contexts, in the order
// in which they subscribed. They look on: what one throws is reported on stderr, and it is not
// called again. Not an emitter: a channel belongs to no object, and nothing waits for it.
//
// What weft publishes is in weft/net/channels.h.
//
// Threads: any. A subscriber may be called once more, on another thread, while it unsubscribes
// here.

#ifndef WEFT_LOOP_CHANNEL_H_
#define WEFT_LOOP_CHANNEL_H_

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::loop {

// Unsubscribes when it goes. Must not outlive the channel.
class [[nodiscard]] ChannelSubscription {
 public:
  ChannelSubscription() = default;
  explicit ChannelSubscription(std::function<void()> leave) : leave_(std::move(leave)) {}
  ChannelSubscription(ChannelSubscription&& other) noexcept
      : leave_(std::exchange(other.leave_, nullptr)) {}
  ChannelSubscription& operator=(ChannelSubscription&& other) noexcept {
    std::swap(leave_, other.leave_);
    return *this;
  }
  ~ChannelSubscription() { reset(); }

  void reset() noexcept {
    if (leave_) std::exchange(leave_, nullptr)();
  }

 private:
  std::function<void()> leave_;
};

template <typename... Args>
class Channel {
 public:
  using Subscriber = std::function<void(Args...)>;

  // `name` must live as long as the channel.
  constexpr explicit Channel(std::string_view name) noexcept : name_(name) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::string_view name() const noexcept { return name_; }
  bool hasSubscribers() const noexcept { return count_.load(std::memory_order_relaxed) != 0; }

  void publish(Args... args) {
    if (hasSubscribers()) [[unlikely]]
      deliver(args...);
  }

  ChannelSubscription subscribe(Subscriber subscriber) {
    auto entry = std::make_shared<const Subscriber>(std::move(subscriber));
    const std::lock_guard<std::mutex> lock(mutex_);
    subscribers_.push_back(entry);
    count_.store(subscribers_.size(), std::memory_order_relaxed);
    return ChannelSubscription([this, entry] { remove(entry); });
  }

 private:
  using Entry = std::shared_ptr<const Subscriber>;

  [[gnu::noinline]] void deliver(Args... args) {
    std::vector<Entry> subscribers;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      subscribers = subscribers_;
    }
    for (const Entry& entry : subscribers) {
      try {
        (*entry)(args...);
      } catch (const std::exception& error) {
        dismiss(entry, error.what());
      } catch (...) {
        dismiss(entry, "an exception of unknown type");
      }
    }
  }

  void dismiss(const Entry& entry, const char* what) {
    std::fprintf(stderr, "weft: a subscriber of %.*s threw and was removed: %s\n",
                 static_cast<int>(name_.size()), name_.data(), what);
    remove(entry);
  }

  void remove(const Entry& entry) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::erase(subscribers_, entry);
    count_.store(subscribers_.size(), std::memory_order_relaxed);
  }

  const std::string_view name_;
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;                // guards subscribers_
  std::vector<Entry> subscribers_;  // in order
};

}  // namespace weft::loop

#endif  // WEFT_LOOP_CHANNEL_H_
