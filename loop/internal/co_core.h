// The mechanism under weft/loop/co.h: how coroutines run, wait, and are dropped.
//
// A *root* is a coroutine that was started (spawn(), start()) with everything that it awaits: a
// chain of coroutines of which one, the leaf, runs or waits. Whoever wakes the leaf calls
// CoRoot::resume(), which runs steps until the chain waits again:
//
//     tick, timer, descriptor ...          CoRoot::resume(leaf)
//             |                              FrameScope(leaf's frame)
//             +--->  resume(leaf)  --->      leaf.resume(), then whatever that names as the next:
//                                            a child that it calls, the parent to which it returns
//
// So a call never nests on the stack, whatever the compiler makes of tail calls.
//
// Contexts. When a coroutine waits, calls another, or ends, it keeps the frame that is current at
// that moment (`frame_`); "none was active" is an empty frame, and restored as such. The scope that
// resume() opens restores what was there before, so nothing that a coroutine enters reaches whoever
// woke it; and a return goes on in the parent's own frame, so nothing reaches the parent either.
// A suspended coroutine is destroyed in its frame.
//
// The functions that suspend are never inlined into a coroutine: clang 14 might keep the address of
// a thread-local in the coroutine's frame.

#ifndef WEFT_LOOP_INTERNAL_CO_CORE_H_
#define WEFT_LOOP_INTERNAL_CO_CORE_H_

#include <coroutine>
#include <cstddef>
#include <tuple>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/cls/held_error.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_frame_pool.h"
#include "weft/loop/internal/resident.h"

namespace weft::loop::internal {

class CoRoot;

// The untyped part of a coroutine's promise.
class CoPromise {
 public:
  CoPromise(const CoPromise&) = delete;
  CoPromise& operator=(const CoPromise&) = delete;

