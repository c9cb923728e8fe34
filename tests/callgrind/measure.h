// Counts the instructions of a piece of code, exactly and repeatably, where a clock would only
// guess.
//
// Use it in the program of a weft_callgrind_test, which runs under callgrind; the limits stand in
// the BUILD file. Outside of callgrind the bodies run and nothing is counted. It is not a timer,
// and it knows nothing of caches or the kernel: for those there is bench/.
//
// One thread at a time may measure; what other threads execute meanwhile is counted as well.
//
//   int main() {
//     weft::loop::EventLoop loop;
//     weft::callgrind::measure("tick", 1000, [&] {
//       for (int i = 0; i < 1000; ++i) loop.nextTick([] {});
//       loop.run();
//     });
//   }

#ifndef WEFT_TESTS_CALLGRIND_MEASURE_H_
#define WEFT_TESTS_CALLGRIND_MEASURE_H_

#include <cstddef>
#include <memory>
#include <type_traits>

namespace weft::callgrind {

namespace internal {

// Calls run(body) and leaves the count of it, under "name/operations", to the driver.
void count(const char* name, std::size_t operations, void (*run)(void*), void* body);

}  // namespace internal

// Runs `body` twice and counts the second run: the first one pays for what is made only once
// (allocations that are kept, lazily bound symbols). `body` performs `operations` (> 0) operations;
// the log says `name: N instr/op`. `name` is an identifier, unique within the program; "empty" is
// taken.
template <typename Body>
void measure(const char* name, std::size_t operations, Body&& body) {
  body();
  internal::count(
      name, operations,
      [](void* erased) { (*static_cast<std::remove_reference_t<Body>*>(erased))(); },
      std::addressof(body));
}

// Keeps `value` from being optimized away, at no instruction beyond putting it into a register or
// memory.
template <typename T>
void keep(T& value) {
  asm volatile("" : "+r,m"(value) : : "memory");
}

}  // namespace weft::callgrind

#endif  // WEFT_TESTS_CALLGRIND_MEASURE_H_
