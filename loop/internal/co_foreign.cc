#include "weft/loop/internal/co_foreign.h"

#include <atomic>
#include <exception>

namespace weft::loop::internal {

struct ForeignWake::Target {
  explicit Target(CoPromise& waiting)
      : promise(&waiting), poster(waiting.loop().poster()), home(&t_thread_marker) {}

  // On whatever thread the foreign awaiter likes.
  static void wake(std::shared_ptr<Target> target) {
    target->used.store(true, std::memory_order_release);
    if (target->home == &t_thread_marker) {
      target->wakeHere();
      return;
    }
    // If the loop has ended, so has the coroutine.
    const Poster poster = target->poster;
    (void)poster.post([target = std::move(target)] { target->wakeHere(); });
  }
  void wakeHere() {
    if (promise != nullptr) promise->resume();
  }

  CoPromise* promise;  // null: nobody to be woken; touched at home only
  const Poster poster;
  const char* const home;
  std::atomic<bool> used = false;
};

// Begins when it is resumed, and is gone when that returns.
struct ForeignWake::Shim {
  struct promise_type {
    static void* operator new(std::size_t size) { return allocateCoFrame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept {
      freeCoFrame(frame, size);
    }
    Shim get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
  std::coroutine_handle<> handle;
};

ForeignWake::Shim ForeignWake::makeShim(std::shared_ptr<Target> target) {
  Target::wake(std::move(target));
  co_return;
}

std::coroutine_handle<> ForeignWake::suspend(CoPromise& promise) {
  promise.suspend();
  target_ = std::make_shared<Target>(promise);
  shim_ = makeShim(target_).handle;
  return shim_;
}

ForeignWake::~ForeignWake() {
  if (target_ == nullptr) return;
  target_->promise = nullptr;
  if (!target_->used.load(std::memory_order_acquire)) shim_.destroy();
}

}  // namespace weft::loop::internal
