#include "weft/tests/net/fuzz/http_fuzz.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "weft/net/internal/http_grammar.h"
#include "weft/tests/net/fuzz/llhttp_reader.h"
#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

using Kind = HttpParser::Kind;

void require(bool ok, const char* what, const Transcript& transcript) {
  if (ok) return;
  std::cerr << "violated: " << what << transcript << std::endl;
  std::abort();
}

// The same bytes always lead to the same choices.
std::uint64_t seedOf(std::string_view bytes) {
  std::uint64_t seed = 14695981039346656037u;  // FNV-1a
  for (char c : bytes) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return seed ^ (seed >> 32);
}

TranscribeOptions optionsOf(std::uint64_t seed) {
  TranscribeOptions options;
  options.eof = (seed & 1) != 0;
  options.answers = static_cast<Answers>(seed / 2 % 8 < 6 ? 0 : seed / 2 % 8 - 5);
  if (seed / 16 % 4 == 0) {
    options.limits.start_line_bytes = 16 + seed / 64 % 64;
    options.limits.header_bytes = 16 + seed / 4096 % 64;
    options.limits.header_count = 1 + seed / 4096 % 5;
    options.limits.trailer_bytes = 2 + seed / 4096 % 32;
    options.limits.chunk_extension_bytes = seed / 4096 % 16;
    options.limits.body_bytes = seed / 4096 % 32;
  }
  return options;
}

void checkFields(const Fields& fields, const Transcript& transcript) {
  for (const auto& [name, value] : fields) {
    require(isToken(name), "a name is a token", transcript);
    require(isFieldValue(value), "a value has no control characters", transcript);
    require(trimOws(value) == value, "a value has no outer whitespace", transcript);
  }
}

std::vector<std::string> valuesOf(const Fields& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& field : fields) {
    if (equalsIgnoreCase(field.first, name)) values.push_back(field.second);
  }
  return values;
}

void checkMessage(const MessageRecord& message, const TranscribeOptions& options,
                  const Transcript& transcript) {
  checkFields(message.headers, transcript);
  checkFields(message.trailers, transcript);
  const auto lengths = valuesOf(message.headers, "content-length");
  const auto codings = valuesOf(message.headers, "transfer-encoding");
  require(lengths.size() <= 1, "there is one Content-Length", transcript);
  require(lengths.empty() || codings.empty(), "framing is said once", transcript);
  require(message.body.size() <= options.limits.body_bytes, "the body is in its limit", transcript);
  if (message.framing == Framing::kNone) {
    require(message.body.empty(), "what has no body has none", transcript);
  }
  if (message.framing == Framing::kLength && message.complete) {
    require(parseContentLength(lengths.at(0)) == message.body.size(), "the length is right",
            transcript);
  }
  if (message.framing == Framing::kChunked) {
    require(codings.size() == 1 && equalsIgnoreCase(codings[0], "chunked"), "chunked is all",
            transcript);
  }
}

void checkRequest(const MessageRecord& message, const Transcript& transcript) {
  require(isToken(message.method), "a method is a token", transcript);
  require(isRequestTarget(message.method, message.target), "a target has a form", transcript);
  require(message.framing != Framing::kUntilClose, "a request does not end at close", transcript);
  const auto hosts = valuesOf(message.headers, "host");
  require(hosts.size() == 1 || (hosts.empty() && message.minor_version == 0), "there is one Host",
          transcript);
}

// A number that stands for everything that the parser says, wherever the body is cut.
class Digest {
 public:
  void add(std::string_view text) {
    for (char c : text) add(static_cast<unsigned char>(c));
    add(text.size());
  }
  void add(std::uint64_t number) { value_ = (value_ ^ number) * 1099511628211u; }
  void add(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) {
      add(name);
      add(value);
    }
  }
  void addBody(std::string_view piece) {
    for (char c : piece) add(static_cast<unsigned char>(c));
  }
  bool operator==(const Digest&) const = default;

 private:
  std::uint64_t value_ = 14695981039346656037u;
};

// Adds one event; returns whether more may come of the same input.
bool addEvent(HttpParser::Event event, const HttpParser& parser, const HttpHead& head,
              Digest* digest) {
  if (event == HttpParser::Event::kNeedMore) return false;
  if (event == HttpParser::Event::kBody) {
    digest->addBody(parser.body());
    return true;
  }
  digest->add(static_cast<std::uint64_t>(event) + 256);
  if (event == HttpParser::Event::kHead) {
    digest->add(head.method);
    digest->add(head.target);
    digest->add(static_cast<std::uint64_t>(head.status * 10 + head.minor_version));
    digest->add(head.reason);
    digest->add(head.headers);
    digest->add(static_cast<std::uint64_t>(head.framing) * 16 + head.keep_alive * 8 +
                head.upgrade * 4 + head.tunnel * 2);
  }
  if (event == HttpParser::Event::kComplete) digest->add(head.trailers);
  if (event == HttpParser::Event::kError) digest->add(parser.error().reason);
  return event == HttpParser::Event::kHead || event == HttpParser::Event::kComplete;
}

