// The grammar of HTTP/1.1's small parts: what RFC 9110, 9112 and 3986 call tokens, field values,
// hosts, request targets and chunk extensions.
//
// Pure functions over bytes, shared by the parser, the writer and HttpHeaders. Everything here
// says yes or no; nothing repairs.

#ifndef WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_
#define WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "weft/net/internal/http_chars.h"

namespace weft::net::internal {

// Names of fields, codings and options know no case (RFC 9110, 5.1).
inline bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || ((a[i] ^ b[i]) == 0x20 && is(a[i], kAlpha));
    if (!same) return false;
  }
  return true;
}

// The fields that say something about messages and connections themselves.
enum class KnownField : std::uint8_t {
  kNone,
  kHost,
  kDate,
  kExpect,
  kUpgrade,
  kConnection,
  kContentLength,
  kTransferEncoding,
};

// Whether `token` is `known`, which has its size and is made of lower-case letters and dashes.
template <std::size_t kSize>
inline bool isKnown(const char* token, const char (&known)[kSize]) {
  constexpr std::size_t kChars = kSize - 1;
  using Word = std::conditional_t < kChars<8, std::uint32_t, std::uint64_t>;
  static_assert(kChars >= sizeof(Word));
  constexpr Word kLower = static_cast<Word>(0x2020202020202020);
  const auto differ = [&](std::size_t at) {
    Word a, b;
    std::memcpy(&a, token + at, sizeof a);
    std::memcpy(&b, known + at, sizeof b);
    return (a | kLower) ^ b;  // no token has a CR, which is what a dash might be taken for
  };
  Word difference = differ(kChars - sizeof(Word));
  for (std::size_t at = 0; at + sizeof(Word) < kChars; at += sizeof(Word)) difference |= differ(at);
  return difference == 0;
}

// `name` is a token.
[[gnu::always_inline]] inline KnownField knownField(std::string_view name) {
  const char* const at = name.data();
  switch (name.size()) {
    case 4:
      if (isKnown(at, "host")) return KnownField::kHost;
      return isKnown(at, "date") ? KnownField::kDate : KnownField::kNone;
    case 6:
      return isKnown(at, "expect") ? KnownField::kExpect : KnownField::kNone;
    case 7:
      return isKnown(at, "upgrade") ? KnownField::kUpgrade : KnownField::kNone;
    case 10:
      return isKnown(at, "connection") ? KnownField::kConnection : KnownField::kNone;
    case 14:
      return isKnown(at, "content-length") ? KnownField::kContentLength : KnownField::kNone;
    case 17:
      return isKnown(at, "transfer-encoding") ? KnownField::kTransferEncoding : KnownField::kNone;
    default:
      return KnownField::kNone;
  }
}

// token = 1*tchar (RFC 9110, 5.6.2): methods, field names, codings.
bool isToken(std::string_view text);

// Whether every byte may stand in a field value (RFC 9110, 5.5) or a reason phrase: visible
// characters, spaces, tabs and obs-text, so no CR, LF, NUL or other control character.
bool isFieldValue(std::string_view text);

// `text` without spaces and tabs at both ends (OWS).
inline std::string_view trimOws(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

// uri-host [ ":" port ] (RFC 9110, 7.2): what Host may hold. May be empty, never has user info.
bool isHost(std::string_view text);

// Whether `target` has one of the four forms of RFC 9112, 3.2 and `method` goes with it:
// "/path?query", "scheme://host:port/path", "host:port" for CONNECT only, "*" for OPTIONS only.
bool isRequestTarget(std::string_view method, std::string_view target);

// *( BWS ";" BWS name [ BWS "=" BWS value ] ) (RFC 9112, 7.1.1). An empty text is one, too.
bool isChunkExtensions(std::string_view text);

// 1*DIGIT up to 2^63 - 1 (RFC 9110, 8.6), nothing for any other text.
std::optional<std::uint64_t> parseContentLength(std::string_view text);

// How many characters of a token, or hexadecimal digits, `text` begins with.
std::size_t tokenSize(std::string_view text);
std::size_t countHexDigits(std::string_view text);

// The number that hexadecimal digits without leading zeros write, nothing above 2^63 - 1.
std::optional<std::uint64_t> parseHex(std::string_view digits);

// Calls `use(element)` for each element of a comma-separated list (RFC 9110, 5.6.1), without the
// whitespace around it. Empty elements are given, too.
template <typename Use>
void forEachElement(std::string_view list, Use use) {
  while (true) {
    const std::size_t comma = list.find(',');
    use(trimOws(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_
