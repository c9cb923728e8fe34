#include "weft/net/internal/http_parser.h"

#include <algorithm>

#include "weft/net/internal/http_grammar.h"

namespace weft::net::internal {

// Adds fields piece by piece as llhttp finds them, without looking at them again.
class HttpHeadersBuilder {
 public:
  static void begin(HttpHeaders* headers, std::string_view name) {
    headers->text_.append(name);
    const auto end = static_cast<std::uint32_t>(headers->text_.size());
    headers->ends_.push_back({end, end});
  }
  static void extend(HttpHeaders* headers, std::string_view piece) {
    headers->text_.append(piece);
    headers->ends_.back().value = static_cast<std::uint32_t>(headers->text_.size());
  }
};

// What the header fields say that the parser itself must know.
struct HttpParser::FieldFacts {
  std::size_t hosts = 0;
  std::string_view host;
  std::size_t lengths = 0;
  std::string_view length;
  bool transfer_encoding = false;
  bool malformed_coding = false;
  bool other_coding = false;  // one that is not `chunked`
  bool chunked_last = false;  // the last coding is `chunked`
  std::size_t chunked = 0;
  bool close = false;  // options of Connection
  bool keep_alive = false;
  bool upgrade_option = false;
  bool upgrade = false;
  Expectation expectation = Expectation::kNone;

  explicit FieldFacts(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) note(name, value);
  }

 private:
  void note(std::string_view name, std::string_view value);
  void noteCoding(std::string_view coding);
  void noteOption(std::string_view option);
};

void HttpParser::FieldFacts::note(std::string_view name, std::string_view value) {
  const auto named = [name](std::string_view known) { return equalsIgnoreCase(name, known); };
  switch (name.size()) {
    case 4:
      if (named("host")) {
        ++hosts;
        host = value;
      }
      break;
    case 6:
      if (named("expect")) {
        const bool first = expectation == Expectation::kNone;
        expectation = first && equalsIgnoreCase(value, "100-continue") ? Expectation::kContinue
                                                                       : Expectation::kOther;
      }
      break;
    case 7:
      if (named("upgrade")) upgrade = true;
      break;
    case 10:
      if (named("connection")) {
        forEachElement(value, [this](std::string_view option) { noteOption(option); });
      }
      break;
    case 14:
      if (named("content-length")) {
        ++lengths;
        length = value;
      }
      break;
    case 17:
      if (named("transfer-encoding")) {
        transfer_encoding = true;
        forEachElement(value, [this](std::string_view coding) { noteCoding(coding); });
      }
      break;
  }
}

void HttpParser::FieldFacts::noteCoding(std::string_view coding) {
  chunked_last = equalsIgnoreCase(coding, "chunked");
  if (chunked_last) {
    ++chunked;
    return;
  }
  other_coding = true;
  // A coding may have parameters; nobody has defined one that has.
  if (!isToken(trimOws(coding.substr(0, coding.find(';'))))) malformed_coding = true;
}

void HttpParser::FieldFacts::noteOption(std::string_view option) {
  if (equalsIgnoreCase(option, "close")) close = true;
  if (equalsIgnoreCase(option, "keep-alive")) keep_alive = true;
  if (equalsIgnoreCase(option, "upgrade")) upgrade_option = true;
}

HttpParser::HttpParser(Kind kind, const HttpLimits& limits) : limits_(&limits) {
  llhttp_.type = kind == Kind::kRequest ? HTTP_REQUEST : HTTP_RESPONSE;
  reset();
}

void HttpParser::reset() {
  initLlhttp();
  error_ = {};
  answers_ = Answers::kOther;
  begun_ = false;
  enter(Stage::kStartLine);
}

void HttpParser::initLlhttp() {
  llhttp_init(&llhttp_, static_cast<llhttp_type_t>(llhttp_.type), &settings());
  llhttp_.data = this;
  llhttp_complete_ = false;
}

void HttpParser::enter(Stage stage) {
  stage_ = stage;
  switch (stage) {
    case Stage::kStartLine:
      budget_ = limits_->start_line_bytes;
      break;
    case Stage::kHeaders:
    case Stage::kTrailers:
      budget_ = stage == Stage::kHeaders ? limits_->header_bytes : limits_->trailer_bytes;
      fields_left_ = limits_->header_count;
      any_field_ = false;
      break;
    case Stage::kChunkEnd:
      body_left_ = 2;
      break;
    default:
      break;
  }
}

