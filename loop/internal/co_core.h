// The mechanism under weft/loop/co.h: how coroutines run, wait, and are dropped.
//
// A *root* is a coroutine that was started (spawn(), start()) with everything that it awaits: a
// chain of coroutines of which the last one, the leaf, runs or waits. Whoever has what the leaf
// waits for resumes it; that runs *steps* until the chain waits again:
//
//     tick, timer, descriptor ...         makes the leaf's frame current
//             |                           leaf.handle.resume()
//             +--->  leaf.resume()  --->    it calls a child: that runs right there, on the stack
//                                           it ends: its parent goes on, at once if that is below
//                                           it
//                                             on the stack, else when the stack is back here
//                                         puts back what was current
//
// So neither many calls in a row nor deep ones need a tail call of the compiler.
//
// Contexts. When a coroutine waits or calls another it keeps the frame that is current at that
// moment (`frame_`); "none was active" is an empty frame, and restored as such. Nothing that a
// coroutine enters reaches whoever woke it; and a return goes on in the parent's own frame, so
// nothing reaches the parent either. A suspended coroutine is destroyed in its frame.
//
// The functions that suspend are never inlined into a coroutine: clang 14 might keep the address of
// a thread-local in the coroutine's frame.

#ifndef WEFT_LOOP_INTERNAL_CO_CORE_H_
#define WEFT_LOOP_INTERNAL_CO_CORE_H_

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "weft/cls/frame.h"
#include "weft/cls/held_error.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/internal/co_frame_pool.h"
#include "weft/loop/internal/loop_access.h"
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

  EventLoop& loop() const noexcept;

  // --- for awaiters, in await_suspend()

  // Keeps the frame. From here on resume() or queueMicrotask() may be called, here and now
  // included; the coroutine waits when its step is over.
  [[gnu::noinline]] void suspend();
  // Has the loop resume it after `delay`, once it is suspended.
  TimerHandle resumeAfter(Duration delay);
  // The whole of waiting for that queue; nothing else is to be called.
  [[gnu::noinline]] void suspendUntilTick();
  [[gnu::noinline]] void suspendUntilImmediate();
  // Begins `child` here and now. True if it waits, and so this one does; else it has ended.
  [[gnu::noinline]] bool call(CoPromise& child);
  // Goes on with `child`, which began before, in its own frame. This one waits.
  [[gnu::noinline]] void callAgain(CoPromise& child);

  // --- for whoever has what it waits for

  // Goes on, now or, from inside its own step, after that.
  void resume() noexcept;
  // Goes on as a microtask.
  void queueMicrotask();

  // Where it waits, for what is scheduled on its behalf; nothing while nobody observes.
  cls::Location place() const;

  // --- at the end

  // It is over: its parent goes on, or the root is told.
  [[gnu::noinline]] void finish() noexcept;
  // It gave its parent something, and will be called again.
  [[gnu::noinline]] void yieldToParent();
  // Destroys the coroutine, which must not be running: a suspended one inside its frame. What it
  // waits for in a queue is taken back.
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
  using Frame = cls::HeldFrame<cls::Holder::kCoroutine>;
  struct Resume;
  struct ResumeInFrame;
  class ResumeObserved;

  // What the leaf waits for: kRunning, kElsewhere, or the Task in a queue of the loop.
  static constexpr std::uintptr_t kRunning = 0;
  static constexpr std::uintptr_t kElsewhere = 1;
  // Its name and those of its callers.
  cls::Location name() const;
  // The frame of now.
  Frame capture() const {
    return Frame::captureAt([this] { return name(); });
  }
  void wakeBy(Task* task) noexcept { wake_ = reinterpret_cast<std::uintptr_t>(task); }
  void suspendUntil(TaskRing& ring);
  [[gnu::noinline]] void suspendInFrame(TaskRing& ring);
  [[gnu::noinline]] void suspendSlowly(TaskRing& ring);
  [[gnu::noinline]] void suspendWhenFull(TaskRing& ring);
  // Calls `push` with what resumes this in its frame.
  template <typename P>
  auto queue(P push);
  template <typename P>
  auto queueObserved(AsyncKind kind, P push);
  [[gnu::noinline]] Ticket* ticket(AsyncKind kind) const;

  std::coroutine_handle<> handle_;
  CoRoot* root_ = nullptr;  // once started
  Frame frame_;
  std::uintptr_t wake_ = kRunning;
  CoPromise* parent_ = nullptr;  // who waits for this one; null: nobody, or it is the top
  bool nested_ = false;          // the parent is right below on the stack
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
  using Frame = CoPromise::Frame;
  // What steps ask for.
  enum Request : unsigned char { kFinish = 1, kCancel = 2, kDrop = 4 };
  // So deep do calls nest on the stack.
  static constexpr std::uint32_t kMostNested = 64;
  // For next_: nobody goes on, but there is something to be seen to.
  static constexpr std::uintptr_t kLook = 1;

  bool running() const noexcept { return leaf_->wake_ == CoPromise::kRunning; }
  void goOnWith(CoPromise& next) noexcept { next_ = reinterpret_cast<std::uintptr_t>(&next); }
  void lookAfterStep() noexcept {
    if (next_ == 0) next_ = kLook;
  }
  void ask(Request request) noexcept {
    requests_ |= request;
    lookAfterStep();
  }

  Frame run(CoPromise& leaf) noexcept;
  // After a step with next_ != 0. Gives the frame to be let go once it is not current.
  Frame goOn() noexcept;
  [[gnu::noinline]] void goOnAtBottom() noexcept;
  Frame end() noexcept;
  void dropResult() noexcept;
  void loopEnded() noexcept final;

  EventLoop* loop_;
  std::uintptr_t next_ = 0;  // the CoPromise that goes on when the running step is over, or kLook
  CoPromise* leaf_;
  CoPromise* top_;  // null once it was destroyed
  CoListener* listener_ = nullptr;
  std::uint32_t nested_ = 0;  // calls on the stack
  unsigned char requests_ = 0;
  bool detached_ = false;
  bool ended_ = false;
  bool finished_ = false;
};

inline EventLoop& CoPromise::loop() const noexcept { return *root_->loop(); }

// What an awaiter of weft's own derives from. All others are foreign, see co_foreign.h.
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

}  // namespace weft::loop::internal

#endif  // WEFT_LOOP_INTERNAL_CO_CORE_H_
