// The header fields of one HTTP message, in order.
//
// The same type holds what arrived and what is to be sent. Names are compared without regard to
// case and kept as they were written. A field may occur several times: `append` adds a line, `set`
// leaves exactly one.
//
//   HttpHeaders headers;
//   headers.set("Content-Type", "text/html");
//   headers.append("Set-Cookie", "a=1");
//   headers.append("Set-Cookie", "b=2");
//   if (auto type = headers.get("content-type")) use(*type);
//
// It is not a map of parsed values (no cookies, no quality lists), and it knows nothing of framing.
//
// Memory: all text stands in one buffer and all positions in one vector; clear() keeps both, so a
// list that is used again allocates nothing. A field costs its line and 12 bytes.
// Lookup walks the list. Views that it gives are valid until the next change.
//
// Threads: none; two threads may not even read one list at the same time (get() may join lines).

#ifndef WEFT_NET_HTTP_HEADERS_H_
#define WEFT_NET_HTTP_HEADERS_H_

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weft/net/internal/char_buffer.h"

namespace weft::net {

namespace internal {
class HttpHeadersBuilder;
}  // namespace internal

class HttpHeaders {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = const Field*;
    using reference = Field;

    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++index_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    friend class HttpHeaders;
    Iterator(const HttpHeaders* headers, std::size_t index) : headers_(headers), index_(index) {}

    const HttpHeaders* headers_;
    std::size_t index_;
  };

  // The value of `name`, nothing if there is no such field. Where the field occurs several times,
  // Node's rule for `request.headers` decides: the first one for fields that may occur once only
  // (Content-Type, Host, Authorization, ... and Set-Cookie, whose lines cannot be joined), all
  // joined by "; " for Cookie, all joined by ", " for the rest.
  std::optional<std::string_view> get(std::string_view name) const;
  // The value of every line of `name`, in order.
  std::vector<std::string_view> getAll(std::string_view name) const;
  bool has(std::string_view name) const { return find(name, 0) != kNone; }

  // Adds a line at the end. Throws UsageError if `name` is not a token (RFC 9110, 5.1) or `value`
  // holds a control character other than a tab (5.5): with a CR or LF a value that comes from a
  // user could smuggle in header fields of its own. Spaces and tabs around the value are dropped.
  void append(std::string_view name, std::string_view value);
  // Gives `name` this value only: the first such line keeps its place, further ones go. Adds a
  // line if there was none. Throws as append() does, and changes nothing then.
  void set(std::string_view name, std::string_view value);
  // Removes every line of `name`; returns whether there was one.
  bool remove(std::string_view name);
  // Removes all and keeps the memory.
  void clear() noexcept {
    if (!empty()) clearAll();
  }

  std::size_t size() const noexcept { return marks_.size(); }
  bool empty() const noexcept { return marks_.empty(); }
  // All of them as they stand in a message: lines that each end with CRLF.
  std::string_view lines() const noexcept { return text_.view(); }
  // The field at `index` < size(), name as written.
  Field operator[](std::size_t index) const {
    const char* const text = text_.view().data();
    const std::size_t begin = beginOf(index);
    const Marks marks = marks_[index];
    return {{text + begin, marks.name_end - begin},
            {text + marks.value, marks.value_end - marks.value}};
  }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  // What append() and set() ask for.
  static bool isName(std::string_view name);
  static bool isValue(std::string_view value);

 private:
  friend class internal::HttpHeadersBuilder;

  static constexpr std::size_t kNone = SIZE_MAX;
  static constexpr std::size_t kLineEnd = 2;  // the size of CRLF

  // Where field i stands in text_: name, colon, whitespace, value, CRLF. It begins where the one
  // before it ends.
  struct Marks {
    std::uint32_t name_end;
    std::uint32_t value;
    std::uint32_t value_end;
  };
  // A joined value that get() gave a view of, and the line that it begins with.
  struct Joined {
    std::size_t first;
    std::string value;
  };

  std::size_t beginOf(std::size_t index) const {
    return index == 0 ? 0 : marks_[index - 1].value_end + kLineEnd;
  }
  // Whether it is a view of this list.
  bool isOwn(std::string_view text) const noexcept;
  std::size_t find(std::string_view name, std::size_t from) const;
  std::string_view join(std::size_t first, std::string_view name) const;
  void clearAll() noexcept;
  void erase(std::size_t index);
  // Puts `text` for [from, to) of text_ and moves the marks of the fields from `index` on.
  void splice(std::size_t index, std::size_t from, std::size_t to, std::string_view text);

  internal::CharBuffer text_;
  std::vector<Marks> marks_;
  mutable std::forward_list<Joined> joined_;
};

}  // namespace weft::net

#endif  // WEFT_NET_HTTP_HEADERS_H_
