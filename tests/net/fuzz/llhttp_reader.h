// Requests as llhttp 8.1 in strict mode reads them, to compare with.
//
// It is a second opinion for tests; the library does not use it.

#ifndef WEFT_TESTS_NET_FUZZ_LLHTTP_READER_H_
#define WEFT_TESTS_NET_FUZZ_LLHTTP_READER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::net::internal {

struct LlhttpReading {
  struct Message {
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;  // and trailers
    std::string body;
    bool complete = false;
  };
  enum class End {
    kOpen,     // it waits for more
    kPaused,   // behind a message that offers another protocol
    kStart,    // it refuses a method, target or version
    kLengths,  // it refuses Content-Length or Transfer-Encoding
    kChunks,   // it refuses a chunk line
    kOther,    // it refuses something else
  };

  std::vector<Message> messages;
  End end = End::kOpen;
};

LlhttpReading readByLlhttp(std::string_view bytes);

}  // namespace weft::net::internal

#endif  // WEFT_TESTS_NET_FUZZ_LLHTTP_READER_H_
