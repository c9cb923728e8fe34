// The value of the Date header field (RFC 9110, 5.6.7: IMF-fixdate), made once a second.
//
//   HttpDate date;
//   out += date.at(unix_seconds);  // "Sun, 06 Nov 1994 08:49:37 GMT"
//
// It knows no clock: the caller says what time it is.
//
// Threads: none; one for each loop.

#ifndef WEFT_NET_INTERNAL_HTTP_DATE_H_
#define WEFT_NET_INTERNAL_HTTP_DATE_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace weft::net::internal {

class HttpDate {
 public:
  // `unix_seconds` in the years 0 to 9999; times outside give the nearest one that is inside.
  // The view is valid until the next call with another second.
  std::string_view at(std::int64_t unix_seconds);

 private:
  void format(std::int64_t unix_seconds);

  static constexpr std::int64_t kNever = INT64_MIN;

  std::int64_t made_for_ = kNever;
  std::array<char, 29> text_{};
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_DATE_H_
