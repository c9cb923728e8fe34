// Text made of pieces, and JSON strings: what the room's writers share.

#ifndef WEFT_INSPECT_INTERNAL_TEXT_H_
#define WEFT_INSPECT_INTERNAL_TEXT_H_

#include <initializer_list>
#include <string>
#include <string_view>

namespace weft::inspect::internal {

inline void append(std::string& text, std::initializer_list<std::string_view> pieces) {
  for (std::string_view piece : pieces) text += piece;
}

inline std::string cat(std::initializer_list<std::string_view> pieces) {
  std::string text;
  append(text, pieces);
  return text;
}

// The shortest text that reads back as `value`.
std::string number(double value);

// `text` as a JSON string, in quotes; what is no UTF-8 is replaced.
std::string json(std::string_view text);

}  // namespace weft::inspect::internal

#endif  // WEFT_INSPECT_INTERNAL_TEXT_H_
