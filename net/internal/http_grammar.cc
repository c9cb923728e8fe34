#include "weft/net/internal/http_grammar.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace weft::net::internal {
namespace {

bool allAre(std::string_view text, std::uint8_t classes) {
  const char* const end = text.data() + text.size();
  return findNot(classes, text.data(), end) == end;
}

// reg-name = *( unreserved / pct-encoded / sub-delims ); an IPv4 address looks like one.
bool isRegName(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is(text[i], kHostChar)) continue;
    if (text[i] != '%' || countHexDigits(text.substr(i + 1, 2)) != 2) return false;
    i += 2;
  }
  return true;
}

// What stands between the brackets of an IP-literal: IPv6address / IPvFuture.
bool isIpLiteral(std::string_view text) {
  if (!text.empty() && (text[0] == 'v' || text[0] == 'V')) {
    const std::size_t digits = countHexDigits(text.substr(1));
    if (digits == 0 || text.size() < digits + 3 || text[digits + 1] != '.') return false;
    text.remove_prefix(digits + 2);
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == ':' || is(c, kHostChar); });
  }
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated) return false;
  std::copy(text.begin(), text.end(), terminated);
  in6_addr address;
  return inet_pton(AF_INET6, terminated, &address) == 1;
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;  // what follows the colon
};

std::optional<HostAndPort> splitHost(std::string_view text) {
  HostAndPort parts;
  std::size_t end;
  if (!text.empty() && text[0] == '[') {
    end = text.find(']');
    if (end == text.npos || !isIpLiteral(text.substr(1, end - 1))) return std::nullopt;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (!isRegName(text.substr(0, end))) return std::nullopt;
  }
  parts.host = text.substr(0, end);
  if (end == text.size()) return parts;
  if (text[end] != ':') return std::nullopt;
  parts.port = text.substr(end + 1);
  if (!allAre(*parts.port, kDigit)) return std::nullopt;
  return parts;
}

// host:port with both there and the port one that exists (RFC 9110, 9.3.6).
bool isConnectTarget(std::string_view target) {
  const std::optional<HostAndPort> parts = splitHost(target);
  if (!parts || parts->host.empty() || !parts->port) return false;
  std::string_view port = *parts->port;
  port.remove_prefix(std::min(port.find_first_not_of('0'), port.size()));
  if (port.empty() || port.size() > 5) return false;
  int number = 0;
  for (char c : port) number = number * 10 + (c - '0');
  return number <= 65535;
}

// absolute-form with a host and without user info (RFC 9110, 4.2.1 and 4.2.4).
bool isAbsoluteTarget(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == target.npos || colon == 0 || !is(target[0], kAlpha)) return false;
  const std::string_view scheme = target.substr(0, colon);
  const bool scheme_ok = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is(c, kAlpha | kDigit) || c == '+' || c == '-' || c == '.';
  });
  if (!scheme_ok) return false;
  target.remove_prefix(colon + 3);
  const std::optional<HostAndPort> parts = splitHost(target.substr(0, target.find_first_of("/?")));
  return parts && !parts->host.empty();
}

// The length of the quoted-string (RFC 9110, 5.6.4) that `text` begins with, 0 if it begins with
// none.
std::size_t quotedStringSize(std::string_view text) {
  if (text.empty() || text[0] != '"') return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i == text.size() || !is(text[i], kFieldChar)) return 0;
  }
  return 0;
}

void skipSpaces(std::string_view* text) {
  while (!text->empty() && isSpace(text->front())) text->remove_prefix(1);
}

}  // namespace

bool isToken(std::string_view text) { return !text.empty() && tokenSize(text) == text.size(); }

bool isFieldValue(std::string_view text) {
  const char* const end = text.data() + text.size();
  return findControl(text.data(), end) == end;
}

bool isHost(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* const plain = findNonHost(text.data(), end);  // nearly every host
  if (plain == end) return true;
  if (*plain == ':' && findNot(kDigit, plain + 1, end) == end) return true;
  return splitHost(text).has_value();
}

bool isRequestTarget(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return isConnectTarget(target);
  const char* const end = target.data() + target.size();
  if (target.empty() || findNonTarget(target.data(), end) != end) return false;
  if (target[0] == '/') return true;
  if (target == "*") return method == "OPTIONS";
  return isAbsoluteTarget(target);
}

bool isChunkExtensions(std::string_view text) {
  while (!text.empty()) {
    skipSpaces(&text);
    if (text.empty() || text[0] != ';') return false;
    text.remove_prefix(1);
    skipSpaces(&text);
    const std::size_t name = tokenSize(text);
    if (name == 0) return false;
    text.remove_prefix(name);

    std::string_view rest = text;
    skipSpaces(&rest);
    if (rest.empty() || rest[0] != '=') continue;
    rest.remove_prefix(1);
    skipSpaces(&rest);
    const std::size_t value = std::max(tokenSize(rest), quotedStringSize(rest));
    if (value == 0) return false;
    text = rest.substr(value);
  }
  return true;
}

std::optional<std::uint64_t> parseContentLength(std::string_view text) {
  if (text.empty() || !allAre(text, kDigit)) return std::nullopt;
  std::uint64_t length = 0;
  for (char c : text) {
    const std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (length > (INT64_MAX - digit) / 10) return std::nullopt;
    length = length * 10 + digit;
  }
  return length;
}

std::size_t tokenSize(std::string_view text) {
  const char* const end = text.data() + text.size();
  return static_cast<std::size_t>(findNonToken(text.data(), end) - text.data());
}

std::size_t countHexDigits(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is(text[digits], kHexDigit)) ++digits;
  return digits;
}

std::optional<std::uint64_t> parseHex(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (digits.empty()) return 0;
  if (error != std::errc() || number > INT64_MAX) return std::nullopt;
  return number;
}

}  // namespace weft::net::internal
