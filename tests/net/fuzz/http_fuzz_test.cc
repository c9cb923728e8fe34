// Runs what the fuzz targets hold true on the seeds in the tree, without libFuzzer.

#include "weft/tests/net/fuzz/http_fuzz.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "weft/tests/net/fuzz/http_client_machine.h"
#include "weft/tests/net/fuzz/http_connection_machine.h"

namespace weft::net::internal {
namespace {

// Calls `check` with each seed, with each of its beginnings, and with each of its bytes changed.
void replay(const std::string& folder, void (*check)(std::string_view)) {
  int seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/net/fuzz/seeds/" + folder)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    check(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      check(std::string_view(bytes).substr(0, i));
      for (const char other : {'\r', '\n', ' ', ':', ';', '\0', '\x80', '0'}) {
        std::string changed = bytes;
        changed[i] = other;
        check(changed);
      }
    }
    ++seeds;
  }
  EXPECT_GE(seeds, 6);
}

TEST(HttpFuzzTest, HoldsForRequests) { replay("request", fuzzRequests); }
TEST(HttpFuzzTest, HoldsForResponses) { replay("response", fuzzResponses); }
TEST(HttpFuzzTest, HoldsForChunks) { replay("chunk", fuzzChunks); }
TEST(HttpFuzzTest, HoldsForConnections) { replay("connection", fuzzConnection); }
TEST(HttpFuzzTest, HoldsForClients) { replay("client", fuzzClient); }

}  // namespace
}  // namespace weft::net::internal
