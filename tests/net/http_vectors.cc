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

// The bytes that a text of our own files stands for: it is UTF-8, of characters up to U+00FF.
std::string bytesOf(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      bytes += text[i];
    } else {
      const auto second = static_cast<unsigned char>(text.at(++i));
      EXPECT_LT(first, 0xc4) << "a character above U+00FF: " << text;
      bytes += static_cast<char>((first & 0x03) << 6 | (second & 0x3f));
    }
  }
  return bytes;
}

std::string bytesOf(const Json& input) {
  if (input.is_string()) return bytesOf(input.get<std::string>());
  std::string bytes;
  for (const Json& part : input) {
    const std::string once = bytesOf(part.is_string() ? part : part[0]);
    for (int times = part.is_string() ? 1 : part[1].get<int>(); times > 0; --times) bytes += once;
  }
  return bytes;
}

// In the form of those beside the repository.
void complete(Json* vector) {
  Json messages = (*vector)["messages"];
  for (Json& message : messages) {
    const std::string body = bytesOf(message["body"]);
    message["body_sha1"] = sha1Of(body);
    message["body_len"] = body.size();
    message["complete"] = true;
  }
  const std::size_t count = messages.size();
  (*vector)["expect"] = {{"verdict", (*vector)["verdict"]},
                         {"deliver", {count, count}},
                         {"messages", std::move(messages)}};
  (*vector)["eof"] = vector->value("eof", false);
  (*vector)["input_b64"] = std::string(absl::Base64Escape(bytesOf((*vector)["input"])));
}

}  // namespace

std::vector<Json> readOwnHttpVectors() {
  std::vector<Json> vectors;
  for (const auto& entry : std::filesystem::directory_iterator("tests/net/vectors")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      vectors.push_back(Json::parse(line));
      complete(&vectors.back());
    }
  }
  return vectors;
}

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
