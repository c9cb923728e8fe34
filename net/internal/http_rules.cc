#include "weft/net/internal/http_rules.h"

namespace weft::net::internal {
void HttpFacts::note(KnownField field, std::string_view value) {
  switch (field) {
    case KnownField::kHost:
      ++hosts;
      host = value;
      break;
    case KnownField::kExpect:
      forEachElement(value, [this](std::string_view element) { noteExpectation(element); });
      break;
    case KnownField::kUpgrade:
      upgrade = true;
      break;
    case KnownField::kConnection:
      forEachElement(value, [this](std::string_view option) { noteOption(option); });
      break;
    case KnownField::kContentLength:
      ++lengths;
      length = value;
      break;
    case KnownField::kTransferEncoding:
      transfer_encoding = true;
      forEachElement(value, [this](std::string_view coding) { noteCoding(coding); });
      break;
    case KnownField::kDate:
    case KnownField::kNone:
      break;
  }
}

void HttpFacts::noteCoding(std::string_view coding) {
  chunked_last = equalsIgnoreCase(coding, "chunked");
  if (chunked_last) {
    ++chunked;
    return;
  }
  other_coding = true;
  // A coding may have parameters, although no coding has any; they are not looked at.
  if (!isToken(trimOws(coding.substr(0, coding.find(';'))))) malformed_coding = true;
}

void HttpFacts::noteExpectation(std::string_view element) {
  if (element.empty()) return;
  const bool known = equalsIgnoreCase(element, "100-continue");
  if (!known || expectation == Expectation::kNone) {
    expectation = known ? Expectation::kContinue : Expectation::kOther;
  }
}

void HttpFacts::noteOption(std::string_view option) {
  if (equalsIgnoreCase(option, "close")) close = true;
  if (equalsIgnoreCase(option, "keep-alive")) keep_alive = true;
  if (equalsIgnoreCase(option, "upgrade")) upgrade_option = true;
}

namespace {

HttpError checkHost(const HttpFacts& facts, int minor_version) {
  if (facts.hosts == 0 && minor_version > 0) return HttpError{400, "the request has no Host"};
  if (facts.hosts > 1) return HttpError{400, "the request has several Host fields"};
  if (!isHost(facts.host)) return HttpError{400, "the value of Host is not a host"};
  return {};
}

// What is wrong about framing whether there is a body or not.
HttpError checkFraming(const HttpFacts& facts, bool is_request, int minor_version) {
  if (facts.lengths > 1 || (facts.lengths == 1 && !parseContentLength(facts.length))) {
    return HttpError{400, "Content-Length is not one number"};
  }
  if (!facts.transfer_encoding) return {};
  if (facts.lengths > 0) {
    return HttpError{400, "both Transfer-Encoding and Content-Length are there"};
  }
  if (minor_version == 0) return HttpError{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (facts.malformed_coding || facts.chunked > 1) {
    return HttpError{400, "Transfer-Encoding is malformed"};
  }
  if (is_request && !facts.chunked_last) {
    return HttpError{400, "the last transfer coding of the request is not chunked"};
  }
  if (facts.chunked_last && facts.other_coding) {
    return HttpError{501, "there is a transfer coding other than chunked"};
  }
  return {};
}

// RFC 9112, 6.3. `otherwise` is for a message that does not say.
HttpError findFraming(const HttpFacts& facts, const HttpLimits& limits, Framing otherwise,
                      HttpHead* head) {
  if (facts.lengths > 0) {
    head->framing = Framing::kLength;
    head->content_length = *parseContentLength(facts.length);
    if (head->content_length > limits.body_bytes) {
      return HttpError{413, "the body is too large"};
    }
  } else {
    head->framing = facts.chunked_last ? Framing::kChunked : otherwise;
  }
  return {};
}

// RFC 9112, 9.3.
bool keepsAlive(const HttpFacts& facts, const HttpHead& head) {
  return (head.minor_version > 0 || facts.keep_alive) && !facts.close &&
         head.framing != Framing::kUntilClose;
}

}  // namespace

HttpError applyRequestRules(const HttpFacts& facts, const HttpLimits& limits, HttpHead* head) {
  if (const HttpError error = checkHost(facts, head->minor_version)) return error;
  if (const HttpError error = checkFraming(facts, true, head->minor_version)) return error;
  head->tunnel = head->method == "CONNECT";
  if (!head->tunnel) {  // CONNECT has no content (RFC 9110, 9.3.6)
    if (const HttpError error = findFraming(facts, limits, Framing::kNone, head)) return error;
  }
  if (head->minor_version > 0) {  // older clients cannot mean these
    head->upgrade = facts.upgrade && facts.upgrade_option;
    head->expectation = facts.expectation;
  }
  head->keep_alive = keepsAlive(facts, *head);
  return {};
}

HttpError applyResponseRules(const HttpFacts& facts, const HttpLimits& limits, Answers answers,
                             HttpHead* head) {
  if (const HttpError error = checkFraming(facts, false, head->minor_version)) return error;
  const int status = head->status;
  head->upgrade = status == 101;
  head->tunnel = head->upgrade || (answers == Answers::kConnect && status / 100 == 2);
  const bool has_body =
      !head->tunnel && answers != Answers::kHead && status >= 200 && status != 204 && status != 304;
  if (has_body) {
    if (const HttpError error = findFraming(facts, limits, Framing::kUntilClose, head))
      return error;
  }
  head->keep_alive = keepsAlive(facts, *head);
  return {};
}

HttpError checkTrailers(const HttpHeaders& trailers) {
  for (const auto& [name, value] : trailers) {
    const KnownField field = knownField(name);
    if (field == KnownField::kContentLength || field == KnownField::kTransferEncoding) {
      return HttpError{400, "a trailer field speaks about framing"};
    }
  }
  return {};
}

}  // namespace weft::net::internal