HttpParser::Event HttpParser::fail(int status, const char* reason) {
  if (stage_ != Stage::kFailed) error_ = {status, reason};
  stage_ = Stage::kFailed;
  return Event::kError;
}

HttpParser::Event HttpParser::next(std::string_view* input, HttpHead* head) {
  head_ = head;
  body_ = {};
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
  body_ = {};
  if (stage_ == Stage::kComplete) return complete();
  if (stage_ == Stage::kFailed) return Event::kError;
  if (stage_ == Stage::kEnded || isBetweenMessages()) {
    stage_ = Stage::kEnded;
    return Event::kEnded;
  }
  if (stage_ == Stage::kBody && head_->framing == Framing::kUntilClose &&
      llhttp_finish(&llhttp_) == HPE_OK) {
    return complete();
  }
  return fail(400, "the connection ended inside a message");
}

HttpParser::Event HttpParser::complete() {
  const bool interim = !isRequest() && head_->status < 200 && !head_->tunnel;
  begun_ = false;
  enter(interim || (head_->keep_alive && !head_->tunnel) ? Stage::kStartLine : Stage::kEnded);
  return Event::kComplete;
}

// Lines --------------------------------------------------------------------------------------

// A line ends with CRLF and has no other control character than tabs: everything else is refused
// at the byte where it becomes clear, whether the line has arrived as a whole or not. So garbage
// such as a TLS handshake need not be waited for, and no cut of the input changes the verdict.
HttpParser::Line HttpParser::takeLine(std::string_view* input, std::size_t budget,
                                      std::string_view* line) {
  std::string& partial = head_->partial_;
  const char* const begin = input->data();
  const char* const end = begin + input->size();
  const auto isTooLong = [&](const char* last) {
    return partial.size() + static_cast<std::size_t>(last + 1 - begin) > budget;
  };

  const char* lf = begin;  // where the LF must stand
  if (partial.empty() || partial.back() != '\r') {
    const char* control = findControl(begin, end);
    if (control != end) {
      if (isTooLong(control)) return Line::kTooLong;
      if (*control != '\r') return Line::kMalformed;
      lf = control + 1;
    } else {
      lf = end;
    }
  }
  if (lf == end) {
    if (!input->empty() && isTooLong(end - 1)) return Line::kTooLong;
    partial.append(*input);
    input->remove_prefix(input->size());
    return Line::kPartial;
  }
  if (isTooLong(lf)) return Line::kTooLong;
  if (*lf != '\n') return Line::kMalformed;

  *line = input->substr(0, static_cast<std::size_t>(lf + 1 - begin));
  input->remove_prefix(line->size());
  if (!partial.empty()) *line = partial.append(*line);
  return Line::kComplete;
}

HttpParser::Event HttpParser::failLine(Line why) {
  if (why == Line::kMalformed) {
    return fail(400, "a line has a control character or does not end with CR LF");
  }
  if (stage_ == Stage::kStartLine) return fail(414, "the start line is too long");
  if (stage_ == Stage::kChunkLine) return fail(413, "the chunk extensions are too long");
  return fail(431, "the header fields are too long");
}

// Start line ---------------------------------------------------------------------------------

HttpParser::Event HttpParser::readStartLine(std::string_view* input) {
  while (!input->empty()) {
    if (!begun_) {
      head_->clear();
      begun_ = true;
    }
    std::string_view line;
    const Line result = takeLine(input, budget_, &line);
    if (result == Line::kPartial) return Event::kNeedMore;
    if (result != Line::kComplete) return failLine(result);
    budget_ -= line.size();
    line.remove_suffix(2);
    if (line.empty() && isRequest()) {  // RFC 9112, 2.2: ignored in front of a request
      begun_ = false;
      continue;
    }
    head_->start_line_.assign(line);
    head_->partial_.clear();
    const std::string_view text = head_->start_line_;
    const bool ok = isRequest() ? parseRequestLine(text) : parseStatusLine(text);
    if (!ok) return Event::kError;
    enter(Stage::kHeaders);
    return Event::kNeedMore;
  }
  return Event::kNeedMore;
}

