#include "weft/net/internal/http_parser.h"

#include <algorithm>

#include "weft/net/internal/http_grammar.h"
#include "weft/net/internal/http_headers_builder.h"

namespace weft::net::internal {
namespace {

HttpError parseVersion(std::string_view text, HttpHead* head) {
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !isDigit(text[5]) || text[6] != '.' ||
      !isDigit(text[7])) {
    return HttpError{400, "the version is not HTTP/1.1 or HTTP/1.0"};
  }
  if (text[5] != '1') return HttpError{505, "the version is not HTTP/1.1 or HTTP/1.0"};
  head->minor_version = text[7] == '0' ? 0 : 1;
  return {};
}

HttpError parseRequestLine(std::string_view text, HttpHead* head) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == text.npos ? text.npos : text.find(' ', first + 1);
  if (second == text.npos) {
    return HttpError{400, "the request line is not a method, a target and a version"};
  }
  head->method = text.substr(0, first);
  head->target = text.substr(first + 1, second - first - 1);
  if (!isToken(head->method)) return HttpError{400, "the method is not a token"};
  if (const HttpError error = parseVersion(text.substr(second + 1), head)) return error;
  if (!isRequestTarget(head->method, head->target)) {
    return HttpError{400, "the request target has no form that goes with the method"};
  }
  return {};
}

HttpError parseStatusLine(std::string_view text, HttpHead* head) {
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  const bool ok = text.size() >= 12 && text[8] == ' ' && text[9] != '0' && isDigit(text[9]) &&
                  isDigit(text[10]) && isDigit(text[11]) && (text.size() == 12 || text[12] == ' ');
  if (!ok) return HttpError{502, "the status line is not a version, a status code and a reason"};
  head->status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
  head->reason = text.substr(std::min<std::size_t>(text.size(), 13));
  return parseVersion(text.substr(0, 8), head);
}

// `line` has its CRLF behind it.
HttpError parseField(std::string_view line, bool may_fold, std::size_t limit, HttpHeaders* fields) {
  if (line.front() == ' ' || line.front() == '\t') {  // obs-fold (RFC 9112, 5.2)
    if (!may_fold || fields->empty()) {
      return HttpError{400, "a header line begins with whitespace"};
    }
    const std::string_view more = trimOws(line);
    if (!more.empty()) HttpHeadersBuilder(fields).extend(more);
    return {};
  }
  const char* colon = line.data();
  while (is(*colon, kTokenChar)) ++colon;  // at the latest the CR behind the line stops it
  if (*colon != ':' || colon == line.data()) {
    return HttpError{400, "a header line is not a name, a colon and a value"};
  }
  if (fields->size() == limit) {
    return HttpError{431, "there are too many header fields"};
  }
  const char* value = colon + 1;
  while (isSpace(*value)) ++value;
  const char* end = line.data() + line.size();
  while (end > value && isSpace(end[-1])) --end;
  HttpHeadersBuilder(fields).add({line.data(), colon, value, end});
  return {};
}

}  // namespace

void HttpParser::reset() {
  error_ = {};
  answers_ = Answers::kOther;
  begun_ = false;
  enter(Stage::kStartLine);
}

void HttpParser::enter(Stage stage) {
  stage_ = stage;
  if (stage == Stage::kStartLine) budget_ = limits_->start_line_bytes;
  if (stage == Stage::kHeaders) budget_ = limits_->header_bytes;
  if (stage == Stage::kTrailers) budget_ = limits_->trailer_bytes;
  if (stage == Stage::kChunkEnd) body_left_ = 2;
}

HttpParser::Event HttpParser::fail(HttpError error) {
  error_ = error;
  stage_ = Stage::kFailed;
  return Event::kError;
}

HttpParser::Event HttpParser::next(std::string_view* input, HttpHead* head) {
  head_ = head;
  while (true) {
    const Stage before = stage_;
    const Event event = step(input);
    if (event != Event::kNeedMore || stage_ == before) return event;
  }
}

HttpParser::Event HttpParser::step(std::string_view* input) {
  switch (stage_) {
    case Stage::kStartLine:
      return readStartLine(input);
    case Stage::kHeaders:
    case Stage::kTrailers:
      return readFields(input);
    case Stage::kBody:
    case Stage::kChunkData:
      return readBody(input);
    case Stage::kChunkLine:
      return readChunkLine(input);
    case Stage::kChunkEnd:
      return readChunkEnd(input);
    case Stage::kComplete:
      return complete();
    case Stage::kEnded:
      return Event::kEnded;
    case Stage::kFailed:
      return Event::kError;
  }
  return Event::kError;
}

