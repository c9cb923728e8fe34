#include "weft/net/http_headers.h"

#include <array>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <utility>

#include "weft/cls/errors.h"
#include "weft/net/internal/http_grammar.h"

namespace weft::net {
namespace {

// The fields of which Node keeps the first line only (nodejs.org/api/http.html, message.headers),
// and Set-Cookie, which Node gives as an array because dates in it hold commas.
constexpr auto kFirstLineOnly = std::to_array<std::string_view>({
    "age",
    "authorization",
    "content-length",
    "content-type",
    "etag",
    "expires",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "proxy-authorization",
    "referer",
    "retry-after",
    "server",
    "set-cookie",
    "user-agent",
});

constexpr std::string_view kColon = ": ";

bool isFirstLineOnly(std::string_view name) {
  for (std::string_view known : kFirstLineOnly) {
    if (internal::equalsIgnoreCase(name, known)) return true;
  }
  return false;
}

// `text` in quotes, fit for a message.
std::string quoted(std::string_view text) {
  std::string printable = "'";
  for (char c : text) printable.push_back(c >= ' ' && c <= '~' ? c : '?');
  return printable + "'";
}

[[noreturn, gnu::cold]] void refuse(std::string_view name) {
  throw UsageError(HttpHeaders::isName(name)
                       ? "the value of header " + quoted(name) +
                             " holds a control character such as CR, LF or NUL: encode or remove it"
                       : quoted(name) +
                             " is not a header name: use letters, digits and !#$%&'*+-.^_`|~ only");
}

// `value` without outer whitespace.
std::string_view checked(std::string_view name, std::string_view value) {
  if (!HttpHeaders::isName(name) || !HttpHeaders::isValue(value)) refuse(name);
  return internal::trimOws(value);
}

}  // namespace

std::optional<std::string_view> HttpHeaders::get(std::string_view name) const {
  const std::size_t first = find(name, 0);
  if (first == kNone) return std::nullopt;
  if (find(name, first + 1) == kNone || isFirstLineOnly(name)) return (*this)[first].value;
  return join(first, name);
}

std::vector<std::string_view> HttpHeaders::getAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (std::size_t i = find(name, 0); i != kNone; i = find(name, i + 1)) {
    values.push_back((*this)[i].value);
  }
  return values;
}

void HttpHeaders::append(std::string_view name, std::string_view value) {
  value = checked(name, value);
  if (!empty() && (isOwn(name) || isOwn(value))) [[unlikely]]  // what grows may move
    return append(std::string(name), std::string(value));
  const std::size_t begin = text_.size();
  const std::size_t size = name.size() + kColon.size() + value.size() + kLineEnd;
  if (begin + size > UINT32_MAX) {
    throw std::length_error("HttpHeaders: more than 4 GiB of header fields");
  }
  char* const line = text_.grow(size);
  name.copy(line, name.size());
  kColon.copy(line + name.size(), kColon.size());
  value.copy(line + name.size() + kColon.size(), value.size());
  std::memcpy(line + size - kLineEnd, "\r\n", kLineEnd);
  const auto value_end = static_cast<std::uint32_t>(begin + size - kLineEnd);
  marks_.push_back({static_cast<std::uint32_t>(begin + name.size()),
                    static_cast<std::uint32_t>(value_end - value.size()), value_end});
  if (!joined_.empty()) joined_.clear();
}

void HttpHeaders::set(std::string_view name, std::string_view value) {
  const std::size_t first = empty() ? kNone : find(name, 0);
  if (first == kNone) return append(name, value);
  value = checked(name, value);
  if (isOwn(value)) return set(name, std::string(value));
  if (text_.size() + value.size() > UINT32_MAX) {
    throw std::length_error("HttpHeaders: more than 4 GiB of header fields");
  }
  const std::string kept_name(name);
  const Marks marks = marks_[first];
  splice(first + 1, marks.value, marks.value_end, value);
  marks_[first].value_end = marks.value + static_cast<std::uint32_t>(value.size());
  for (std::size_t i = find(kept_name, first + 1); i != kNone; i = find(kept_name, i)) erase(i);
}

bool HttpHeaders::remove(std::string_view name) {
  std::size_t i = find(name, 0);
  if (i == kNone) return false;
  const std::string kept_name(name);
  for (; i != kNone; i = find(kept_name, i)) erase(i);
  return true;
}

void HttpHeaders::clearAll() noexcept {
  text_.clear();
  marks_.clear();
  joined_.clear();
}

bool HttpHeaders::isName(std::string_view name) { return internal::isToken(name); }

bool HttpHeaders::isValue(std::string_view value) { return internal::isFieldValue(value); }

bool HttpHeaders::isOwn(std::string_view text) const noexcept {
  const std::string_view own = text_.view();
  return std::greater_equal<>()(text.data(), own.data()) &&
         std::less<>()(text.data(), own.data() + own.size());
}

std::size_t HttpHeaders::find(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i < marks_.size(); ++i) {
    if (internal::equalsIgnoreCase((*this)[i].name, name)) return i;
  }
  return kNone;
}

std::string_view HttpHeaders::join(std::size_t first, std::string_view name) const {
  for (const Joined& joined : joined_) {
    if (joined.first == first) return joined.value;
  }
  const std::string_view separator = internal::equalsIgnoreCase(name, "cookie") ? "; " : ", ";
  std::string value;
  for (std::size_t i = first; i != kNone; i = find(name, i + 1)) {
    if (i != first) value.append(separator);
    value.append((*this)[i].value);
  }
  return joined_.emplace_front(Joined{first, std::move(value)}).value;
}

void HttpHeaders::erase(std::size_t index) {
  splice(index + 1, beginOf(index), marks_[index].value_end + kLineEnd, {});
  marks_.erase(marks_.begin() + static_cast<std::ptrdiff_t>(index));
}

void HttpHeaders::splice(std::size_t index, std::size_t from, std::size_t to,
                         std::string_view text) {
  // Unsigned arithmetic wraps round, which is right for both directions.
  const auto moved = static_cast<std::uint32_t>(text.size() - (to - from));
  text_.replace(from, to, text);
  for (std::size_t i = index; i < marks_.size(); ++i) {
    marks_[i].name_end += moved;
    marks_[i].value += moved;
    marks_[i].value_end += moved;
  }
  joined_.clear();
}

}  // namespace weft::net
