// ByteQueue: bytes first in, first out; what waits between a stream and whoever is slower.
//
// Bytes lie in pieces of some 16 KiB. Pieces come from a free list of the thread and go back to it
// as they empty, so an empty queue holds no memory and a busy one allocates nothing.
//
//   ByteQueue queue;
//   queue.append("hello");
//   queue.consume(write(fd, queue.front().data(), queue.front().size()));
//
// Large strings that are moved in become pieces themselves and are not copied.
//
// Threads: none; one thread at a time.

#ifndef WEFT_STREAM_BYTE_QUEUE_H_
#define WEFT_STREAM_BYTE_QUEUE_H_

#include <sys/uio.h>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weft::stream {

class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(ByteQueue&& other) noexcept { *this = std::move(other); }
  ByteQueue& operator=(ByteQueue&& other) noexcept;
  ~ByteQueue() { clear(); }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  void append(std::string_view bytes) {
    if (tail_ == nullptr || tail_->room() < bytes.size()) return appendPieces(bytes);
    bytes.copy(tail_->end(), bytes.size());
    grew(bytes.size());
  }
  template <std::same_as<std::string> S>
  void append(S&& bytes) {
    adopt(std::move(bytes));
  }
  // Lets `write(char*)` write up to `at_most` bytes, which lie together; it returns where it
  // stopped. Nothing is added if it throws.
  template <typename F>
  void appendWith(std::size_t at_most, F&& write) {
    char* const at = roomFor(at_most);
    grew(static_cast<std::size_t>(std::forward<F>(write)(at) - at));
  }
  // Moves all of `other` to the end.
  void splice(ByteQueue& other) noexcept;

  // The bytes that come first, as many as lie together; empty only if the queue is.
  std::string_view front() const noexcept;
  // The same for as many pieces as there is room for; returns how many.
  std::size_t fronts(std::span<iovec> pieces) const noexcept;
  // Drops the first `count` <= size() bytes.
  void consume(std::size_t count) noexcept;
  void clear() noexcept {
    while (head_ != nullptr) give(unlinkFront());
  }

  // Calls `use(bytes)` with what front() shows, which has left the queue before, so that `use` may
  // do with the queue what it likes.
  template <typename F>
  void takeFront(F&& use) {
    struct Give {
      Piece* piece;
      ~Give() { give(piece); }
    } taken{unlinkFront()};
    std::forward<F>(use)(taken.piece->view());
  }

 private:
  // Memory, of which [from, to) holds bytes of the queue.
  struct Piece {
    std::string memory;
    std::size_t from = 0;
    std::size_t to = 0;
    Piece* next = nullptr;

    char* end() noexcept { return memory.data() + to; }
    std::size_t size() const noexcept { return to - from; }
    std::size_t room() const noexcept { return memory.size() - to; }
    std::string_view view() const noexcept { return {memory.data() + from, size()}; }
  };
  class FreeList;

  static Piece* take();
  static void give(Piece* piece) noexcept;
  void adopt(std::string&& bytes);
  void link(Piece* piece) noexcept;
  Piece* unlinkFront() noexcept;
  void appendPieces(std::string_view bytes);
  char* roomFor(std::size_t bytes) {
    return tail_ != nullptr && tail_->room() >= bytes ? tail_->end() : makeRoom(bytes);
  }
  char* makeRoom(std::size_t bytes);
  // So many bytes were written behind the last one.
  void grew(std::size_t bytes) noexcept {
    tail_->to += bytes;
    size_ += bytes;
  }

  // Emptied pieces leave at once, but for one whose writer threw.
  Piece* head_ = nullptr;
  Piece* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weft::stream

#endif  // WEFT_STREAM_BYTE_QUEUE_H_
