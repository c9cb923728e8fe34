// A load for examples/request_log: many connections, kept alive and pipelined, every answer
// checked.

#ifndef WEFT_TESTS_INTEGRATION_LOAD_H_
#define WEFT_TESTS_INTEGRATION_LOAD_H_

#include <cstdint>
#include <string>

namespace weft::tests {

struct Load {
  std::uint16_t port = 0;
  int requests = 0;
  int connections = 0;
  std::string file;  // what is in the file that the answers are signed with
};

struct LoadResult {
  int right = 0;            // answers that came in order and were what they had to be
  std::string first_wrong;  // what came in place of one, and what was expected
};

// Sends `requests` in all, half of them with bodies, up to eight at a time on each connection. Ends
// at the first answer that is wrong.
LoadResult runLoad(const Load& load);

}  // namespace weft::tests

#endif  // WEFT_TESTS_INTEGRATION_LOAD_H_