bool HttpParser::parseRequestLine(std::string_view text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == text.npos ? text.npos : text.find(' ', first + 1);
  if (second == text.npos) {
    fail(400, "the request line is not a method, a target and a version");
    return false;
  }
  head_->method = text.substr(0, first);
  head_->target = text.substr(first + 1, second - first - 1);
  if (!isToken(head_->method)) {
    fail(400, "the method is not a token");
    return false;
  }
  if (!parseVersion(text.substr(second + 1))) return false;
  if (!isRequestTarget(head_->method, head_->target)) {
    fail(400, "the request target has no form that goes with the method");
    return false;
  }
  initLlhttp();
  return feed(head_->minor_version == 0 ? "GET / HTTP/1.0\r\n" : "GET / HTTP/1.1\r\n");
}

bool HttpParser::parseStatusLine(std::string_view text) {
  const std::string_view code = text.substr(0, 12).substr(std::min<std::size_t>(text.size(), 9));
  const bool ok =
      code.size() == 3 && text[8] == ' ' && code[0] != '0' &&
      std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
      (text.size() == 12 || text[12] == ' ');
  if (!ok) {
    fail(502, "the status line is not a version, a status code and a reason");
    return false;
  }
  if (!parseVersion(text.substr(0, 8))) return false;
  head_->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  if (text.size() > 13) head_->reason = text.substr(13);

  char canonical[] = "HTTP/1.x 000\r\n";
  canonical[7] = static_cast<char>('0' + head_->minor_version);
  std::copy(code.begin(), code.end(), canonical + 9);
  initLlhttp();
  return feed({canonical, sizeof canonical - 1});
}

bool HttpParser::parseVersion(std::string_view text) {
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !isDigit(text[5]) || text[6] != '.' ||
      !isDigit(text[7])) {
    fail(400, "the version is not HTTP/1.1 or HTTP/1.0");
    return false;
  }
  if (text[5] != '1') {
    fail(505, "the version is not HTTP/1.1 or HTTP/1.0");
    return false;
  }
  head_->minor_version = text[7] == '0' ? 0 : 1;
  return true;
}

// Fields -------------------------------------------------------------------------------------

namespace {

bool isSpace(char c) { return c == ' ' || c == '\t'; }

// Whether llhttp may have the line as it is: no fold, no empty name, no whitespace at its end.
bool isPlain(std::string_view line) {
  return !isSpace(line.front()) && line.front() != ':' &&
         (line.size() == 2 || !isSpace(line[line.size() - 3]));
}

}  // namespace

HttpParser::Event HttpParser::readFields(std::string_view* input) {
  // Plain lines that stand behind one another in the input: llhttp gets them at once.
  std::string_view run;
  while (true) {
    std::string_view line;
    const Line result = takeLine(input, budget_, &line);
    if (result != Line::kComplete) {
      if (!feed(run)) return Event::kError;
      return result == Line::kPartial ? Event::kNeedMore : failLine(result);
    }
    budget_ -= line.size();
    const bool is_end = line.size() == 2;
    if (!is_end && fields_left_-- == 0) {
      return feed(run) ? fail(431, "there are too many header fields") : Event::kError;
    }
    if (isPlain(line) && head_->partial_.empty()) {
      run = {run.empty() ? line.data() : run.data(), run.size() + line.size()};
    } else {
      if (!feed(run) || !feedField(line)) return Event::kError;
      run = {};
      head_->partial_.clear();
    }
    any_field_ = true;
    if (is_end) break;
  }
  if (!feed(run) || !endFields()) return Event::kError;
  return stage_ == Stage::kComplete && head_->framing == Framing::kChunked ? Event::kNeedMore
                                                                           : Event::kHead;
}

bool HttpParser::feedField(std::string_view line) {
  std::string_view text = line.substr(0, line.size() - 2);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  if (line.front() == ':') {
    fail(400, "a header field has no name");
    return false;
  }
  if (isSpace(line.front())) {  // obs-fold (RFC 9112, 5.2)
    if (isRequest() || !any_field_) {
      fail(400, "a header line begins with whitespace");
      return false;
    }
    text = trimOws(text);
    return text.empty() || (feed(" ") && feed(text) && feed("\r\n"));
  }
  return feed(text) && feed("\r\n");
}

bool HttpParser::endFields() {
  if (stage_ == Stage::kTrailers) {
    enter(Stage::kComplete);
    return judgeTrailers();
  }
  if (llhttp_complete_) {
    enter(Stage::kComplete);
  } else if (head_->framing == Framing::kChunked) {
    enter(Stage::kChunkLine);
    budget_ = limits_->chunk_extension_bytes;
    body_size_ = 0;
  } else {
    enter(Stage::kBody);
    body_left_ = head_->framing == Framing::kLength ? head_->content_length : limits_->body_bytes;
  }
  return true;
}

