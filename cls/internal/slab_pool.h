// A free list of objects of one size that can also be walked, dead ones included. Not for users.
//
// Contexts and frames come from here: taking and giving back are four instructions each, and
// holders() finds every living one without a list that each of them would have to enter and leave.
// An object says by `refs == 0` that it is dead, and links to the next dead one by `parent`; both
// stand in its first 16 bytes. What the last user left in the rest is there when it is taken again,
// so that fields which are always empty at the end need not be cleared at the start.

#ifndef WEFT_CLS_INTERNAL_SLAB_POOL_H_
#define WEFT_CLS_INTERNAL_SLAB_POOL_H_

#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "weft/cls/config.h"

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_CLS_POISONING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_CLS_POISONING 1
#endif
#endif
#ifdef WEFT_CLS_POISONING
#include <sanitizer/asan_interface.h>
#endif

namespace weft::cls::inline WEFT_CLS_ABI::internal {

template <typename T>
class SlabPool {
 public:
  // `size`: of an object, at least sizeof(T); `count`: objects in a slab; `model`: what each object
  // is a copy of when it is taken for the first time, zero behind sizeof(T).
  SlabPool(std::size_t size, std::size_t count, const T& model) noexcept
      : size_(size), count_(count), model_(model) {}
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;
  ~SlabPool() {
    for (char* slab : slabs_) {
      poison(slab, count_ * size_, false);
      ::operator delete(slab);
    }
  }

  T* take() {
    if (free_ == nullptr) [[unlikely]]
      grow();
    T* object = free_;
    free_ = object->parent;
    poison(object, size_, false);
    return object;
  }

  void give(T* object) noexcept {
    object->parent = free_;
    free_ = object;
    poison(reinterpret_cast<char*>(object) + kHeader, size_ - kHeader, true);
  }

  // Calls fn(T&) for each object with refs != 0.
  template <typename F>
  void forEach(F fn) const {
    for (char* slab : slabs_) {
      for (std::size_t i = 0; i < count_; ++i) {
        T* object = reinterpret_cast<T*>(slab + i * size_);
        if (object->refs != 0) fn(*object);
      }
    }
  }

 private:
  static constexpr std::size_t kHeader = 16;

  [[gnu::noinline]] void grow() {
    char* slab = static_cast<char*>(::operator new(count_* size_));
    std::memset(slab, 0, count_ * size_);
    slabs_.push_back(slab);
    for (std::size_t i = count_; i-- > 0;) {
      T* object = ::new (slab + i * size_) T(model_);
      object->refs = 0;
      give(object);
    }
  }

  static void poison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size,
                     [[maybe_unused]] bool on) noexcept {
#ifdef WEFT_CLS_POISONING
    on ? __asan_poison_memory_region(memory, size) : __asan_unpoison_memory_region(memory, size);
#endif
  }

  T* free_ = nullptr;
  const std::size_t size_;
  const std::size_t count_;
  const T model_;
  std::vector<char*> slabs_;
};

}  // namespace weft::cls::inline WEFT_CLS_ABI::internal

#endif  // WEFT_CLS_INTERNAL_SLAB_POOL_H_
