// The way through HttpParser of nearly every request: its head is there as a whole, asks for a path
// by HTTP/1.1, and has no field that has to be repaired. It is read in one pass and copied at once.
//
// All else is left to http_parser.cc, which says the same of a plain head, and why others are
// refused.

#include <string_view>

#include "weft/net/internal/http_grammar.h"
#include "weft/net/internal/http_headers_builder.h"
#include "weft/net/internal/http_parser.h"

namespace weft::net::internal {
namespace {

bool isLineEnd(const char* at, const char* end) {
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

// Where the method of a request for a path ends; null if the line begins otherwise.
const char* plainMethod(const char* begin, const char* end) {
  if (std::string_view(begin, end).starts_with("GET /")) [[likely]]
    return begin + 3;
  const char* const space = findNonToken(begin, end);
  const bool plain = space != begin && end - space >= 2 && space[0] == ' ' && space[1] == '/';
  return plain && std::string_view(begin, space) != "CONNECT" ? space : nullptr;
}

// The field at `begin`; its `end` is null if it is no plain one.
FieldPlace plainField(const char* begin, const char* end) {
  const char* const colon = findNonToken(begin, end);
  if (colon == begin || colon == end || *colon != ':') return {};
  const char* value = colon + 1;
  while (value != end && isSpace(*value)) ++value;
  const char* const last = findControl(value, end);
  if (!isLineEnd(last, end) || (last != value && isSpace(last[-1]))) return {};
  return {begin, colon, value, last};
}

}  // namespace

// False if it is no such head: nothing has been taken then.
bool HttpParser::readPlainHead(std::string_view* input, HttpFacts* facts) {
  constexpr std::string_view kVersion = " HTTP/1.1\r\n";
  const char* const begin = input->data();
  const char* const end = begin + input->size();
  const char* const method_end = plainMethod(begin, end);
  if (method_end == nullptr) return false;
  const char* const target_end = findNonTarget(method_end + 1, end);
  if (!std::string_view(target_end, end).starts_with(kVersion)) return false;
  const char* const fields = target_end + kVersion.size();
  if (static_cast<std::size_t>(fields - begin) > budget_) return false;

  HttpHeadersBuilder builder(&head_->headers);
  const char* at = fields;
  while (!isLineEnd(at, end) && head_->headers.size() != limits_->header_count) {
    const FieldPlace field = plainField(at, end);
    if (field.end == nullptr) break;
    builder.mark(field, fields);
    facts->note({field.begin, field.colon}, {field.value, field.end});
    at = field.end + 2;
  }
  if (!isLineEnd(at, end) || static_cast<std::size_t>(at + 2 - fields) > limits_->header_bytes) {
    builder.dropMarked();
    return false;
  }
  builder.copyMarked({fields, at});
  head_->start_line_.append({begin, target_end});
  const std::string_view line = head_->start_line_.view();
  head_->method = line.substr(0, static_cast<std::size_t>(method_end - begin));
  head_->target = line.substr(head_->method.size() + 1);
  *input = {at + 2, end};
  return true;
}

}  // namespace weft::net::internal
