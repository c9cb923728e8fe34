#include "weft/stream/byte_queue.h"

#include <algorithm>

namespace weft::stream {
namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::size_t kKeptCapacity = 64 * 1024;  // larger pieces go back to the allocator
constexpr std::size_t kKeptPieces = 64;
constexpr std::size_t kAdoptedBytes = 4 * 1024;  // from here on a moved string is not copied

}  // namespace

// Pieces that hold nothing but their memory.
class ByteQueue::FreeList {
 public:
  static FreeList& ofThread() {
    thread_local FreeList list;
    return list;
  }
  ~FreeList() {
    while (first_ != nullptr) delete pop();
    closed_ = true;
  }

  Piece* take() { return first_ != nullptr ? pop() : new Piece; }
  void give(Piece* piece) noexcept {
    if (closed_ || size_ == kKeptPieces || piece->bytes.capacity() > kKeptCapacity) {
      delete piece;
      return;
    }
    piece->bytes.clear();
    piece->begin = 0;
    piece->next = std::exchange(first_, piece);
    ++size_;
  }

 private:
  Piece* pop() noexcept {
    --size_;
    Piece* piece = first_;
    first_ = std::exchange(piece->next, nullptr);
    return piece;
  }

  Piece* first_ = nullptr;
  std::size_t size_ = 0;
  bool closed_ = false;  // the thread is ending
};

ByteQueue::Piece* ByteQueue::take() { return FreeList::ofThread().take(); }
void ByteQueue::give(Piece* piece) noexcept { FreeList::ofThread().give(piece); }

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  if (this != &other) {
    clear();
    splice(other);
  }
  return *this;
}

void ByteQueue::link(Piece* piece) noexcept {
  (head_ == nullptr ? head_ : tail_->next) = piece;
  tail_ = piece;
}

ByteQueue::Piece* ByteQueue::unlinkFront() noexcept {
  Piece* piece = head_;
  head_ = std::exchange(piece->next, nullptr);
  if (head_ == nullptr) tail_ = nullptr;
  size_ -= piece->bytes.size() - piece->begin;
  return piece;
}

std::string& ByteQueue::tailToFill() {
  if (tail_ == nullptr || tail_->bytes.size() >= kPieceBytes) link(take());
  return tail_->bytes;
}

void ByteQueue::append(std::string_view bytes) {
  while (!bytes.empty()) {
    std::string& tail = tailToFill();
    const std::size_t room = kPieceBytes - tail.size();
    tail.append(bytes.substr(0, room));
    const std::size_t taken = std::min(room, bytes.size());
    size_ += taken;
    bytes.remove_prefix(taken);
  }
}

void ByteQueue::adopt(std::string&& bytes) {
  if (bytes.size() < kAdoptedBytes) return append(std::string_view(bytes));
  Piece* piece = take();
  piece->bytes = std::move(bytes);
  size_ += piece->bytes.size();
  link(piece);
}

void ByteQueue::splice(ByteQueue& other) noexcept {
  if (other.head_ == nullptr) return;
  (head_ == nullptr ? head_ : tail_->next) = other.head_;
  tail_ = std::exchange(other.tail_, nullptr);
  other.head_ = nullptr;
  size_ += std::exchange(other.size_, 0);
}

std::string_view ByteQueue::front() const noexcept {
  for (const Piece* piece = head_; piece != nullptr; piece = piece->next) {
    if (piece->begin != piece->bytes.size()) {
      return std::string_view(piece->bytes).substr(piece->begin);
    }
  }
  return {};
}

std::size_t ByteQueue::fronts(std::span<iovec> pieces) const noexcept {
  std::size_t count = 0;
  for (Piece* piece = head_; piece != nullptr && count != pieces.size(); piece = piece->next) {
    const std::size_t size = piece->bytes.size() - piece->begin;
    if (size != 0) pieces[count++] = {piece->bytes.data() + piece->begin, size};
  }
  return count;
}

void ByteQueue::consume(std::size_t count) noexcept {
  while (head_ != nullptr) {
    const std::size_t here = head_->bytes.size() - head_->begin;
    if (count < here) {
      head_->begin += count;
      size_ -= count;
      return;
    }
    count -= here;
    give(unlinkFront());
  }
}

void ByteQueue::clear() noexcept {
  while (head_ != nullptr) give(unlinkFront());
}

}  // namespace weft::stream
