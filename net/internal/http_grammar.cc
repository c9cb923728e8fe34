#include "weft/net/internal/http_grammar.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace weft::net::internal {
namespace {

enum : std::uint8_t {
  kTokenChar = 1,   // tchar (RFC 9110, 5.6.2)
  kHostChar = 2,    // unreserved / sub-delims (RFC 3986, 2): a reg-name without its escapes
  kTargetChar = 4,  // visible ASCII without "#": fragments are never sent (RFC 9112, 3.2)
  kFieldChar = 8,   // HTAB / SP / VCHAR / obs-text (RFC 9110, 5.5)
  kHexDigit = 16,
  kAlpha = 32,
  kDigit = 64,
};

constexpr std::array<std::uint8_t, 256> makeClasses() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool digit = byte >= '0' && byte <= '9';
    const bool alpha = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool visible = c > 0x20 && c < 0x7f;
    const auto oneOf = [byte](std::string_view set) { return set.find(byte) != set.npos; };
    std::uint8_t bits = 0;
    if (digit || alpha || oneOf("!#$%&'*+-.^_`|~")) bits |= kTokenChar;
    if (digit || alpha || oneOf("-._~!$&'()*+,;=")) bits |= kHostChar;
    if (visible && byte != '#') bits |= kTargetChar;
    if (visible || c == ' ' || c == '\t' || c >= 0x80) bits |= kFieldChar;
    if (digit || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')) bits |= kHexDigit;
    if (alpha) bits |= kAlpha;
    if (digit) bits |= kDigit;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = makeClasses();

bool is(char c, std::uint8_t classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

bool allAre(std::string_view text, std::uint8_t classes) {
  return std::all_of(text.begin(), text.end(), [classes](char c) { return is(c, classes); });
}

bool isSpace(char c) { return c == ' ' || c == '\t'; }

// reg-name = *( unreserved / pct-encoded / sub-delims ); an IPv4 address looks like one.
bool isRegName(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (countHexDigits(text.substr(i + 1, 2)) != 2) return false;
      i += 2;
    } else if (!is(text[i], kHostChar)) {
      return false;
    }
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

std::size_t tokenSize(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is(text[size], kTokenChar)) ++size;
  return size;
}

void skipSpaces(std::string_view* text) {
  while (!text->empty() && isSpace(text->front())) text->remove_prefix(1);
}

}  // namespace

bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

bool isToken(std::string_view text) { return !text.empty() && allAre(text, kTokenChar); }

bool isFieldValue(std::string_view text) { return allAre(text, kFieldChar); }

std::string_view trimOws(std::string_view text) {
  skipSpaces(&text);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool isHost(std::string_view text) { return splitHost(text).has_value(); }

bool isRequestTarget(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return isConnectTarget(target);
  if (target.empty() || !allAre(target, kTargetChar)) return false;
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

std::size_t countHexDigits(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is(text[digits], kHexDigit)) ++digits;
  return digits;
}

const char* findControl(const char* begin, const char* end) {
  const auto isControl = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  };
  // Eight bytes at a time: the high bit of each byte of `hits` says that it is below 0x20 or is
  // 0x7f. Borrows and tabs set bits in vain, so each hit is looked at; none is missed.
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - begin >= 8) {
      std::uint64_t word;
      std::memcpy(&word, begin, sizeof word);
      const std::uint64_t deletes = word ^ (kOnes * 0x7f);
      std::uint64_t hits =
          (((word - kOnes * 0x20) & ~word) | ((deletes - kOnes) & ~deletes)) & kHighs;
      while (hits != 0) {
        const char* hit = begin + std::countr_zero(hits) / 8;
        if (isControl(*hit)) return hit;
        hits &= hits - 1;
      }
      begin += 8;
    }
  }
  return std::find_if(begin, end, isControl);
}

}  // namespace weft::net::internal
