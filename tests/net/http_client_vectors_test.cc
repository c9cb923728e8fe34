// Replays responses with verdicts, our own and those that lie beside the repository, through the
// client, over a connection: whole, in two pieces, and byte by byte.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "weft/tests/net/http_client_fixture.h"
#include "weft/tests/net/http_vectors.h"

namespace weft::net {
namespace {

using tests::HttpClientTest;
using tests::inputOf;
using tests::Json;
using tests::OutcomePtr;
using tests::RawServer;
using tests::sha1Of;
using tests::watch;

// The response that the client should see: the first that is not an interim one.
struct Expected {
  const Json* message = nullptr;
  bool must = false;      // it arrives, whole
  bool may = false;       // it may
  bool is_last = true;    // nothing stands behind it
  bool is_clean = false;  // and nothing before it is wrong
};

Expected expectedOf(const Json& vector) {
  const Json& expect = vector["expect"];
  Expected expected;
  std::size_t i = 0;
  for (const Json& message : expect["messages"]) {
    ++i;
    if (expected.message != nullptr) {
      expected.is_last = false;
      break;
    }
    const int status = message["status"];
    if (status < 200 && status != 101) continue;
    expected.message = &message;
    expected.must = i <= expect["deliver"][0].get<std::size_t>();
    expected.may = i <= expect["deliver"][1].get<std::size_t>();
  }
  expected.is_clean = expect["verdict"] == "accept";
  return expected;
}

class HttpClientVectorsTest : public HttpClientTest {
 protected:
  void replay(std::size_t piece) {
    EXPECT_GT(replay(tests::readOwnHttpVectors(), piece), 60);
    const auto vectors = tests::readHttpVectors("tests/net/http_client_vectors_test.cc");
    if (vectors.empty()) GTEST_SKIP() << "the vectors beside the repository are not there";
    EXPECT_GT(replay(vectors, piece), 260);
  }

 private:
  // Sends each response cut into pieces of `piece` bytes; 0: in two halves. Returns how many.
  int replay(const std::vector<Json>& vectors, std::size_t piece) {
    int replayed = 0;
    for (const Json& vector : vectors) {
      if (vector["kind"] != "response") continue;
      const std::string bytes = inputOf(vector);
      SCOPED_TRACE(vector["id"].get<std::string>() + ": " + absl::CHexEscape(bytes.substr(0, 300)));
      check(vector, bytes, piece != 0 ? piece : bytes.size() / 2 + 1);
      ++replayed;
    }
    return replayed;
  }

  void check(const Json& vector, std::string_view bytes, std::size_t piece) {
    RawServer server(loop_);
    bool tunnel = false;
    const ClientRequestPtr request = get(server.port());
    const OutcomePtr outcome = watch(request);
    request->on(kTunnel,
                [&](const ClientResponsePtr& response, const SocketPtr& socket, std::string_view) {
                  tunnel = true;
                  outcome->status = response->statusCode();
                  outcome->response = response;
                  socket->destroy();
                });
    runUntil([&] { return server.size() == 1 && !server.at(0).received.empty(); });
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      server.at(0).socket->write(bytes.substr(at, piece));
      for (int i = 0; i < 3; ++i) loop_.runNoWait();
    }
    if (vector["eof"]) server.at(0).socket->end();
    for (int i = 0; i < 10; ++i) loop_.runNoWait();

    const bool arrived = tunnel || outcome->has("end");
    const Expected expected = expectedOf(vector);
    if (expected.must) {
      EXPECT_TRUE(arrived);
    }
    if (!expected.may) {
      EXPECT_FALSE(arrived);
      EXPECT_TRUE(vector["expect"]["verdict"] != "reject" || !outcome->error().empty());
    }
    if (arrived && expected.message != nullptr) compare(*outcome, *expected.message);
    if (!expected.is_last || !expected.is_clean) {
      EXPECT_EQ(agent_.freeSockets(), 0u);
    }
    request->destroy();
  }

  static void compare(const tests::Outcome& outcome, const Json& message) {
    EXPECT_EQ(Json(outcome.status), message["status"]);
    if (message.contains("body_sha1")) {
      EXPECT_EQ(Json(sha1Of(outcome.body)), message["body_sha1"]);
    }
    if (message.contains("headers")) {
      EXPECT_EQ(outcome.response->headers().size(), message["headers"].size());
    }
  }
};

TEST_F(HttpClientVectorsTest, AreReadAsTheirVerdictsSayWhenTheyArriveWhole) { replay(1 << 20); }
TEST_F(HttpClientVectorsTest, AreReadAsTheirVerdictsSayInTwoPieces) { replay(0); }
TEST_F(HttpClientVectorsTest, AreReadAsTheirVerdictsSayByteByByte) { replay(1); }

}  // namespace
}  // namespace weft::net
