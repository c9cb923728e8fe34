// The classes of characters that HTTP/1.1's grammar is made of (RFC 9110, 9112 and 3986), and where
// a run of one class ends.
//
// With SSE2 runs are looked through 16 bytes at a time, else by a table; both say the same.
//
// Pure functions over bytes. Threads: any.

#ifndef WEFT_NET_INTERNAL_HTTP_CHARS_H_
#define WEFT_NET_INTERNAL_HTTP_CHARS_H_

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
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

// What follows looks for the first byte in [begin, end) that is not of a class; `end` if all are.

// The same by a table.
inline const char* findNot(std::uint8_t classes, const char* begin, const char* end) {
  while (begin != end && is(*begin, classes)) ++begin;
  return begin;
}

#ifdef __SSE2__
// Skips bytes, 16 or 8 at a time, as long as `others(bytes)` has 0x00 for them.
template <typename Others>
inline const char* skipWide(const char* begin, const char* end, Others others) {
  const auto maskOf = [others](__m128i bytes) {
    return static_cast<unsigned>(_mm_movemask_epi8(others(bytes)));
  };
  for (; end - begin >= 16; begin += 16) {
    const unsigned mask = maskOf(_mm_loadu_si128(reinterpret_cast<const __m128i*>(begin)));
    if (mask != 0) return begin + std::countr_zero(mask);
  }
  if (end - begin < 8) return begin;
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(begin));
  return begin + std::countr_zero(maskOf(bytes) | 0x100);
}

// 0xff for bytes from `low` to `high`, which are below 0x80, and 0x00 for others.
inline __m128i inRange(__m128i bytes, char low, char high) {
  const __m128i place = _mm_sub_epi8(bytes, _mm_set1_epi8(low));
  const __m128i last = _mm_set1_epi8(static_cast<char>(high - low));
  return _mm_cmpeq_epi8(_mm_min_epu8(place, last), place);
}
inline __m128i areLetters(__m128i bytes) {
  return inRange(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
}
inline __m128i areNot(__m128i hits) { return _mm_cmpeq_epi8(hits, _mm_setzero_si128()); }
#endif

// For a control character, which is what ends a line or must not be in it. Tabs do not count, bytes
// from 0x80 on neither.
inline const char* findControl(const char* begin, const char* end) {
#ifdef __SSE2__
  begin = skipWide(begin, end, [](__m128i bytes) {
    const __m128i tabs = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const __m128i deletes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return _mm_or_si128(_mm_andnot_si128(tabs, inRange(bytes, 0, 0x1f)), deletes);
  });
#endif
  return findNot(kFieldChar, begin, end);
}

// For what is no character of a target.
inline const char* findNonTarget(const char* begin, const char* end) {
#ifdef __SSE2__
  begin = skipWide(begin, end, [](__m128i bytes) {
    const __m128i hashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
    return areNot(_mm_andnot_si128(hashes, inRange(bytes, '!', '~')));
  });
#endif
  return findNot(kTargetChar, begin, end);
}

// For what is no character of a token: nearly all are letters and dashes.
inline const char* findNonToken(const char* begin, const char* end) {
#ifdef __SSE2__
  begin = skipWide(begin, end, [](__m128i bytes) {
    const __m128i dashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    return areNot(_mm_or_si128(areLetters(bytes), dashes));
  });
#endif
  return findNot(kTokenChar, begin, end);
}

// For what is no character of a host: nearly all are letters, digits, dashes and dots.
inline const char* findNonHost(const char* begin, const char* end) {
#ifdef __SSE2__
  begin = skipWide(begin, end, [](__m128i bytes) {
    const __m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/'));
    const __m128i others = _mm_andnot_si128(slashes, inRange(bytes, '-', '9'));
    return areNot(_mm_or_si128(areLetters(bytes), others));
  });
#endif
  return findNot(kHostChar, begin, end);
}

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_CHARS_H_
