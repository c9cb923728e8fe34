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

  void append(std::string_view bytes);
  template <std::same_as<std::string> S>
  void append(S&& bytes) {
    adopt(std::move(bytes));
  }
  // Lets `fill(std::string*)` add to the end of a string that the queue gives it.
  template <typename F>
  void appendWith(F&& fill) {
    std::string& tail = tailToFill();
    const std::size_t before = tail.size();
    struct Count {
      ByteQueue& queue;
      std::string& tail;
      std::size_t before;
      ~Count() { queue.size_ += tail.size() - before; }
    } count{*this, tail, before};
    std::forward<F>(fill)(&tail);
  }
  // Moves all of `other` to the end.
  void splice(ByteQueue& other) noexcept;

  // The bytes that come first, as many as lie together; empty only if the queue is.
  std::string_view front() const noexcept;
  // The same for as many pieces as there is room for; returns how many.
  std::size_t fronts(std::span<iovec> pieces) const noexcept;
  // Drops the first `count` <= size() bytes.
  void consume(std::size_t count) noexcept;
  void clear() noexcept;

  // Calls `use(bytes)` with what front() shows, which has left the queue before, so that `use` may
  // do with the queue what it likes.
  template <typename F>
  void takeFront(F&& use) {
    struct Give {
      Piece* piece;
      ~Give() { give(piece); }
    } taken{unlinkFront()};
    std::forward<F>(use)(std::string_view(taken.piece->bytes).substr(taken.piece->begin));
  }

 private:
  struct Piece {
    std::string bytes;
    std::size_t begin = 0;  // what stands before it was consumed
    Piece* next = nullptr;
  };
  class FreeList;

  static Piece* take();
  static void give(Piece* piece) noexcept;
  void adopt(std::string&& bytes);
  void link(Piece* piece) noexcept;
  Piece* unlinkFront() noexcept;
  std::string& tailToFill();

  // Emptied pieces leave at once, but for one that appendWith() left empty.
  Piece* head_ = nullptr;
  Piece* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weft::stream

#endif  // WEFT_STREAM_BYTE_QUEUE_H_
