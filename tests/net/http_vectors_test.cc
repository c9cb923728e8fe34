// Replays messages with verdicts, our own and those that lie beside the repository, through the
// parser: whole, cut at many places, and byte by byte. No false accept, no wrong reading, no false
// reject.

#include "weft/tests/net/http_vectors.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "weft/tests/net/http_transcript.h"

namespace weft::net::internal {
namespace {

using tests::inputOf;
using tests::Json;
using tests::sha1Of;
using Kind = HttpParser::Kind;

enum class Source : bool { kOwn, kShared };

// As the files write it: each byte is the character of its number, in UTF-8.
std::string textOf(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) text += static_cast<char>(0xc0 | byte >> 6);
    text += byte >= 0x80 ? static_cast<char>(0x80 | (byte & 0x3f)) : c;
  }
  return text;
}

Json jsonOf(const Fields& fields) {
  Json list = Json::array();
  for (const auto& [name, value] : fields) list.push_back({textOf(name), textOf(value)});
  return list;
}

// The list of what differs between a message that arrived and the one that was expected.
std::string differences(const MessageRecord& message, const Json& expected) {
  std::string found;
  const auto compare = [&](const char* name, const auto& is) {
    if (expected.contains(name) && expected[name] != Json(is)) found += std::string(" ") + name;
  };
  compare("method", message.method);
  compare("target", message.target);
  compare("status", message.status);
  compare("body_sha1", sha1Of(message.body));
  if (message.body.size() != expected.value("body_len", std::size_t{0})) found += " body_len";
  if (!message.tunnel && message.status / 100 != 1) compare("keep_alive", message.keep_alive);
  if (expected.contains("headers") && expected["headers"].size() != message.headers.size()) {
    found += " headers";
  }
  compare("reason", textOf(message.reason));
  compare("upgrade", message.upgrade);
  compare("fields", jsonOf(message.headers));
  compare("trailers", jsonOf(message.trailers));
  constexpr std::array<const char*, 3> kExpectations = {"none", "continue", "other"};
  compare("expectation", kExpectations[static_cast<std::size_t>(message.expectation)]);
  return found;
}

std::string verdict(const Json& vector, const Transcript& transcript) {
  const Json& expect = vector["expect"];
  const std::size_t must = expect["deliver"][0];
  const std::size_t may = expect["deliver"][1];
  const std::size_t delivered = transcript.countComplete();
  if (delivered > may) return "false accept";
  if (delivered < must) return "false reject";
  std::size_t i = 0;
  for (const Json& message : expect["messages"]) {
    if (i == delivered || !message["complete"].get<bool>()) break;
    const std::string wrong = differences(transcript.messages[i++], message);
    if (!wrong.empty()) return "wrong reading:" + wrong;
  }
  if (expect["verdict"] == "reject" && transcript.error == 0 && !transcript.ended)
    return "no answer";
  if (vector.contains("status") && transcript.error != vector["status"]) return "another status";
  return "";
}

class HttpVectorsTest : public testing::TestWithParam<std::tuple<Kind, Source>> {
 protected:
  // Calls cut(bytes) for the pieces of each vector and checks what the parser makes of them.
  template <typename Cut>
  void replay(Cut cut) {
    const auto [kind, source] = GetParam();
    const std::vector<Json> vectors =
        source == Source::kOwn ? tests::readOwnHttpVectors()
                               : tests::readHttpVectors("tests/net/http_vectors_test.cc");
    if (vectors.empty()) GTEST_SKIP() << "the vectors are not there";
    const bool requests = kind == Kind::kRequest;
    int replayed = 0;
    for (const Json& vector : vectors) {
      if (vector["kind"] != (requests ? "request" : "response")) continue;
      const std::string bytes = inputOf(vector);
      TranscribeOptions options;
      options.eof = vector["eof"];
      const Transcript whole = transcribe(kind, {bytes}, options);
      for (const auto& pieces : cut(bytes)) {
        const Transcript transcript = transcribe(kind, pieces, options);
        EXPECT_EQ(transcript, whole) << vector["id"];
        EXPECT_EQ(verdict(vector, transcript), "")
            << vector["id"] << ": "
            << absl::CEscape(absl::string_view(bytes.data(), std::min(bytes.size(), size_t{400})))
            << transcript;
      }
      ++replayed;
    }
    if (source == Source::kOwn) {
      EXPECT_GT(replayed, requests ? 250 : 60);
    } else {
      EXPECT_GT(replayed, requests ? 800 : 260);
    }
  }
};

using Cuts = std::vector<std::vector<std::string_view>>;

TEST_P(HttpVectorsTest, AreReadAsTheirVerdictsSayWhenTheyArriveWhole) {
  replay([](std::string_view bytes) { return Cuts{{bytes}}; });
}

TEST_P(HttpVectorsTest, AreReadAsTheirVerdictsSayByteByByte) {
  replay([](std::string_view bytes) { return Cuts{cutIntoBytes(bytes)}; });
}

TEST_P(HttpVectorsTest, AreReadAsTheirVerdictsSayWhereverTheyAreCutInTwo) {
  replay([](std::string_view bytes) {
    Cuts cuts;
    const std::size_t step = 1 + bytes.size() / 400;
    for (std::size_t at = 0; at <= bytes.size(); at += step) {
      cuts.push_back({bytes.substr(0, at), bytes.substr(at)});
    }
    return cuts;
  });
}

TEST_P(HttpVectorsTest, AreReadAsTheirVerdictsSayInRandomPieces) {
  replay([](std::string_view bytes) {
    Cuts cuts;
    for (std::uint64_t seed = 0; seed < 20; ++seed) cuts.push_back(cutRandomly(bytes, seed));
    return cuts;
  });
}

std::string nameOf(const testing::TestParamInfo<HttpVectorsTest::ParamType>& param) {
  const auto [kind, source] = param.param;
  return std::string(source == Source::kOwn ? "Own" : "Shared") +
         (kind == Kind::kRequest ? "Requests" : "Responses");
}

INSTANTIATE_TEST_SUITE_P(Kinds, HttpVectorsTest,
                         testing::Combine(testing::Values(Kind::kRequest, Kind::kResponse),
                                          testing::Values(Source::kOwn, Source::kShared)),
                         nameOf);

}  // namespace
}  // namespace weft::net::internal
