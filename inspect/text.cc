#include "weft/inspect/internal/text.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdio>

namespace weft::inspect::internal {

namespace {

// How many bytes the character at the beginning of `text` (not empty) has; 0: it is none.
std::size_t characterSize(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t size = 0;
  if (byte(0) < 0x80) {
    size = 1;
  } else if (byte(0) >= 0xc2 && byte(0) < 0xe0) {
    size = 2;
  } else if (byte(0) >= 0xe0 && byte(0) < 0xf0) {
    size = 3;
  } else if (byte(0) >= 0xf0 && byte(0) < 0xf5) {
    size = 4;
  }
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

std::string number(double value) {
  std::array<char, 32> buffer;
  char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

std::string json(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = characterSize(text);
    const char first = text.front();
    if (size == 0) {
      out += "\\ufffd";
    } else if (first == '"' || first == '\\') {
      out += '\\';
      out += first;
    } else if (static_cast<unsigned char>(first) < 0x20) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", first);
      out += escape.data();
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out + "\"";
}

}  // namespace weft::inspect::internal
