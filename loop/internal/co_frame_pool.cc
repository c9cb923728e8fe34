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
constexpr std::size_t kSizes = kKeep ? 32 : 0;  // up to 2 KiB
constexpr std::uint32_t kKept = 4096;           // in each list

struct Piece {
  Piece* next;
};
struct List {
  Piece* head;
  std::uint32_t pieces;
};

// Plain data, so that it is there before the first constructor and after the last destructor of
// the thread. Sweeper gives the memory back; what is freed after it is kept by nobody.
thread_local constinit List t_lists[kSizes + 1]{};

struct Sweeper {
  ~Sweeper() {
    for (List& list : t_lists) {
      while (list.head != nullptr) ::operator delete(std::exchange(list.head, list.head->next));
      list.pieces = kKept;
    }
  }
  void arm() noexcept {}
};
thread_local Sweeper t_sweeper;

// Of a size that is not 0.
constexpr std::size_t indexOf(std::size_t size) noexcept { return (size - 1) / kStep; }

[[gnu::noinline]] void* allocateNew(std::size_t size) {
  t_sweeper.arm();  // so that it is made
  return ::operator new((indexOf(size) + 1) * kStep);
}
[[gnu::noinline]] void freeAtOnce(void* frame) noexcept { ::operator delete(frame); }

}  // namespace

void* allocateCoFrame(std::size_t size) {
  const std::size_t index = indexOf(size);
  if (index >= kSizes) [[unlikely]]
    return allocateNew(size);
  List& list = t_lists[index];
  Piece* const piece = list.head;
  if (piece == nullptr) [[unlikely]]
    return allocateNew(size);
  list.head = piece->next;
  --list.pieces;
  return piece;
}

void freeCoFrame(void* frame, std::size_t size) noexcept {
  const std::size_t index = indexOf(size);
  if (index >= kSizes || t_lists[index].pieces >= kKept) [[unlikely]]
    return freeAtOnce(frame);
  List& list = t_lists[index];
  list.head = ::new (frame) Piece{list.head};
  ++list.pieces;
}

}  // namespace weft::loop::internal
