#include "weft/stream/byte_queue.h"

#include <algorithm>

namespace weft::stream {
namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::size_t kLeastBytes = 512;          // that a piece has room for
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
    if (closed_ || size_ == kKeptPieces || piece->memory.capacity() > kKeptCapacity) {
      delete piece;
      return;
    }
    piece->from = piece->to = 0;
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
  size_ -= piece->size();
  return piece;
}

// Pieces grow as they are filled, so that a short queue is a small one.
char* ByteQueue::makeRoom(std::size_t bytes) {
  if (tail_ == nullptr || tail_->to >= kPieceBytes) link(take());
  if (tail_->room() < bytes) {
    const std::size_t twice = std::clamp(2 * tail_->memory.size(), kLeastBytes, kPieceBytes);
    tail_->memory.resize(std::max(tail_->to + bytes, twice));
  }
  return tail_->end();
}

void ByteQueue::appendPieces(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t used = tail_ != nullptr && tail_->to < kPieceBytes ? tail_->to : 0;
    const std::string_view here = bytes.substr(0, kPieceBytes - used);
    here.copy(roomFor(here.size()), here.size());
    grew(here.size());
    bytes.remove_prefix(here.size());
  }
}

void ByteQueue::adopt(std::string&& bytes) {
  if (bytes.size() < kAdoptedBytes) return append(std::string_view(bytes));
  link(take());
  tail_->memory = std::move(bytes);
  grew(tail_->memory.size());
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
    if (piece->size() != 0) return piece->view();
  }
  return {};
}

std::size_t ByteQueue::fronts(std::span<iovec> pieces) const noexcept {
  std::size_t count = 0;
  for (Piece* piece = head_; piece != nullptr && count != pieces.size(); piece = piece->next) {
    if (piece->size() != 0) {
      pieces[count++] = {piece->memory.data() + piece->from, piece->size()};
    }
  }
  return count;
}

void ByteQueue::consume(std::size_t count) noexcept {
  while (head_ != nullptr) {
    const std::size_t here = head_->size();
    if (count < here) {
      head_->from += count;
      size_ -= count;
      return;
    }
    count -= here;
    give(unlinkFront());
  }
}

}  // namespace weft::stream
