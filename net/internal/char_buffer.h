// CharBuffer: characters in a row, to which many are added at once. As std::string, but that it has
// no terminator and does not write to what it adds before its user does.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_CHAR_BUFFER_H_
#define WEFT_NET_INTERNAL_CHAR_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace weft::net::internal {

class CharBuffer {
 public:
  CharBuffer() = default;
  CharBuffer(const CharBuffer& other) { append(other.view()); }
  CharBuffer(CharBuffer&& other) noexcept { swap(other); }
  CharBuffer& operator=(CharBuffer other) noexcept {
    swap(other);
    return *this;
  }

  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {chars_.get(), size_}; }
  // Keeps the memory.
  void clear() noexcept { size_ = 0; }
  void truncate(std::size_t size) noexcept { size_ = size; }

  // Adds `count` characters, which the caller writes to what it gets.
  char* grow(std::size_t count) {
    if (room_ - size_ < count) [[unlikely]]
      makeRoom(count);
    return chars_.get() + std::exchange(size_, size_ + count);
  }
  // `text` must not be a part of it.
  void append(std::string_view text) { text.copy(grow(text.size()), text.size()); }
  // Puts `text`, which must not be a part of it, for [from, to).
  void replace(std::size_t from, std::size_t to, std::string_view text) {
    const std::size_t behind = size_ - to;
    const std::size_t moved_to = from + text.size();
    if (moved_to > to) grow(moved_to - to);
    std::memmove(chars_.get() + moved_to, chars_.get() + to, behind);
    text.copy(chars_.get() + from, text.size());
    truncate(moved_to + behind);
  }

 private:
  void swap(CharBuffer& other) noexcept {
    std::swap(chars_, other.chars_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }
  [[gnu::noinline]] void makeRoom(std::size_t count) {
    const std::size_t room = std::max(2 * room_, size_ + count);
    std::unique_ptr<char[]> larger(new char[room]);
    view().copy(larger.get(), size_);
    chars_ = std::move(larger);
    room_ = room;
  }

  std::unique_ptr<char[]> chars_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_CHAR_BUFFER_H_
