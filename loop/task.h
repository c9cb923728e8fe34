// Task: the one type of callable that the loop queues and runs.
//
// Move-only, 64 bytes in every build. A callable of up to 56 bytes lives inside (48 with a frame);
// a larger one, one aligned to more than 8 bytes, or one that may throw when moved, lives on the
// heap. A task runs once (`runOnce`, which destroys the callable on the way) or many times (`run`).
//
//   Task task([n] { std::printf("%d\n", n); });
//   task.runOnce();  // the callable is gone
//
// What a callback carries from where it was scheduled is captured here and restored here, and
// nowhere else: a task made with a frame is of another closure type than one made without. The
// former enters its frame, calls, destroys the callable while the frame is still current, leaves,
// and lets the frame go; the latter holds no field for a frame and tests nothing. So a queue of
// tasks can neither forget the context nor pay for it when there is none.
//
// Not a general std::function: it takes no arguments, and whoever runs it is a dispatcher at the
// bottom of the stack (see weft/cls/frame.h). For a callable that user code keeps and calls
// itself, take cls::Function.
//
// Threads: a task without a frame may move between threads; one with a frame stays at home.

#ifndef WEFT_LOOP_TASK_H_
#define WEFT_LOOP_TASK_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "weft/cls/callable.h"
#include "weft/cls/frame.h"

namespace weft::loop {

namespace internal {

// Callables that do not fit in place.
template <typename F>
struct Boxed {
  std::unique_ptr<F> callable;
  void operator()() { (*callable)(); }
};

// A callable and the frame in which it is called and destroyed.
template <cls::Holder kHolder, typename F>
struct Framed {
  cls::HeldFrame<kHolder> frame;
  F callable;
};

// How a stored object is handled. The functions of Framed objects are the only places in the loop
// where a frame becomes current.
struct TaskOps {
  void (*run_once)(void* object);
  void (*run)(void* object);
  void (*destroy)(void* object) noexcept;       // null: nothing to do
  void (*move)(void* to, void* from) noexcept;  // destroys what it moved from
};

// `S` is stored as it is.
template <typename S>
struct PlainOps {
  static S& at(void* object) noexcept { return *std::launder(static_cast<S*>(object)); }
  static void runOnce(void* object) {
    at(object)();
    at(object).~S();
  }
  static void run(void* object) { at(object)(); }
  static void destroy(void* object) noexcept { at(object).~S(); }
  static void move(void* to, void* from) noexcept {
    ::new (to) S(std::move(at(from)));
    at(from).~S();
  }
  static constexpr TaskOps kOps{&runOnce, &run,
                                std::is_trivially_destructible_v<S> ? nullptr : &destroy, &move};
};

// `F` is stored together with its frame.
template <cls::Holder kHolder, typename F>
struct FramedOps {
  using S = Framed<kHolder, F>;
  static S& at(void* object) noexcept { return *std::launder(static_cast<S*>(object)); }
  static void runOnce(void* object) {
    S& task = at(object);
    const auto entered = task.frame.enter();
    task.callable();
    if constexpr (std::is_trivially_destructible_v<F>) {
      cls::leave();
      cls::HeldFrame<kHolder>::release(entered);
    } else {
      task.frame.enter();
      task.callable.~F();
      cls::leave();
      task.frame.release();
    }
  }
  static void run(void* object) {
    S& task = at(object);
    task.frame.enter();
    task.callable();
    cls::leave();
  }
  static void destroy(void* object) noexcept {
    S& task = at(object);
    if constexpr (!std::is_trivially_destructible_v<F>) {
      // Somebody clears a task from the middle of other code, whose frame must come back.
      cls::FrameScope scope(task.frame);
      task.callable.~F();
    }
    task.frame.reset();
  }
  static void move(void* to, void* from) noexcept {
    S& task = at(from);
    ::new (to) S{std::move(task.frame), std::move(task.callable)};
    task.callable.~F();
  }
  static constexpr TaskOps kOps{&runOnce, &run, &destroy, &move};
};

// How a callable is handed on without being inlined: in registers if it fits. What was written to
// the stack word by word is not read back in larger pieces without a wait.
template <typename F>
using Passed =
    std::conditional_t<std::is_trivially_copyable_v<F> && sizeof(F) <= 2 * sizeof(void*), F, F&&>;

inline void runNothing(void*) {}
inline constexpr TaskOps kEmptyTaskOps{&runNothing, &runNothing, nullptr, nullptr};

}  // namespace internal

using cls::isNullCallable;

// `kBytes` in all, of which all but one word may hold the callable.
template <std::size_t kBytes>
class BasicTask {
 public:
  static constexpr std::size_t kInline = kBytes - sizeof(void*);

