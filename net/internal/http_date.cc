#include "weft/net/internal/http_date.h"

#include <algorithm>
#include <chrono>

namespace weft::net::internal {
namespace {

// Writes `number` with `digits` decimal digits.
void put(char* at, int number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string_view HttpDate::at(std::int64_t unix_seconds) {
  if (unix_seconds != made_for_) {
    format(unix_seconds);
    made_for_ = unix_seconds;
  }
  return {text_.data(), text_.size()};
}

void HttpDate::format(std::int64_t unix_seconds) {
  using namespace std::chrono;  // the calendar's names
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr sys_seconds kFirst = sys_days(year{0} / 1 / 1);
  constexpr sys_seconds kLast = sys_days(year{9999} / 12 / 31) + hours(24) - seconds(1);

  const sys_seconds time = std::clamp(sys_seconds(seconds(unix_seconds)), kFirst, kLast);
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  const auto month = static_cast<unsigned>(date.month()) - 1;

  constexpr std::string_view kShape = "Day, 00 Mon 0000 00:00:00 GMT";
  std::ranges::copy(kShape, text_.begin());
  std::ranges::copy(kDays.substr(weekday(day).c_encoding() * 3, 3), text_.begin());
  put(&text_[5], static_cast<int>(static_cast<unsigned>(date.day())), 2);
  std::ranges::copy(kMonths.substr(month * 3, 3), &text_[8]);
  put(&text_[12], static_cast<int>(date.year()), 4);
  put(&text_[17], static_cast<int>(clock.hours().count()), 2);
  put(&text_[20], static_cast<int>(clock.minutes().count()), 2);
  put(&text_[23], static_cast<int>(clock.seconds().count()), 2);
}

}  // namespace weft::net::internal
