// The grammar of HTTP/1.1's small parts: what RFC 9110, 9112 and 3986 call tokens, field values,
// hosts, request targets and chunk extensions.
//
// Pure functions over bytes, shared by the parser, the writer and HttpHeaders. Everything here
// says yes or no; nothing repairs.

#ifndef WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_
#define WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::net::internal {

// Classes of characters.
enum : std::uint8_t {
  kTokenChar = 1,   // tchar (RFC 9110, 5.6.2)
  kHostChar = 2,    // unreserved / sub-delims (RFC 3986, 2): a reg-name without its escapes
  kTargetChar = 4,  // visible ASCII without "#": fragments are never sent (RFC 9112, 3.2)
  kFieldChar = 8,   // HTAB / SP / VCHAR / obs-text (RFC 9110, 5.5)
  kHexDigit = 16,
  kAlpha = 32,
  kDigit = 64,
};

constexpr std::array<std::uint8_t, 256> makeCharClasses() {
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

inline constexpr std::array<std::uint8_t, 256> kCharClasses = makeCharClasses();

// Whether `c` is of one of the classes.
inline bool is(char c, std::uint8_t classes) {
  return (kCharClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

inline bool isSpace(char c) { return c == ' ' || c == '\t'; }

// Names of fields, codings and options know no case (RFC 9110, 5.1).
inline bool equalsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || ((a[i] ^ b[i]) == 0x20 && is(a[i], kAlpha));
    if (!same) return false;
  }
  return true;
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
inline std::size_t tokenSize(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is(text[size], kTokenChar)) ++size;
  return size;
}
std::size_t countHexDigits(std::string_view text);

// The number that hexadecimal digits without leading zeros write, nothing above 2^63 - 1.
std::optional<std::uint64_t> parseHex(std::string_view digits);

// The first control character in [begin, end), which is what ends a line or must not be in it;
// `end` if there is none. Tabs do not count, bytes from 0x80 on neither.
inline const char* findControl(const char* begin, const char* end) {
#ifdef __SSE2__
  const auto controlsIn = [](__m128i bytes) {  // a bit for each byte
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i tabs = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    const __m128i controls = _mm_or_si128(_mm_andnot_si128(tabs, low), deletes);
    return static_cast<unsigned>(_mm_movemask_epi8(controls));
  };
  for (; end - begin >= 16; begin += 16) {
    const unsigned hits = controlsIn(_mm_loadu_si128(reinterpret_cast<const __m128i*>(begin)));
    if (hits != 0) return begin + std::countr_zero(hits);
  }
  if (end - begin >= 8) {
    const unsigned hits =
        controlsIn(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(begin))) & 0xff;
    if (hits != 0) return begin + std::countr_zero(hits);
    begin += 8;
  }
#endif
  return std::find_if(begin, end, [](char c) { return !is(c, kFieldChar); });
}

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
