// What a parser makes of bytes, written down: for tests that compare.
//
//   Transcript whole = transcribe(Kind::kRequest, {bytes});
//   EXPECT_EQ(whole, transcribe(Kind::kRequest, cutRandomly(bytes, seed)));

#ifndef WEFT_TESTS_NET_HTTP_TRANSCRIPT_H_
#define WEFT_TESTS_NET_HTTP_TRANSCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/net/internal/http_parser.h"

namespace weft::net::internal {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct MessageRecord {
  std::string method, target, reason;
  int status = 0;
  int minor_version = 1;
  Fields headers, trailers;
  Framing framing = Framing::kNone;
  bool keep_alive = false, upgrade = false, tunnel = false;
  Expectation expectation = Expectation::kNone;
  std::string body;
  bool complete = false;

  bool operator==(const MessageRecord&) const = default;
};

struct Transcript {
  std::vector<MessageRecord> messages;  // in order of their heads
  int error = 0;                        // the status of the error, 0 for none
  std::string reason;
  bool ended = false;    // no message can follow
  std::size_t left = 0;  // bytes behind the last message; 0 if there is an error

  std::size_t countComplete() const;
  bool operator==(const Transcript&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Transcript& transcript);

struct TranscribeOptions {
  bool eof = false;  // the peer closes behind the last piece
  HttpLimits limits;
  Answers answers = Answers::kOther;
};

Transcript transcribe(HttpParser::Kind kind, const std::vector<std::string_view>& pieces,
                      const TranscribeOptions& options = {});

// A request, or a response, as a whole; expects that it is the same byte by byte and in some random
// pieces.
Transcript readRequest(std::string_view bytes, const TranscribeOptions& options = {});
Transcript readResponse(std::string_view bytes, const TranscribeOptions& options = {});
// The status that a request is refused with, 0 if it is not; expects that it is one or the other.
int refusalOf(std::string_view bytes);

std::vector<std::string_view> cutIntoBytes(std::string_view bytes);
// At one to eight places that follow from the seed.
std::vector<std::string_view> cutRandomly(std::string_view bytes, std::uint64_t seed);

}  // namespace weft::net::internal

#endif  // WEFT_TESTS_NET_HTTP_TRANSCRIPT_H_
