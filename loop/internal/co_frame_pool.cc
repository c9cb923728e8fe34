#include "weft/loop/internal/co_frame_pool.h"

#include <cstdint>
#include <new>
#include <utility>

namespace weft::loop::internal {
namespace {

// Under the address sanitizer nothing is kept, so that it sees each use after free.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeep = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeep = false;
#else
constexpr bool kKeep = true;
#endif
#else
constexpr bool kKeep = true;
#endif

constexpr std::size_t kStep = 64;
constexpr std::size_t kSizes = 32;              // up to 2 KiB
constexpr std::uint32_t kKeptBytes = 1u << 20;  // in each list

struct Piece {
  Piece* next;
};
struct List {
  Piece* head;
  std::uint32_t bytes;
};

// Plain data, so that it is there before the first constructor and after the last destructor of
// the thread. Sweeper gives the memory back; what is freed after it is kept by nobody.
struct Lists {
  List lists[kSizes];
  bool swept;
};
thread_local constinit Lists t_lists{};

struct Sweeper {
  ~Sweeper() {
    t_lists.swept = true;
    for (List& list : t_lists.lists) {
      while (list.head != nullptr) ::operator delete(std::exchange(list.head, list.head->next));
    }
  }
  void arm() noexcept {}
};
thread_local Sweeper t_sweeper;

constexpr std::size_t indexOf(std::size_t size) noexcept { return (size - 1) / kStep; }

[[gnu::noinline]] void* allocateNew(std::size_t size) {
  t_sweeper.arm();  // so that it is made
  const std::size_t index = indexOf(size);
  return ::operator new(index < kSizes ? (index + 1) * kStep : size);
}

}  // namespace

void* allocateCoFrame(std::size_t size) {
  if (const std::size_t index = indexOf(size); kKeep && index < kSizes) [[likely]] {
    List& list = t_lists.lists[index];
    if (Piece* piece = list.head) [[likely]] {
      list.head = piece->next;
      list.bytes -= static_cast<std::uint32_t>((index + 1) * kStep);
      return piece;
    }
  }
  return allocateNew(size);
}

void freeCoFrame(void* frame, std::size_t size) noexcept {
  if (const std::size_t index = indexOf(size); kKeep && index < kSizes) [[likely]] {
    List& list = t_lists.lists[index];
    if (list.bytes < kKeptBytes && !t_lists.swept) [[likely]] {
      list.head = ::new (frame) Piece{list.head};
      list.bytes += static_cast<std::uint32_t>((index + 1) * kStep);
      return;
    }
  }
  ::operator delete(frame);
}

}  // namespace weft::loop::internal
