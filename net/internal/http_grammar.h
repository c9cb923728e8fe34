// The grammar of HTTP/1.1's small parts: what RFC 9110, 9112 and 3986 call tokens, field values,
// hosts, request targets and chunk extensions.
//
// Pure functions over bytes, shared by the parser, the writer and HttpHeaders. Everything here
// says yes or no; nothing repairs.

#ifndef WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_
#define WEFT_NET_INTERNAL_HTTP_GRAMMAR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::net::internal {

// Names of fields, codings and options know no case (RFC 9110, 5.1).
bool equalsIgnoreCase(std::string_view a, std::string_view b);

// token = 1*tchar (RFC 9110, 5.6.2): methods, field names, codings.
bool isToken(std::string_view text);

// Whether every byte may stand in a field value (RFC 9110, 5.5) or a reason phrase: visible
// characters, spaces, tabs and obs-text, so no CR, LF, NUL or other control character.
bool isFieldValue(std::string_view text);

// `text` without spaces and tabs at both ends (OWS).
std::string_view trimOws(std::string_view text);

// uri-host [ ":" port ] (RFC 9110, 7.2): what Host may hold. May be empty, never has user info.
bool isHost(std::string_view text);

// Whether `target` has one of the four forms of RFC 9112, 3.2 and `method` goes with it:
// "/path?query", "scheme://host:port/path", "host:port" for CONNECT only, "*" for OPTIONS only.
bool isRequestTarget(std::string_view method, std::string_view target);

// *( BWS ";" BWS name [ BWS "=" BWS value ] ) (RFC 9112, 7.1.1). An empty text is one, too.
bool isChunkExtensions(std::string_view text);

// 1*DIGIT up to 2^63 - 1 (RFC 9110, 8.6), nothing for any other text.
std::optional<std::uint64_t> parseContentLength(std::string_view text);

// The number of hexadecimal digits that `text` begins with.
std::size_t countHexDigits(std::string_view text);

// The first control character in [begin, end), which is what ends a line or must not be in it;
// `end` if there is none. Tabs do not count, bytes from 0x80 on neither.
const char* findControl(const char* begin, const char* end);

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