Digest digestOf(Kind kind, const std::vector<std::string_view>& pieces,
                const TranscribeOptions& options) {
  Digest digest;
  HttpParser parser(kind, options.limits);
  parser.setAnswers(options.answers);
  HttpHead head;
  HttpParser::Event event = HttpParser::Event::kNeedMore;
  for (std::string_view input : pieces) {
    do {
      event = parser.next(&input, &head);
    } while (addEvent(event, parser, head, &digest));
    if (event != HttpParser::Event::kNeedMore) return digest;
  }
  if (options.eof) {
    do {
      event = parser.finish(&head);
    } while (addEvent(event, parser, head, &digest));
  }
  return digest;
}

Transcript checkReading(Kind kind, std::string_view bytes, const TranscribeOptions& options,
                        std::uint64_t seed) {
  const Transcript whole = transcribe(kind, {bytes}, options);
  const Digest digest = digestOf(kind, {bytes}, options);
  require(digest == digestOf(kind, cutRandomly(bytes, seed), options), "cuts change nothing",
          whole);
  if (seed % 8 == 0) {
    require(digest == digestOf(kind, cutIntoBytes(bytes), options), "bytes change nothing", whole);
  }
  for (const MessageRecord& message : whole.messages) {
    checkMessage(message, options, whole);
    if (kind == Kind::kRequest) checkRequest(message, whole);
  }
  return whole;
}

// Whether llhttp has a reason that we do not share to refuse message `i`.
bool mayDiffer(LlhttpReading::End end, const MessageRecord& message) {
  switch (end) {
    case LlhttpReading::End::kPaused:  // it leaves what follows an upgrade to others
      return true;
    case LlhttpReading::End::kStart:  // methods, schemes and versions that it does not know
      return true;
    case LlhttpReading::End::kLengths:  // it has no tabs behind these values
      return message.framing == Framing::kLength || message.framing == Framing::kChunked ||
             message.tunnel;
    case LlhttpReading::End::kChunks:  // it has no whitespace in chunk extensions
      return message.framing == Framing::kChunked;
    default:
      return false;
  }
}

void compareWithLlhttp(std::string_view bytes, const Transcript& ours) {
  const LlhttpReading theirs = readByLlhttp(bytes);
  for (std::size_t i = 0; i < ours.messages.size() && ours.messages[i].complete; ++i) {
    const MessageRecord& message = ours.messages[i];
    if (i >= theirs.messages.size() || !theirs.messages[i].complete) {
      require(mayDiffer(theirs.end, message), "llhttp has a known reason to refuse", ours);
      return;
    }
    const LlhttpReading::Message& other = theirs.messages[i];
    require(message.target == other.target, "llhttp reads the same target", ours);
    require(message.body == other.body, "llhttp reads the same body", ours);
    Fields fields = message.headers;
    fields.insert(fields.end(), message.trailers.begin(), message.trailers.end());
    require(fields.size() == other.headers.size(), "llhttp reads as many fields", ours);
    for (std::size_t f = 0; f < fields.size(); ++f) {
      require(fields[f].first == other.headers[f].first &&
                  fields[f].second == trimOws(other.headers[f].second),
              "llhttp reads the same fields", ours);
    }
    // It goes on behind CONNECT only if it is told to, and reads what follows an HTTP/1.0 message
    // that has no keep-alive as an error.
    if (message.tunnel || !message.keep_alive) return;
  }
}

}  // namespace

void fuzzRequests(std::string_view bytes) {
  const std::uint64_t seed = seedOf(bytes);
  const Transcript transcript = checkReading(Kind::kRequest, bytes, optionsOf(seed), seed);
  compareWithLlhttp(bytes, transcript);
}

void fuzzResponses(std::string_view bytes) {
  const std::uint64_t seed = seedOf(bytes);
  checkReading(Kind::kResponse, bytes, optionsOf(seed), seed);
}

void fuzzChunks(std::string_view bytes) {
  std::string request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  request += bytes;
  const std::uint64_t seed = seedOf(bytes);
  TranscribeOptions options = optionsOf(seed);
  const HttpLimits defaults;
  options.limits.start_line_bytes = defaults.start_line_bytes;
  options.limits.header_bytes = defaults.header_bytes;
  options.limits.header_count = std::max<std::size_t>(options.limits.header_count, 2);
  compareWithLlhttp(request, checkReading(Kind::kRequest, request, options, seed));
}

}  // namespace weft::net::internal
