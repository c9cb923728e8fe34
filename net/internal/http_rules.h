// What the fields of a complete head mean for the parser: where the body ends, and what becomes
// of the connection (RFC 9112, 3.2, 6 and 9; RFC 9110, 7.2, 7.8 and 10.1.1).
//
// Pure: from the start line of a head and what its fields say, the rest of it is filled in.
// Wherever a sender did what it must not do, the message is refused, also where a recipient may
// guess: a guess about the end of a message is what request smuggling lives on.
//
//   if (HttpError error = applyRequestRules(HttpFacts(head.headers), limits, &head)) refuse(error);
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_RULES_H_
#define WEFT_NET_INTERNAL_HTTP_RULES_H_

#include <cstdint>
#include <string_view>

#include "weft/net/http_headers.h"
#include "weft/net/http_limits.h"
#include "weft/net/internal/http_grammar.h"
#include "weft/net/internal/http_head.h"

namespace weft::net::internal {

// Why a message is refused; false if it is not.
struct HttpError {
  int status = 0;           // what a server answers; means nothing in a response
  const char* reason = "";  // a sentence without a full stop, of static storage

  explicit operator bool() const { return status != 0; }
};

// What the fields of a head say about it, gathered from all of their lines.
struct HttpFacts {
  HttpFacts() = default;
  explicit HttpFacts(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) note(name, value);
  }
  // To be called for each field, whose name is a token. `value` must live as long as this.
  void note(std::string_view name, std::string_view value) {
    if (const KnownField field = knownField(name); field != KnownField::kNone) note(field, value);
  }

  int hosts = 0;
  std::string_view host;
  int lengths = 0;
  std::string_view length;
  bool transfer_encoding = false;
  int chunked = 0;                // how often the coding `chunked` is named
  bool chunked_last = false;      // whether it ends the list
  bool other_coding = false;      // one that is not `chunked`
  bool malformed_coding = false;  // one that is no token
  bool close = false;             // options of Connection
  bool keep_alive = false;
  bool upgrade_option = false;
  bool upgrade = false;
  Expectation expectation = Expectation::kNone;

 private:
  void note(KnownField field, std::string_view value);
  void noteCoding(std::string_view coding);
  void noteOption(std::string_view option);
  void noteExpectation(std::string_view element);
};

// Which request a response answers; decides whether it has a body.
enum class Answers : std::uint8_t { kOther, kHead, kConnect };

HttpError applyRequestRules(const HttpFacts& facts, const HttpLimits& limits, HttpHead* head);
HttpError applyResponseRules(const HttpFacts& facts, const HttpLimits& limits, Answers answers,
                             HttpHead* head);

// Trailers are kept apart from the headers, so only those about framing are refused.
HttpError checkTrailers(const HttpHeaders& trailers);

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_RULES_H_
