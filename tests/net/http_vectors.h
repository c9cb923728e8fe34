// Messages with verdicts: our own, in tests/net/vectors, one file for each rule; and those that lie
// beside the repository, in shared/http of a folder above it.
//
// The latter come from the test suites of other projects and stay where they are; where they are
// absent a test is skipped, on the CI machine (CI=true) it fails:
//
//   const std::vector<Json> vectors = readHttpVectors("tests/net/http_vectors_test.cc");
//   if (vectors.empty()) GTEST_SKIP() << "...";
//
// A line of our own files:
//
//   {"id": "chunks/sign", "kind": "request", "why": "RFC 9112, 7.1", "verdict": "reject",
//    "status": 400, "input": "POST ... +5\r\n...", "messages": []}
//
// `input` is a text of which each character up to \u00ff is one byte, or a list of texts and of
// [text, how often]; `messages` are those that arrive whole, before the one that is refused if one
// is; of a message only what is named is compared. `status` is what a server answers; `eof`: the
// peer closes behind it. Verdicts: accept, reject, incomplete (the rest is still to come).

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
// Our own. In the runfiles they are data: "//tests/net:vectors".
std::vector<Json> readOwnHttpVectors();
// Its bytes.
std::string inputOf(const Json& vector);
std::string sha1Of(std::string_view text);

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_HTTP_VECTORS_H_
