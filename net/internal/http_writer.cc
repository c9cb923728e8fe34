#include "weft/net/internal/http_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "weft/cls/errors.h"
#include "weft/net/internal/http_grammar.h"

namespace weft::net::internal {
namespace {

using ConnectionLine = WritePlan::ConnectionLine;

constexpr std::size_t kNumberSize = 20;  // the most digits of one

// Writes one thing after the other into memory that has room for them.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  Pen& put(std::string_view text) {
    at_ += text.copy(at_, text.size());
    return *this;
  }
  Pen& putNumber(std::uint64_t number, int base = 10) {
    at_ = std::to_chars(at_, at_ + kNumberSize, number, base).ptr;
    return *this;
  }
  Pen& putStatus(int status) {  // of three digits
    const char digits[] = {static_cast<char>('0' + status / 100),
                           static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10)};
    return put({digits, sizeof digits});
  }
  Pen& putField(std::string_view name, std::string_view value) {
    return put(name).put(": ").put(value).put("\r\n");
  }
  char* at() const { return at_; }

 private:
  char* at_;
};

// The most that putFields() writes.
std::size_t sizeOf(const HttpHeaders& headers) {
  constexpr std::size_t kFramingSize = 96;
  return headers.lines().size() + headers.size() + kFramingSize;
}

// What the user's own fields ask for.
struct Wishes {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool close = false;
  bool has_date = false;
  bool replaced = false;  // there are fields of which the plan decides

  explicit Wishes(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) note(knownField(name), value);
  }

 private:
  void note(KnownField field, std::string_view value) {
    switch (field) {
      case KnownField::kDate:
        has_date = true;
        return;
      case KnownField::kContentLength:
        noteLength(value);
        break;
      case KnownField::kTransferEncoding:
        noteCoding(value);
        break;
      case KnownField::kConnection:
        forEachElement(value, [this](std::string_view option) {
          if (equalsIgnoreCase(option, "close")) close = true;
        });
        break;
      default:
        return;
    }
    replaced = true;
  }

  void noteLength(std::string_view value) {
    const std::optional<std::uint64_t> length = parseContentLength(value);
    if (!length || content_length) {
      throw UsageError("Content-Length must be one number: set it once, or leave it to weft");
    }
    content_length = length;
  }

  void noteCoding(std::string_view value) {
    if (!equalsIgnoreCase(value, "chunked")) {
      throw UsageError(
          "Transfer-Encoding can only be 'chunked': name what the content is encoded with in "
          "Content-Encoding");
    }
    chunked = true;
  }
};

void checkLength(std::uint64_t announced, std::optional<std::uint64_t> body_length) {
  if (body_length && announced != *body_length) {
    throw UsageError("the body has " + std::to_string(*body_length) +
                     " bytes, but its Content-Length says " + std::to_string(announced) +
                     ": leave Content-Length to weft");
  }
}

// Whether the plan, not the user, writes such a field.
bool isPlanned(std::string_view name, std::string_view value) {
  switch (knownField(name)) {
    case KnownField::kConnection:
      return equalsIgnoreCase(value, "close") || equalsIgnoreCase(value, "keep-alive");
    case KnownField::kContentLength:
    case KnownField::kTransferEncoding:
      return true;
    default:
      return false;
  }
}

void putFields(Pen* out, const HttpHeaders& headers, const WritePlan& plan) {
  if (!plan.replaces_fields) [[likely]] {
    out->put(headers.lines());
  } else {
    for (const auto& [name, value] : headers) {
      if (!isPlanned(name, value)) out->putField(name, value);
    }
  }
  if (plan.framing == Framing::kChunked) {
    out->put("Transfer-Encoding: chunked\r\n");
  } else if (plan.content_length) {
    out->put("Content-Length: ").putNumber(*plan.content_length).put("\r\n");
  }
  if (plan.connection == ConnectionLine::kClose) out->put("Connection: close\r\n");
  if (plan.connection == ConnectionLine::kKeepAlive) out->put("Connection: keep-alive\r\n");
  out->put("\r\n");
}

bool isForbiddenTrailer(std::string_view name) {
  constexpr auto kForbidden = std::to_array<std::string_view>({
      "age",
      "authorization",
      "cache-control",
      "connection",
      "content-encoding",
      "content-length",
      "content-range",
      "content-type",
      "cookie",
      "date",
      "expect",
      "expires",
      "host",
      "if-match",
      "if-modified-since",
      "if-none-match",
      "if-range",
      "if-unmodified-since",
      "keep-alive",
      "location",
      "max-forwards",
      "pragma",
      "proxy-authenticate",
      "proxy-authorization",
      "range",
      "retry-after",
      "set-cookie",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "vary",
      "warning",
      "www-authenticate",
  });
  return std::ranges::any_of(
      kForbidden, [name](std::string_view known) { return equalsIgnoreCase(name, known); });
}

}  // namespace