  // An empty task; running it does nothing.
  BasicTask() noexcept : ops_(&internal::kEmptyTaskOps) {}

  template <typename F>
  requires(!std::same_as<std::decay_t<F>, BasicTask> &&
           std::invocable<std::decay_t<F>&>) explicit BasicTask(F&& fn) {
    makePlain<std::decay_t<F>>(std::forward<F>(fn));
  }

  // Runs in `frame`, or plainly if that is empty. To delegate would cost each tick of a chain dear.
  template <cls::Holder kHolder, typename F>
  [[gnu::always_inline]] BasicTask(cls::HeldFrame<kHolder>&& frame, F&& fn) {
    if (frame) {
      makeFramed<std::decay_t<F>>(std::move(frame), std::forward<F>(fn));
    } else {
      makePlain<std::decay_t<F>>(std::forward<F>(fn));
    }
  }
  // The same of a D that is made in its place from `args`.
  template <cls::Holder kHolder, typename D, typename... A>
  [[gnu::always_inline]] BasicTask(cls::HeldFrame<kHolder>&& frame, std::in_place_type_t<D>,
                                   A&&... args) {
    if (frame) {
      makeFramed<D>(std::move(frame), std::forward<A>(args)...);
    } else {
      makePlain<D>(std::forward<A>(args)...);
    }
  }

  BasicTask(BasicTask&& other) noexcept { takeFrom(other); }
  BasicTask& operator=(BasicTask&& other) noexcept {
    if (this != &other) {
      clear();
      takeFrom(other);
    }
    return *this;
  }
  ~BasicTask() { clear(); }

  explicit operator bool() const noexcept { return ops_ != &internal::kEmptyTaskOps; }

  // Calls. What the callable throws leaves here with its frame still current.
  void run() { ops_->run(storage_); }

  // Calls, then destroys the callable; the task is not empty afterwards but raw memory, in which
  // a dispatcher makes the next one. If the callable throws it is still there: clear() it.
  void runOnce() { ops_->run_once(storage_); }

  // Destroys the callable, in its frame; the task is empty before that, so that it may be cleared
  // or looked at again from there.
  void clear() noexcept {
    const internal::TaskOps* ops = std::exchange(ops_, &internal::kEmptyTaskOps);
    if (ops->destroy != nullptr) ops->destroy(storage_);
  }

  // True if clear() would call nothing.
  bool trivial() const noexcept { return ops_->destroy == nullptr; }

  // True if F, with no frame, needs no allocation.
  template <typename F>
  static constexpr bool fits() noexcept {
    return sizeof(F) <= kInline && alignof(F) <= alignof(void*) &&
           std::is_nothrow_move_constructible_v<F>;
  }

 private:
  template <typename D, typename... A>
  void makePlain(A&&... args) {
    if constexpr (fits<D>()) {
      ::new (static_cast<void*>(storage_)) D(std::forward<A>(args)...);
      ops_ = &internal::PlainOps<D>::kOps;
    } else {
      using B = internal::Boxed<D>;
      ::new (static_cast<void*>(storage_)) B{std::make_unique<D>(std::forward<A>(args)...)};
      ops_ = &internal::PlainOps<B>::kOps;
    }
  }

  // Inlined always, or `frame` must be in memory.
  template <typename D, cls::Holder kHolder, typename... A>
  [[gnu::always_inline]] void makeFramed(cls::HeldFrame<kHolder>&& frame, A&&... args) {
    using S = internal::Framed<kHolder, D>;
    if constexpr (fits<S>() && std::is_nothrow_move_constructible_v<D>) {
      ::new (static_cast<void*>(storage_)) S{std::move(frame), D(std::forward<A>(args)...)};
      ops_ = &internal::FramedOps<kHolder, D>::kOps;
    } else {
      using B = internal::Boxed<D>;
      B box{std::make_unique<D>(std::forward<A>(args)...)};
      ::new (static_cast<void*>(storage_))
          internal::Framed<kHolder, B>{std::move(frame), std::move(box)};
      ops_ = &internal::FramedOps<kHolder, B>::kOps;
    }
  }

  void takeFrom(BasicTask& other) noexcept {
    ops_ = std::exchange(other.ops_, &internal::kEmptyTaskOps);
    if (ops_ != &internal::kEmptyTaskOps) ops_->move(storage_, other.storage_);
  }

  const internal::TaskOps* ops_;
  alignas(void*) std::byte storage_[kInline];
};

using Task = BasicTask<64>;
static_assert(sizeof(Task) == 64);

}  // namespace weft::loop

#endif  // WEFT_LOOP_TASK_H_
