// What the fields of a complete head mean for the parser: where the body ends, and what becomes
// of the connection (RFC 9112, 3.2, 6 and 9; RFC 9110, 7.2, 7.8 and 10.1.1).
//
// Pure: from the start line and the header fields of a head, the rest of it is filled in. Wherever
// a sender did what it must not do, the message is refused, also where a recipient may guess: a
// guess about the end of a message is what request smuggling lives on.
//
//   if (HttpError error = applyRequestRules(limits, &head)) refuse(error);
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_RULES_H_
#define WEFT_NET_INTERNAL_HTTP_RULES_H_

#include "weft/net/http_limits.h"
#include "weft/net/internal/http_head.h"

namespace weft::net::internal {

// Why a message is refused; false if it is not.
struct HttpError {
  int status = 0;           // what a server answers; means nothing in a response
  const char* reason = "";  // a sentence without a full stop, of static storage

  explicit operator bool() const { return status != 0; }
};

// Which request a response answers; decides whether it has a body.
enum class Answers : std::uint8_t { kOther, kHead, kConnect };

HttpError applyRequestRules(const HttpLimits& limits, HttpHead* head);
HttpError applyResponseRules(const HttpLimits& limits, Answers answers, HttpHead* head);

// Trailers are kept apart from the headers, so only those about framing are refused.
HttpError checkTrailers(const HttpHeaders& trailers);

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_RULES_H_
