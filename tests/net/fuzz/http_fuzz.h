// What the fuzz targets of the HTTP parser hold true of any bytes. A violation aborts.
//
//   - However the bytes are cut, events and verdict are the same.
//   - What is accepted is what RFC 9110 and 9112 allow: names are tokens, values have no control
//     characters, a message is as long as its Content-Length says, and so on.
//   - Requests: what llhttp (8.1, strict) reads differently is refused here; what it refuses is
//     refused here, too, but for a list of differences with a reason each.
//
// tools/fuzz runs them under libFuzzer, http_fuzz_test on the seeds in the tree.

#ifndef WEFT_TESTS_NET_FUZZ_HTTP_FUZZ_H_
#define WEFT_TESTS_NET_FUZZ_HTTP_FUZZ_H_

#include <string_view>

namespace weft::net::internal {

void fuzzRequests(std::string_view bytes);
void fuzzResponses(std::string_view bytes);
// `bytes` are the chunks and trailers of a request.
void fuzzChunks(std::string_view bytes);

}  // namespace weft::net::internal

#endif  // WEFT_TESTS_NET_FUZZ_HTTP_FUZZ_H_
