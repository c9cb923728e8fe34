// The messages with verdicts that lie beside the repository: shared/http of a folder above it.
//
// They come from the test suites of other projects and stay where they are; where they are absent
// a test is skipped, on the CI machine (CI=true) it fails:
//
//   const std::vector<Json> vectors = readHttpVectors("tests/net/http_vectors_test.cc");
//   if (vectors.empty()) GTEST_SKIP() << "...";

#ifndef WEFT_TESTS_NET_HTTP_VECTORS_H_
#define WEFT_TESTS_NET_HTTP_VECTORS_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tests {

using Json = nlohmann::json;

// All of them; none, and on the CI machine a failure, where they are not. `source` is a runfile of
// the test: a link to the file itself, which leads to the folder.
std::vector<Json> readHttpVectors(const char* source);
// Its bytes.
std::string inputOf(const Json& vector);
std::string sha1Of(std::string_view text);

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_HTTP_VECTORS_H_
