// Replays the messages with verdicts that lie beside the work tree (../shared/http/http1.jsonl)
// through the parser: whole, cut at many places, and byte by byte. No false accept, no wrong
// reading, no false reject.
//
// They come from the test suites of other projects and stay where they are; without them the tests
// are skipped, in CI they fail.

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "weft/tests/net/http_transcript.h"
#include "weft/tests/net/json.h"

namespace weft::net::internal {
namespace {

using Kind = HttpParser::Kind;

std::vector<Json> readVectors() {
  // The runfile of this source is a link to the source itself.
  std::filesystem::path folder = std::filesystem::canonical("tests/net/http_vectors_test.cc");
  while (folder.has_relative_path() && !std::filesystem::exists(folder / "WORKSPACE")) {
    folder = folder.parent_path();
  }
  std::vector<Json> vectors;
  std::ifstream file(folder.parent_path() / "shared/http/http1.jsonl");
  for (std::string line; std::getline(file, line);) vectors.push_back(Json::parse(line));
  return vectors;
}

std::string sha1Of(const std::string& text) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

// The list of what differs between a message that arrived and the one that was expected.
std::string differences(const MessageRecord& message, const Json& expected) {
  std::string found;
  const auto compare = [&](const char* what, const auto& is, const auto& should) {
    if (is != should) found += std::string(" ") + what;
  };
  if (!expected["method"].isNull()) compare("method", message.method, expected["method"].string());
  if (!expected["target"].isNull()) compare("target", message.target, expected["target"].string());
  if (!expected["status"].isNull()) compare("status", message.status, expected["status"].number());
  const Json& length = expected["body_len"];
  compare("length", message.body.size(), length.isNull() ? 0 : length.number());
  if (!expected["body_sha1"].isNull()) {
    compare("body", sha1Of(message.body), expected["body_sha1"].string());
  }
  if (!expected["keep_alive"].isNull() && !message.tunnel && message.status / 100 != 1) {
    compare("keep-alive", message.keep_alive, expected["keep_alive"].boolean());
  }
  if (!expected["headers"].isNull()) {
    compare("headers", message.headers.size(), expected["headers"].array().size());
  }
  return found;
}

std::string verdict(const Json& vector, const Transcript& transcript) {
  const Json& expect = vector["expect"];
  const std::string& wanted = expect["verdict"].string();
  const auto must = static_cast<std::size_t>(expect["deliver"].array()[0].number());
  const auto may = static_cast<std::size_t>(expect["deliver"].array()[1].number());
  const std::size_t delivered = transcript.countComplete();
  if (delivered > may) return "false accept";
  if (delivered < must) return "false reject";
  std::size_t i = 0;
  for (const Json& message : expect["messages"].array()) {
    if (i == delivered || !message["complete"].boolean()) break;
    const std::string wrong = differences(transcript.messages[i++], message);
    if (!wrong.empty()) return "wrong reading:" + wrong;
  }
  if (wanted == "reject" && transcript.error == 0 && !transcript.ended) return "no answer";
  return "";
}

class HttpVectorsTest : public testing::TestWithParam<Kind> {
 protected:
  // Calls cut(bytes) for the pieces of each vector and checks what the parser makes of them.
  template <typename Cut>
  void replay(Cut cut) {
    const std::vector<Json> vectors = readVectors();
    if (vectors.empty()) {
      if (std::getenv("CI") != nullptr) FAIL() << "../shared/http/http1.jsonl is not there";
      GTEST_SKIP() << "../shared/http/http1.jsonl is not there";
    }
    const bool requests = GetParam() == Kind::kRequest;
    int replayed = 0;
    for (const Json& vector : vectors) {
      if (vector["kind"].string() != (requests ? "request" : "response")) continue;
      std::string bytes;
      ASSERT_TRUE(absl::Base64Unescape(vector["input_b64"].string(), &bytes));
      TranscribeOptions options;
      options.eof = vector["eof"].boolean();
      for (const auto& pieces : cut(bytes)) {
        const Transcript transcript = transcribe(GetParam(), pieces, options);
        EXPECT_EQ(verdict(vector, transcript), "")
            << vector["id"].string() << ": "
            << absl::CEscape(absl::string_view(bytes.data(), std::min(bytes.size(), size_t{400})))
            << transcript;
      }
      ++replayed;
    }
    EXPECT_GT(replayed, requests ? 800 : 260);
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

INSTANTIATE_TEST_SUITE_P(Kinds, HttpVectorsTest, testing::Values(Kind::kRequest, Kind::kResponse),
                         [](const auto& kind) {
                           return kind.param == Kind::kRequest ? "Requests" : "Responses";
                         });

}  // namespace
}  // namespace weft::net::internal