bool HttpParser::judgeTrailers() {
  for (const auto& [name, value] : head_->trailers) {
    if (equalsIgnoreCase(name, "content-length") || equalsIgnoreCase(name, "transfer-encoding")) {
      fail(400, "a trailer field speaks about framing");
      return false;
    }
  }
  return true;
}

// What the head says -------------------------------------------------------------------------

bool HttpParser::judgeHead() {
  const FieldFacts facts(head_->headers);
  if (isRequest() && !judgeHost(facts)) return false;
  const bool is_11 = head_->minor_version == 1;
  if (isRequest()) {
    head_->tunnel = head_->method == "CONNECT";
    // Both are to be ignored in HTTP/1.0 (RFC 9110, 7.8 and 10.1.1).
    head_->upgrade = facts.upgrade && facts.upgrade_option && is_11;
    head_->expectation = is_11 ? facts.expectation : Expectation::kNone;
  } else {
    head_->upgrade = head_->status == 101;
    head_->tunnel = head_->upgrade || (answers_ == Answers::kConnect && head_->status / 100 == 2);
  }
  if (!judgeFraming(facts)) return false;
  head_->keep_alive =
      (is_11 || facts.keep_alive) && !facts.close && head_->framing != Framing::kUntilClose;
  return true;
}

// RFC 9112, 3.2.
bool HttpParser::judgeHost(const FieldFacts& facts) {
  const char* wrong = nullptr;
  if (facts.hosts == 0 && head_->minor_version == 1) wrong = "the request has no Host";
  if (facts.hosts > 1) wrong = "the request has several Host fields";
  if (!isHost(facts.host)) wrong = "the value of Host is not a host";
  if (wrong != nullptr) fail(400, wrong);
  return wrong == nullptr;
}

// RFC 9112, 6.1 and 6.3. Wherever a sender must not do what it did, the message is refused: a
// guess about its end is what request smuggling lives on.
bool HttpParser::judgeFraming(const FieldFacts& facts) {
  const bool has_length = facts.lengths > 0;
  const bool has_coding = facts.transfer_encoding;
  const std::optional<std::uint64_t> length = parseContentLength(facts.length);
  const char* wrong = nullptr;
  int status = 400;
  if (facts.lengths > 1 || (has_length && !length)) {
    wrong = "Content-Length is not one number";
  } else if (has_coding && has_length) {
    wrong = "both Transfer-Encoding and Content-Length are there";
  } else if (has_coding && head_->minor_version == 0) {
    wrong = "HTTP/1.0 has no Transfer-Encoding";
  } else if (facts.malformed_coding || facts.chunked > 1) {
    wrong = "Transfer-Encoding is malformed";
  } else if (has_coding && isRequest() && !facts.chunked_last) {
    wrong = "the last transfer coding of the request is not chunked";
  } else if (facts.chunked_last && facts.other_coding) {
    wrong = "a transfer coding other than chunked";
    status = 501;
  } else if (has_length && *length > limits_->body_bytes && !hasNoBody()) {
    wrong = "the body is too large";
    status = 413;
  }
  if (wrong != nullptr) {
    fail(status, wrong);
    return false;
  }

  if (hasNoBody()) {
    head_->framing = Framing::kNone;
  } else if (has_length) {
    head_->framing = Framing::kLength;
    head_->content_length = *length;
  } else if (facts.chunked_last) {
    head_->framing = Framing::kChunked;
  } else {
    head_->framing = isRequest() ? Framing::kNone : Framing::kUntilClose;
  }
  return true;
}

bool HttpParser::hasNoBody() const {
  if (head_->tunnel) return true;
  if (isRequest()) return false;
  return answers_ == Answers::kHead || head_->status < 200 || head_->status == 204 ||
         head_->status == 304;
}

// Body ---------------------------------------------------------------------------------------