HttpParser::Event HttpParser::finish(HttpHead* head) {
  head_ = head;
  if (stage_ == Stage::kFailed) return Event::kError;
  if (stage_ == Stage::kEnded || isBetweenMessages()) {
    enter(Stage::kEnded);
    return Event::kEnded;
  }
  const bool ends_here = stage_ == Stage::kBody && head_->framing == Framing::kUntilClose;
  if (ends_here || stage_ == Stage::kComplete) return complete();
  return fail({400, "the connection ended inside a message"});
}

HttpParser::Event HttpParser::complete() {
  const bool interim = !isRequest() && head_->status < 200 && !head_->tunnel;
  begun_ = false;
  enter(interim || (head_->keep_alive && !head_->tunnel) ? Stage::kStartLine : Stage::kEnded);
  return Event::kComplete;
}

// Lines --------------------------------------------------------------------------------------

// A line ends with CRLF and has no other control characters than tabs: everything else is refused
// at the byte where it becomes clear, whether the line has arrived as a whole or not. So garbage
// such as a TLS handshake need not be waited for.
[[gnu::always_inline]] inline HttpParser::Line HttpParser::takeLine(std::string_view* input,
                                                                    std::size_t budget,
                                                                    std::string_view* line) {
  const char* const begin = input->data();
  const char* const end = begin + input->size();
  if (head_->partial_.empty()) {
    const char* const cr = findControl(begin, end);
    const auto size = static_cast<std::size_t>(cr - begin);
    if (end - cr >= 2 && cr[0] == '\r' && cr[1] == '\n' && size + 2 <= budget) {
      *line = {begin, size};
      *input = {cr + 2, static_cast<std::size_t>(end - cr) - 2};
      return Line::kComplete;
    }
  }
  return takeOddLine(input, budget, line);
}

// One that comes in pieces, or is wrong.
[[gnu::noinline]] HttpParser::Line HttpParser::takeOddLine(std::string_view* input,
                                                           std::size_t budget,
                                                           std::string_view* line) {
  std::string& partial = head_->partial_;
  if (!partial.empty() && partial.back() == '\n') partial.clear();  // the line before this one
  const char* const begin = input->data();
  const char* const end = begin + input->size();
  const auto isTooLong = [&](const char* last) {
    return partial.size() + static_cast<std::size_t>(last + 1 - begin) > budget;
  };

  const char* lf = begin;  // where the LF must stand
  if (partial.empty() || partial.back() != '\r') {
    const char* const control = findControl(begin, end);
    if (control != end && *control != '\r') {
      return isTooLong(control) ? Line::kTooLong : Line::kMalformed;
    }
    lf = control == end ? end : control + 1;
  }
  if (lf == end) {
    if (partial.size() + input->size() > budget) return Line::kTooLong;
    partial.append(*input);
    input->remove_prefix(input->size());
    return Line::kPartial;
  }
  if (isTooLong(lf)) return Line::kTooLong;
  if (*lf != '\n') return Line::kMalformed;

  const auto taken = static_cast<std::size_t>(lf + 1 - begin);
  partial.append(*input, 0, taken);
  input->remove_prefix(taken);
  *line = std::string_view(partial).substr(0, partial.size() - 2);
  return Line::kComplete;
}

HttpParser::Event HttpParser::failLine(Line why) {
  if (why == Line::kMalformed) {
    return fail({400, "a line has a control character or does not end with CR LF"});
  }
  if (stage_ == Stage::kStartLine) return fail({414, "the start line is too long"});
  if (stage_ == Stage::kChunkLine) return fail({413, "the chunk extensions are too long"});
  return fail({431, "the header fields are too long"});
}

// Start line ---------------------------------------------------------------------------------

HttpParser::Event HttpParser::readStartLine(std::string_view* input) {
  while (!input->empty()) {
    if (!begun_) {
      head_->clear();
      begun_ = true;
      HttpFacts facts;
      if (isRequest() && readPlainHead(input, &facts)) [[likely]]
        return endHead(applyRequestRules(facts, *limits_, head_));
    }
    std::string_view line;
    const Line result = takeLine(input, budget_, &line);
    if (result == Line::kPartial) return Event::kNeedMore;
    if (result != Line::kComplete) return failLine(result);
    if (line.empty() && isRequest()) {  // ignored in front of a request (RFC 9112, 2.2)
      budget_ -= 2;
      begun_ = false;
      continue;
    }
    head_->start_line_.append(line);
    const std::string_view text = head_->start_line_.view();
    const HttpError error =
        isRequest() ? parseRequestLine(text, head_) : parseStatusLine(text, head_);
    if (error) return fail(error);
    enter(Stage::kHeaders);
    return Event::kNeedMore;
  }
  return Event::kNeedMore;
}

