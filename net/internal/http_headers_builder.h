// How the parser fills in HttpHeaders with fields that it has checked.

#ifndef WEFT_NET_INTERNAL_HTTP_HEADERS_BUILDER_H_
#define WEFT_NET_INTERNAL_HTTP_HEADERS_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/net/http_headers.h"

namespace weft::net::internal {

// A field in the bytes of a message: its name is [begin, colon), its value [value, end).
struct FieldPlace {
  const char* begin;
  const char* colon;
  const char* value;
  const char* end;
};

class HttpHeadersBuilder {
 public:
  explicit HttpHeadersBuilder(HttpHeaders* headers) : headers_(*headers) {}

  void add(const FieldPlace& field) {
    mark(field, field.begin);
    headers_.text_.append({field.begin, field.end});
    headers_.text_.append("\r\n");
  }
  // Continues the value of the last one.
  void extend(std::string_view more) {
    HttpHeaders::Marks& marks = headers_.marks_.back();
    headers_.text_.truncate(marks.value_end);
    if (marks.value_end > marks.value) headers_.text_.append(" ");
    headers_.text_.append(more);
    marks.value_end = static_cast<std::uint32_t>(headers_.text_.size());
    headers_.text_.append("\r\n");
  }

  // add() for many at once: tells of each where it stands in the lines that begin at `lines`; then
  // copies all of these, or drops what was told.
  void mark(const FieldPlace& field, const char* lines) {
    const auto offset = [base = headers_.text_.size(), lines](const char* at) {
      return static_cast<std::uint32_t>(base + static_cast<std::size_t>(at - lines));
    };
    headers_.marks_.push_back({offset(field.colon), offset(field.value), offset(field.end)});
  }
  void copyMarked(std::string_view lines) { headers_.text_.append(lines); }
  void dropMarked() noexcept { headers_.marks_.clear(); }

 private:
  HttpHeaders& headers_;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_HEADERS_BUILDER_H_