WritePlan planResponse(const AnsweredRequest& request, int status, const HttpHeaders& headers,
                       std::optional<std::uint64_t> body_length) {
  if (status < 100 || status > 999) {
    throw UsageError("a status code has three digits, " + std::to_string(status) + " has not");
  }
  const Wishes wishes(headers);
  const bool interim = status < 200;
  const bool accepted_connect = request.is_connect && status / 100 == 2;
  const bool silent = interim || status == 204 || accepted_connect;  // not even a length
  const bool leaves_http = status == 101 || accepted_connect;

  WritePlan plan;
  plan.has_date = wishes.has_date;
  plan.replaces_fields = wishes.replaced;
  if (silent) {
    plan.content_length.reset();
  } else if (request.is_head || status == 304) {
    if (!wishes.chunked) plan.content_length = wishes.content_length;
    // A handler that writes nothing to a HEAD request has said nothing about the length.
    const bool tells = request.is_head && status != 304 && body_length.value_or(0) > 0;
    if (tells && !wishes.chunked && !plan.content_length) plan.content_length = body_length;
  } else if (status == 205) {
    plan.content_length = 0;
  } else if (wishes.chunked && request.minor_version >= 1) {
    plan.framing = Framing::kChunked;
  } else if (wishes.content_length || body_length) {
    if (wishes.content_length) checkLength(*wishes.content_length, body_length);
    plan.framing = Framing::kLength;
    plan.content_length = wishes.content_length ? wishes.content_length : body_length;
  } else {
    plan.framing = request.minor_version >= 1 ? Framing::kChunked : Framing::kUntilClose;
  }

  plan.keep_alive =
      request.keep_alive && !wishes.close && !leaves_http && plan.framing != Framing::kUntilClose;
  if (interim) {
    plan.keep_alive = !leaves_http;  // the final response decides
  } else if (!plan.keep_alive && !leaves_http) {
    plan.connection = ConnectionLine::kClose;
  } else if (request.minor_version == 0 && !leaves_http) {
    plan.connection = ConnectionLine::kKeepAlive;
  }
  return plan;
}

WritePlan planRequest(std::string_view method, const HttpHeaders& headers,
                      std::optional<std::uint64_t> body_length, bool keep_alive) {
  const Wishes wishes(headers);
  const bool has_body = body_length != 0 || wishes.content_length.value_or(0) > 0;
  if (has_body && (method == "CONNECT" || method == "TRACE")) {
    throw UsageError("a " + std::string(method) + " request has no body: write none");
  }
  WritePlan plan;
  plan.replaces_fields = wishes.replaced;
  plan.keep_alive = keep_alive && !wishes.close;
  if (!plan.keep_alive) plan.connection = ConnectionLine::kClose;

  const bool asks_for_length = method == "POST" || method == "PUT" || method == "PATCH";
  if (wishes.chunked) {
    plan.framing = Framing::kChunked;
  } else if (wishes.content_length || (body_length && (has_body || asks_for_length))) {
    if (wishes.content_length) checkLength(*wishes.content_length, body_length);
    plan.framing = Framing::kLength;
    plan.content_length = wishes.content_length ? wishes.content_length : body_length;
  } else if (!body_length) {
    plan.framing = Framing::kChunked;
  }
  return plan;
}

void appendResponseHead(stream::ByteQueue* out, int status, std::string_view reason,
                        const HttpHeaders& headers, const WritePlan& plan, std::string_view date) {
  if (!isFieldValue(reason)) {
    throw UsageError("the reason phrase holds a control character such as CR or LF: remove it");
  }
  constexpr std::size_t kLineSize = 64;  // the status line without its reason, and Date's name
  out->appendWith(kLineSize + reason.size() + date.size() + sizeOf(headers), [&](char* at) {
    Pen line(at);
    line.put("HTTP/1.1 ").putStatus(status).put(" ").put(reason).put("\r\n");
    if (!date.empty() && status >= 200 && !plan.has_date) line.putField("Date", date);
    putFields(&line, headers, plan);
    return line.at();
  });
}

void appendRequestHead(stream::ByteQueue* out, std::string_view method, std::string_view target,
                       const HttpHeaders& headers, const WritePlan& plan) {
  if (!isToken(method)) {
    throw UsageError("a method is a word such as GET, without spaces and control characters");
  }
  if (!isRequestTarget(method, target)) {
    throw UsageError(
        "a request target is '/path?query', percent-encoded and without a fragment, a whole URL "
        "for a proxy, 'host:port' for CONNECT, or '*' for OPTIONS");
  }
  constexpr std::string_view kVersion = " HTTP/1.1\r\n";
  const std::size_t line_size = method.size() + 1 + target.size() + kVersion.size();
  out->appendWith(line_size + sizeOf(headers), [&](char* at) {
    Pen line(at);
    line.put(method).put(" ").put(target).put(kVersion);
    putFields(&line, headers, plan);
    return line.at();
  });
}

void appendChunkHeader(stream::ByteQueue* out, std::uint64_t size) {
  out->appendWith(kNumberSize + 2,
                  [size](char* at) { return Pen(at).putNumber(size, 16).put("\r\n").at(); });
}

void appendChunk(stream::ByteQueue* out, std::string_view data) {
  if (data.empty()) return;
  appendChunkHeader(out, data.size());
  out->append(data);
  out->append(kAfterChunk);
}

void appendLastChunk(stream::ByteQueue* out, const HttpHeaders& trailers) {
  for (const auto& [name, value] : trailers) {
    if (isForbiddenTrailer(name)) {
      throw UsageError("'" + std::string(name) +
                       "' must not be a trailer: send it among the headers");
    }
  }
  out->append("0\r\n");
  out->append(trailers.lines());
  out->append("\r\n");
}

}  // namespace weft::net::internal
