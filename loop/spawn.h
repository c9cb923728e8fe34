// Starting coroutines: spawn() and forget, or start() and keep a Running<T>.
//
//   loop::spawn(event_loop, serve(connection));   // failures go to onUncaughtException()
//
//   loop::Running<Page> page = loop::start(event_loop, fetch(url));  // fetches from now on
//   log("fetching");
//   use(co_await page);                           // or let `page` go out of scope: cancelled
//
// The coroutine begins at once, in the contexts of now, and this returns when it first waits.
//
// Both take a std::stop_token, too: a stop request, on any thread, cancels the coroutine as if its
// Running were dropped.
//
// Threads: the loop's, else UsageError.

#ifndef WEFT_LOOP_SPAWN_H_
#define WEFT_LOOP_SPAWN_H_

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_core.h"

namespace weft::loop {

// Thrown by awaiting a Running that was cancelled, or whose loop has ended.
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "the coroutine was cancelled"; }
};

namespace internal {

[[noreturn]] void refuseSecondAwait();

// Cancels a root at a stop request.
class StopLink {
 public:
  StopLink(CoRoot& root, const EventLoop& loop, std::stop_token token);
  ~StopLink() { target_->root = nullptr; }

 private:
  struct Target {
    CoRoot* root;  // touched at home only
    Poster poster;
    const char* home;
  };
  struct Request {
    std::shared_ptr<Target> target;
    void operator()() const noexcept;
  };
  std::shared_ptr<Target> target_;
  std::stop_callback<Request> callback_;
};

template <typename T>
class StartedRoot final : public CoRoot {
 public:
  StartedRoot(EventLoop& loop, Co<T> co) : CoRoot(loop, co.promise()), co_(std::move(co)) {}

  void cancelOn(std::stop_token token) { stop_.emplace(*this, *loop(), std::move(token)); }
  bool failed() const noexcept override { return co_.promise().outcome().failed(); }
  T take() { return co_.promise().outcome().take(); }
  const cls::HeldError& error() const noexcept override { return co_.promise().outcome().error(); }

 private:
  void destroyTop() noexcept override { const Co<T> gone = std::move(co_); }

  Co<T> co_;
  std::optional<StopLink> stop_;
};

}  // namespace internal

// A coroutine that was started. Its result can be awaited once, by a coroutine of the same loop.
template <typename T = void>
class [[nodiscard]] Running {
 public:
  using Type = T;
  using Root = internal::StartedRoot<T>;

  Running() = default;
  explicit Running(Root* root) noexcept : root_(root) {}
  Running(Running&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
  Running& operator=(Running&& other) noexcept {
    std::swap(root_, other.root_);
    return *this;
  }
  // Cancels the coroutine if it still runs.
  ~Running() {
    if (root_ != nullptr) root_->drop();
  }

  explicit operator bool() const noexcept { return root_ != nullptr; }

  // True once there is a result, or never will be.
  bool done() const noexcept { return root_ == nullptr || root_->ended(); }
  bool cancelled() const noexcept { return root_ != nullptr && root_->cancelled(); }

  // Whoever awaits it gets Cancelled. Nothing happens if it is done.
  void cancel() noexcept {
    if (root_ != nullptr) root_->cancel();
  }
  // Lets it go on by itself, as after spawn(); the result is dropped, a failure is reported.
  void detach() && noexcept {
    if (root_ != nullptr) std::exchange(root_, nullptr)->detach();
  }

  // Waits for the result; what the coroutine throws is thrown here, or Cancelled. The Running stays
  // as it is until then. Throws UsageError if somebody awaited it before.
  auto operator co_await() { return Await(*this); }

  // For the mechanism.
  Root* root() const noexcept { return root_; }

 private:
  class Await final : public internal::AtHome, private internal::CoListener {
   public:
    explicit Await(Running& running) : running_(running) {
      if (running.root_ == nullptr || running.root_->listener() != nullptr) {
        internal::refuseSecondAwait();
      }
    }
    Await(const Await&) = delete;
    Await& operator=(const Await&) = delete;
    ~Await() {
      if (waiter_ != nullptr && running_.root_ != nullptr) running_.root_->setListener(nullptr);
    }

    bool await_ready() const noexcept { return running_.root_->ended(); }
    template <typename P>
    void await_suspend(std::coroutine_handle<P> handle) {
      waiter_ = &handle.promise();
      waiter_->suspend();
      running_.root_->setListener(this);
    }
    T await_resume() {
      const Running ended = std::move(running_);  // so that the result goes now, in its contexts
      if (ended.root_->cancelled()) throw Cancelled();
      return ended.root_->take();
    }

   private:
    void rootEnded(internal::CoRoot&) noexcept override { waiter_->queueMicrotask(); }

    Running& running_;
    internal::CoPromise* waiter_ = nullptr;
  };

  Root* root_ = nullptr;
};

namespace internal {

template <typename F>
concept MakesCo = requires(F& make) {
  typename std::invoke_result_t<F&>::Type;
  requires std::same_as<std::invoke_result_t<F&>, Co<typename std::invoke_result_t<F&>::Type>>;
};

// Keeps `make`, in which the coroutine's captures are, until it has ended.
template <typename F, typename T = typename std::invoke_result_t<F&>::Type>
Co<T> keeping(F make) {
  co_return co_await make();
}

}  // namespace internal

template <typename T>
Running<T> start(EventLoop& loop, Co<T> co, std::stop_token token = {}) {
  if (!co) internal::refuseEmptyCo();
  auto root = std::make_unique<internal::StartedRoot<T>>(loop, std::move(co));
  Running<T> running(root.get());
  if (token.stop_possible()) root->cancelOn(std::move(token));
  internal::CoRoot* const started = root.release();
  if (!started->ended()) started->start();
  return running;
}
template <internal::MakesCo F>
auto start(EventLoop& loop, F&& make, std::stop_token token = {}) {
  return start(loop, internal::keeping<std::decay_t<F>>(std::forward<F>(make)), std::move(token));
}

// What it throws goes to the loop's onUncaughtException(), in the contexts of the coroutine's end.
// A result would be lost: give a coroutine that makes something of it.
inline void spawn(EventLoop& loop, Co<void> co, std::stop_token token = {}) {
  start(loop, std::move(co), std::move(token)).detach();
}
template <internal::MakesCo F>
void spawn(EventLoop& loop, F&& make, std::stop_token token = {}) {
  spawn(loop, internal::keeping<std::decay_t<F>>(std::forward<F>(make)), std::move(token));
}

}  // namespace weft::loop

#endif  // WEFT_LOOP_SPAWN_H_
