#ifndef WEFT_BENCH_COMMON_SLOT_H_
#define WEFT_BENCH_COMMON_SLOT_H_

#include <new>
#include <type_traits>
#include <utility>

namespace weft::bench {

// One cache line that holds any callable of up to 56 bytes and runs it once: the least that type
// erasure costs.
class alignas(64) Slot {
 public:
  template <class Given>
  void set(Given&& callable) {
    using Callable = std::decay_t<Given>;
    static_assert(sizeof(Callable) <= sizeof(storage_));
    new (storage_) Callable(std::forward<Given>(callable));
    run_ = [](void* storage) {
      Callable& stored = *static_cast<Callable*>(storage);
      stored();
      stored.~Callable();
    };
  }

  void runAndDestroy() { run_(storage_); }

 private:
  void (*run_)(void*);
  alignas(8) unsigned char storage_[56];
};
static_assert(sizeof(Slot) == 64);

}  // namespace weft::bench

#endif  // WEFT_BENCH_COMMON_SLOT_H_