HttpParser::Event HttpParser::readBody(std::string_view* input) {
  if (input->empty()) return Event::kNeedMore;
  if (body_left_ == 0) return fail(413, "the body is too large");  // one that ends at close
  body_ = input->substr(0, std::min<std::uint64_t>(body_left_, input->size()));
  if (!feed(body_)) return Event::kError;
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

  const std::string_view text = line.substr(0, line.size() - 2);
  const std::string_view size = text.substr(0, countHexDigits(text));
  const std::size_t zeros = std::min(size.find_first_not_of('0'), size.size());
  const std::size_t idle_bytes = text.size() - (size.size() - zeros);
  if (size.empty() || !isChunkExtensions(text.substr(size.size()))) {
    return fail(400, "a chunk does not begin with its size");
  }
  if (size.size() - zeros > kDigits) return fail(400, "the size of a chunk is too large");
  if (idle_bytes > budget_) return failLine(Line::kTooLong);
  budget_ -= idle_bytes;
  if (!feed(size) || !feed("\r\n")) return Event::kError;
  head_->partial_.clear();

  if (body_left_ > INT64_MAX) return fail(400, "the size of a chunk is too large");
  if (body_left_ > limits_->body_bytes - body_size_) return fail(413, "the body is too large");
  body_size_ += body_left_;
  enter(body_left_ == 0 ? Stage::kTrailers : Stage::kChunkData);
  return Event::kNeedMore;
}

HttpParser::Event HttpParser::readChunkEnd(std::string_view* input) {
  const std::string_view crlf = input->substr(0, body_left_);
  if (!feed(crlf)) return Event::kError;
  input->remove_prefix(crlf.size());
  body_left_ -= crlf.size();
  if (body_left_ == 0) enter(Stage::kChunkLine);
  return Event::kNeedMore;
}

// llhttp -------------------------------------------------------------------------------------

bool HttpParser::feed(std::string_view bytes) {
  if (bytes.empty()) return true;
  const llhttp_errno_t result = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  // It stops behind a message that offers another protocol; what follows is ours to decide.
  if (result == HPE_OK || (result == HPE_PAUSED_UPGRADE && llhttp_complete_)) return true;
  fail(400, llhttp_get_error_reason(&llhttp_));  // unless judgeHead() gave the reason
  return false;
}

bool HttpParser::llhttpAgrees() const {
  const bool chunked = (llhttp_.flags & F_CHUNKED) != 0;
  const bool length = (llhttp_.flags & F_CONTENT_LENGTH) != 0;
  switch (head_->framing) {
    case Framing::kNone:
      return true;  // it will be told
    case Framing::kLength:
      return length && !chunked && llhttp_.content_length == head_->content_length;
    case Framing::kChunked:
      return chunked && !length;
    case Framing::kUntilClose:
      return !chunked && !length;
  }
  return false;
}

const llhttp_settings_t& HttpParser::settings() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t callbacks;
    llhttp_settings_init(&callbacks);
    callbacks.on_header_field = onHeaderField;
    callbacks.on_header_value = onHeaderValue;
    callbacks.on_headers_complete = onHeadersComplete;
    callbacks.on_chunk_header = onChunkHeader;
    callbacks.on_message_complete = onMessageComplete;
    return callbacks;
  }();
  return settings;
}

int HttpParser::onHeaderField(llhttp_t* llhttp, const char* at, std::size_t size) {
  auto* self = static_cast<HttpParser*>(llhttp->data);
  HttpHead& head = *self->head_;
  HttpHeadersBuilder::begin(self->stage_ == Stage::kTrailers ? &head.trailers : &head.headers,
                            {at, size});
  return 0;
}

int HttpParser::onHeaderValue(llhttp_t* llhttp, const char* at, std::size_t size) {
  auto* self = static_cast<HttpParser*>(llhttp->data);
  HttpHead& head = *self->head_;
  HttpHeadersBuilder::extend(self->stage_ == Stage::kTrailers ? &head.trailers : &head.headers,
                             {at, size});
  return 0;
}

int HttpParser::onHeadersComplete(llhttp_t* llhttp) {
  auto* self = static_cast<HttpParser*>(llhttp->data);
  if (!self->judgeHead()) return -1;
  if (!self->llhttpAgrees()) {
    self->fail(400, "the end of the message can be read in two ways");
    return -1;
  }
  return self->head_->framing == Framing::kNone ? 1 : 0;  // 1: there is no body
}

int HttpParser::onChunkHeader(llhttp_t* llhttp) {
  static_cast<HttpParser*>(llhttp->data)->body_left_ = llhttp->content_length;
  return 0;
}

int HttpParser::onMessageComplete(llhttp_t* llhttp) {
  static_cast<HttpParser*>(llhttp->data)->llhttp_complete_ = true;
  return 0;
}

}  // namespace weft::net::internal