// Fields -------------------------------------------------------------------------------------

HttpParser::Event HttpParser::readFields(std::string_view* input) {
  const bool trailing = stage_ == Stage::kTrailers;
  HttpHeaders* const fields = trailing ? &head_->trailers : &head_->headers;
  while (true) {
    std::string_view line;
    const Line result = takeLine(input, budget_, &line);
    if (result == Line::kPartial) return Event::kNeedMore;
    if (result != Line::kComplete) return failLine(result);
    budget_ -= line.size() + 2;
    if (line.empty()) break;
    const HttpError error = parseField(line, !isRequest(), limits_->header_count, fields);
    if (error) return fail(error);
  }
  if (!trailing) {
    const HttpFacts facts(*fields);
    return endHead(isRequest() ? applyRequestRules(facts, *limits_, head_)
                               : applyResponseRules(facts, *limits_, answers_, head_));
  }
  if (const HttpError error = checkTrailers(*fields)) return fail(error);
  enter(Stage::kComplete);
  return Event::kNeedMore;
}

// `error` is what the rules say of the head.
HttpParser::Event HttpParser::endHead(HttpError error) {
  if (error) return fail(error);
  switch (head_->framing) {
    case Framing::kNone:
      enter(Stage::kComplete);
      break;
    case Framing::kLength:
      body_left_ = head_->content_length;
      enter(body_left_ > 0 ? Stage::kBody : Stage::kComplete);
      break;
    case Framing::kChunked:
      body_size_ = 0;
      budget_ = std::min(limits_->chunk_extension_bytes, SIZE_MAX / 2);  // it is added to
      enter(Stage::kChunkLine);
      break;
    case Framing::kUntilClose:
      body_left_ = limits_->body_bytes;
      enter(Stage::kBody);
      break;
  }
  return Event::kHead;
}

// Body ---------------------------------------------------------------------------------------

HttpParser::Event HttpParser::readBody(std::string_view* input) {
  if (input->empty()) return Event::kNeedMore;
  if (body_left_ == 0) return fail({413, "the body is too large"});  // one that ends at close
  body_ = input->substr(0, std::min<std::uint64_t>(body_left_, input->size()));
  input->remove_prefix(body_.size());
  body_left_ -= body_.size();
  if (body_left_ == 0 && head_->framing != Framing::kUntilClose) {
    enter(stage_ == Stage::kChunkData ? Stage::kChunkEnd : Stage::kComplete);
  }
  return Event::kBody;
}

HttpParser::Event HttpParser::readChunkLine(std::string_view* input) {
  constexpr std::size_t kDigits = 16;  // of a size that fits in 64 bits
  std::string_view line;
  const Line result = takeLine(input, budget_ + kDigits + 2, &line);
  if (result == Line::kPartial) return Event::kNeedMore;
  if (result != Line::kComplete) return failLine(result);

  std::string_view digits = line.substr(0, countHexDigits(line));
  if (digits.empty() || !isChunkExtensions(line.substr(digits.size()))) {
    return fail({400, "a chunk does not begin with its size"});
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  const std::size_t idle_bytes = line.size() - digits.size();
  if (idle_bytes > budget_) return failLine(Line::kTooLong);
  budget_ -= idle_bytes;
  const std::optional<std::uint64_t> size = parseHex(digits);
  if (!size) return fail({400, "the size of a chunk is too large"});
  if (*size > limits_->body_bytes - body_size_) return fail({413, "the body is too large"});

  body_left_ = *size;
  body_size_ += *size;
  enter(body_left_ == 0 ? Stage::kTrailers : Stage::kChunkData);
  return Event::kNeedMore;
}

HttpParser::Event HttpParser::readChunkEnd(std::string_view* input) {
  for (; body_left_ > 0 && !input->empty(); --body_left_) {
    if (input->front() != (body_left_ == 2 ? '\r' : '\n')) {
      return fail({400, "the data of a chunk is not followed by CR LF"});
    }
    input->remove_prefix(1);
  }
  if (body_left_ == 0) enter(Stage::kChunkLine);
  return Event::kNeedMore;
}

}  // namespace weft::net::internal
