#include "weft/tests/net/http_vectors.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"

namespace weft::tests {
namespace {

constexpr const char* kVectors = "shared/http/http1.jsonl";

}  // namespace

std::vector<Json> readHttpVectors(const char* source) {
  std::filesystem::path folder = std::filesystem::canonical(source);
  while (folder.has_relative_path() && !std::filesystem::exists(folder / kVectors)) {
    folder = folder.parent_path();
  }
  std::vector<Json> vectors;
  std::ifstream file(folder / kVectors);
  for (std::string line; std::getline(file, line);) vectors.push_back(Json::parse(line));
  const char* const ci = std::getenv("CI");
  if (vectors.empty() && ci != nullptr && std::string_view(ci) == "true") {
    ADD_FAILURE() << kVectors << " is not there";
  }
  return vectors;
}

std::string inputOf(const Json& vector) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(vector["input_b64"].get<std::string>(), &bytes));
  return bytes;
}

std::string sha1Of(std::string_view text) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

}  // namespace weft::tests
