#include "weft/tests/net/http_transcript.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weft::net::internal {
namespace {

using Event = HttpParser::Event;

Fields copyOf(const HttpHeaders& headers) {
  Fields fields;
  for (const auto& [name, value] : headers) fields.emplace_back(name, value);
  return fields;
}

MessageRecord recordOf(const HttpHead& head) {
  MessageRecord record;
  record.method = head.method;
  record.target = head.target;
  record.reason = head.reason;
  record.status = head.status;
  record.minor_version = head.minor_version;
  record.headers = copyOf(head.headers);
  record.framing = head.framing;
  record.keep_alive = head.keep_alive;
  record.upgrade = head.upgrade;
  record.tunnel = head.tunnel;
  record.expectation = head.expectation;
  return record;
}

// Writes one event down; returns whether more may come of the same input.
bool note(Event event, const HttpParser& parser, const HttpHead& head, Transcript* transcript) {
  switch (event) {
    case Event::kHead:
      transcript->messages.push_back(recordOf(head));
      return true;
    case Event::kBody:
      transcript->messages.back().body += parser.body();
      return true;
    case Event::kComplete:
      transcript->messages.back().trailers = copyOf(head.trailers);
      transcript->messages.back().complete = true;
      return true;
    case Event::kEnded:
      transcript->ended = true;
      return false;
    case Event::kError:
      transcript->error = parser.error().status;
      transcript->reason = parser.error().reason;
      return false;
    case Event::kNeedMore:
      return false;
  }
  return false;
}

}  // namespace

std::size_t Transcript::countComplete() const {
  return static_cast<std::size_t>(
      std::count_if(messages.begin(), messages.end(), [](const auto& m) { return m.complete; }));
}

std::ostream& operator<<(std::ostream& out, const Transcript& transcript) {
  for (const MessageRecord& message : transcript.messages) {
    out << "\n  " << message.method << ' ' << message.target << ' ' << message.status << " 1."
        << message.minor_version << " framing " << static_cast<int>(message.framing)
        << (message.keep_alive ? " keep-alive" : "") << (message.upgrade ? " upgrade" : "")
        << (message.tunnel ? " tunnel" : "") << " body " << message.body.size()
        << (message.complete ? " complete" : " open");
    for (const auto& [name, value] : message.headers) out << "\n    " << name << ": " << value;
    for (const auto& [name, value] : message.trailers) out << "\n    +" << name << ": " << value;
  }
  return out << "\n  error " << transcript.error << ' ' << transcript.reason << " ended "
             << transcript.ended << " left " << transcript.left;
}

Transcript transcribe(HttpParser::Kind kind, const std::vector<std::string_view>& pieces,
                      const TranscribeOptions& options) {
  Transcript transcript;
  HttpParser parser(kind, options.limits);
  parser.setAnswers(options.answers);
  HttpHead head;
  for (const std::string_view piece : pieces) {
    // A copy of its own, so that reading outside of the piece is seen by the sanitizers.
    const std::string copy(piece);
    std::string_view input = copy;
    while (note(parser.next(&input, &head), parser, head, &transcript)) {
    }
    if (transcript.error == 0) transcript.left += input.size();
  }
  if (options.eof && !transcript.ended && transcript.error == 0) {
    while (note(parser.finish(&head), parser, head, &transcript)) {
    }
  }
  return transcript;
}

namespace {

Transcript transcribeHoweverCut(HttpParser::Kind kind, std::string_view bytes,
                                const TranscribeOptions& options) {
  const Transcript whole = transcribe(kind, {bytes}, options);
  EXPECT_EQ(whole, transcribe(kind, cutIntoBytes(bytes), options));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(whole, transcribe(kind, cutRandomly(bytes, seed), options));
  }
  return whole;
}

}  // namespace

Transcript readRequest(std::string_view bytes, const TranscribeOptions& options) {
  return transcribeHoweverCut(HttpParser::Kind::kRequest, bytes, options);
}

Transcript readResponse(std::string_view bytes, const TranscribeOptions& options) {
  return transcribeHoweverCut(HttpParser::Kind::kResponse, bytes, options);
}

int refusalOf(std::string_view bytes) {
  const Transcript transcript = readRequest(bytes);
  if (transcript.error != 0) {
    EXPECT_EQ(transcript.countComplete(), 0u) << transcript;
    EXPECT_FALSE(transcript.reason.empty());
  } else {
    EXPECT_EQ(transcript.countComplete(), 1u) << transcript;
  }
  return transcript.error;
}

std::vector<std::string_view> cutIntoBytes(std::string_view bytes) {
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
  return pieces;
}

std::vector<std::string_view> cutRandomly(std::string_view bytes, std::uint64_t seed) {
  const auto random = [&seed] {  // SplitMix64, which needs no setting up
    std::uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  };
  std::vector<std::size_t> cuts(1 + random() % 8);
  for (std::size_t& cut : cuts) cut = random() % (bytes.size() + 1);
  std::sort(cuts.begin(), cuts.end());
  std::vector<std::string_view> pieces;
  pieces.reserve(cuts.size() + 1);
  std::size_t from = 0;
  for (std::size_t cut : cuts) {
    pieces.push_back(bytes.substr(from, cut - from));
    from = cut;
  }
  pieces.push_back(bytes.substr(from));
  return pieces;
}

}  // namespace weft::net::internal
