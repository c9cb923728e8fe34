// An awaitable that knows nothing of weft.

#ifndef WEFT_TESTS_LOOP_STRANGER_H_
#define WEFT_TESTS_LOOP_STRANGER_H_

#include <coroutine>

namespace weft::loop {

// Keeps the handle, for somebody to resume.
struct Stranger {
  std::coroutine_handle<>* waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { *waiting = handle; }
  int await_resume() const noexcept { return 5; }
};

}  // namespace weft::loop

#endif  // WEFT_TESTS_LOOP_STRANGER_H_