  static void* operator new(std::size_t size) { return allocateCoFrame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { freeCoFrame(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  // Valid once the coroutine was started.
  CoRoot& root() const noexcept { return *root_; }
  EventLoop& loop() const noexcept;

  // This coroutine is about to wait: keeps the frame. What it entered and did not leave is in the
  // frame from here on.
  [[gnu::noinline]] void suspend();
  // It is over: its parent is next, or the root is told.
  [[gnu::noinline]] void finish() noexcept;
  // It waits for `child`, which begins here and now.
  [[gnu::noinline]] void call(CoPromise& child);
  // It waits for `child`, which has begun before and goes on in its own frame.
  [[gnu::noinline]] void callAgain(CoPromise& child);
  // What it waited for has come. Not from inside its own step.
  void resume() noexcept;

  // Destroys the coroutine, which must not be running: a suspended one inside its frame.
  void destroy() noexcept;

 protected:
  CoPromise() = default;
  ~CoPromise() = default;

  template <typename P>
  static std::coroutine_handle<P> handleOf(P& promise) noexcept {
    auto handle = std::coroutine_handle<P>::from_promise(promise);
    promise.handle_ = handle;
    return handle;
  }

 private:
  friend class CoRoot;
  friend class QueuedResume;

  std::coroutine_handle<> handle_;
  CoRoot* root_ = nullptr;       // once started
  CoPromise* parent_ = nullptr;  // who waits for this one; null: nobody, or it is the top
  cls::HeldFrame<cls::Holder::kCoroutine> frame_;
};

// Hears of the end of a root.
class CoListener {
 public:
  // The root has a result, or was cancelled. May drop the root.
  virtual void rootEnded(CoRoot& root) noexcept = 0;

 protected:
  ~CoListener() = default;
};

class CoRoot : public Resident {
 public:
  static void* operator new(std::size_t size) { return allocateCoFrame(size); }
  static void operator delete(void* root, std::size_t size) noexcept { freeCoFrame(root, size); }

  // Null once the loop has ended.
  EventLoop* loop() const noexcept { return loop_; }

  // Runs the top coroutine, in the contexts of now, until it waits.
  void start() noexcept;
  // Goes on with the leaf; when called from inside a step, after that.
  void resume(CoPromise& leaf) noexcept;

  // Nobody wants the result any more: reports a failure as uncaught, and deletes itself at its end.
  void detach() noexcept;
  // Destroys the coroutines in their frames, and itself; from inside a step, after that.
  void drop() noexcept;
  // Destroys the coroutines as drop(), but leaves the root, which then has no result.
  void cancel() noexcept;

  // True once there is a result, or never will be.
  bool ended() const noexcept { return ended_; }
  bool cancelled() const noexcept { return ended_ && !finished_; }
  // Who is told of the end; one, or null.
  CoListener* listener() const noexcept { return listener_; }
  void setListener(CoListener* listener) noexcept { listener_ = listener; }

  virtual bool failed() const noexcept = 0;

 protected:
  // `top` stays alive until destroyTop(). Throws UsageError on another thread than the loop's.
  CoRoot(EventLoop& loop, CoPromise& top);

  // Of the finished coroutine.
  virtual const cls::HeldError& error() const noexcept = 0;
  virtual void destroyTop() noexcept = 0;

 private:
  friend class CoPromise;
  using Frame = cls::HeldFrame<cls::Holder::kCoroutine>;
  enum Request : unsigned char { kFinish = 1, kCancel = 2, kDrop = 4 };

  template <typename F>
  void runIn(CoPromise& first, const F& frame) noexcept;
  // Does what the steps asked for, inside their scope; gives the frame to be let go after that.
  Frame wrapUp(cls::FrameScope& scope) noexcept;
  void dropResult() noexcept;
  void loopEnded() noexcept final;

  EventLoop* loop_;
  CoPromise* top_;
  CoPromise* next_ = nullptr;         // whose step comes when the running one is over
  cls::FrameScope* scope_ = nullptr;  // of the running steps; null: none runs
  CoListener* listener_ = nullptr;
  unsigned char requests_ = 0;
  bool detached_ = false;
  bool ended_ = false;
  bool finished_ = false;
};

inline EventLoop& CoPromise::loop() const noexcept { return *root_->loop(); }
inline void CoPromise::resume() noexcept { root_->resume(*this); }

// A place in one of the loop's queues; taken back when the coroutine is dropped meanwhile.
class QueuedResume {
 public:
  QueuedResume() = default;
  QueuedResume(const QueuedResume&) = delete;
  QueuedResume& operator=(const QueuedResume&) = delete;
  ~QueuedResume() {
    if (task_ != nullptr) [[unlikely]]
      task_->clear();
  }

  // The coroutine suspends, and goes on from that queue.
  [[gnu::noinline]] void suspendUntilTick(CoPromise& promise);
  [[gnu::noinline]] void suspendUntilImmediate(CoPromise& promise);
  // An already suspended coroutine goes on as a microtask.
  void queueMicrotask(CoPromise& promise);
  // It goes on now.
  void done() noexcept { task_ = nullptr; }

 private:
  Task* task_ = nullptr;
};

// What an awaiter of weft's own derives from: it gets the coroutine's promise, suspends it by
// suspend() and wakes it by resume(). All others are foreign, see co.h.
class AtHome {};

// An awaitable that makes such an awaiter.
template <typename Awaiter, typename... Args>
class [[nodiscard]] Wait {
 public:
  explicit Wait(Args... args) : args_(std::move(args)...) {}
  Awaiter operator co_await() const { return std::make_from_tuple<Awaiter>(args_); }

 private:
  std::tuple<Args...> args_;
};

// What coroutines need of the loop.
struct CoAccess {
  struct Resume {
    CoPromise* promise;
    void operator()() const noexcept { promise->resume(); }
  };
  static void checkThread(const EventLoop& loop) { loop.checkThread(); }
  static bool onOwnThread(const EventLoop& loop) noexcept { return loop.onOwnThread(); }
  static Resident*& residents(EventLoop& loop) noexcept { return loop.residents_; }
  static Task* tick(EventLoop& loop, CoPromise& promise) {
    return loop.ticks_.push(Resume{&promise});
  }
  static Task* immediate(EventLoop& loop, CoPromise& promise) {
    return loop.immediates_.push(Resume{&promise});
  }
  // Of a callable, or of a frame and a callable.
  template <typename... A>
  static Task* microtask(EventLoop& loop, A&&... args) {
    loop.attention_ |= EventLoop::kMicrotasks;
    return loop.microtasks_.push(std::forward<A>(args)...);
  }
  // When neither ticks nor microtasks are left, in the contexts of now.
  template <typename F>
  static void rejection(EventLoop& loop, F&& fn) {
    loop.attention_ |= EventLoop::kMicrotasks;
    loop.rejections_.push(cls::HeldFrame<cls::Holder::kQueued>::capture({}), std::forward<F>(fn));
  }
  static LoopRef self(const EventLoop& loop) noexcept { return LoopRef(loop.cell_); }
  static TimerHandle timer(EventLoop& loop, CoPromise& promise, Duration delay) {
    return loop.startTimer(loop.timers_.add(Resume{&promise}), delay, 0);
  }
};

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_CORE_H_
