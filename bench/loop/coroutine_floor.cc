// coroutine_call: what does it cost at least to co_await a coroutine that returns a number? Its
// frame, whose memory the next call uses again, one transfer of control in and one out.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include "weft/bench/common/subject.h"

namespace weft::bench {
namespace {

// The memory of the frame that ended last, if its successor has the same size.
class SpareFrame {
 public:
  static void* take(std::size_t size) {
    return size == size_ && memory_ != nullptr ? std::exchange(memory_, nullptr)
                                               : ::operator new(size);
  }

  static void give(void* frame, std::size_t size) {
    ::operator delete(std::exchange(memory_, frame));
    size_ = size;
  }

 private:
  static inline void* memory_ = nullptr;
  static inline std::size_t size_ = 0;
};

class Call {
 public:
  struct promise_type {
    static void* operator new(std::size_t size) { return SpareFrame::take(size); }
    static void operator delete(void* frame, std::size_t size) { SpareFrame::give(frame, size); }

    std::coroutine_handle<> caller = std::noop_coroutine();
    std::uint64_t result = 0;

    Call get_return_object() {
      return Call(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Return {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
          return self.promise().caller;
        }
        void await_resume() noexcept {}
      };
      return Return{};
    }
    void return_value(std::uint64_t value) { result = value; }
    void unhandled_exception() { std::terminate(); }
  };

  explicit Call(std::coroutine_handle<promise_type> self) : self_(self) {}
  Call(Call&& other) noexcept : self_(std::exchange(other.self_, nullptr)) {}
  ~Call() {
    if (self_) self_.destroy();
  }

  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    self_.promise().caller = caller;
    return self_;
  }
  std::uint64_t await_resume() { return self_.promise().result; }

  std::uint64_t run() {
    self_.resume();
    return self_.promise().result;
  }

 private:
  std::coroutine_handle<promise_type> self_;
};

[[gnu::noinline]] Call successor(std::uint64_t value) { co_return value + 1; }

Call callMany(std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = co_await successor(value);
  co_return value;
}

void coroutineCall(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(callMany(kBatch).run());
  setOperations(state, kBatch);
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  using namespace weft::bench;
  add("coroutine_call", coroutineCall);
  return run(argc, argv);
}
