#ifndef WEFT_BENCH_NET_CONNECTIONS_H_
#define WEFT_BENCH_NET_CONNECTIONS_H_

#include <llhttp.h>

#include <cstddef>
#include <string>
#include <string_view>

// What the servers answer that are built on a bare loop (epoll, libuv, Asio). Each connection has
//
//   std::string_view answer(std::string_view bytes);   // what to send; empty: nothing yet;
//                                                      // data() == nullptr: close
//
// HTTP is the least that a server can do: llhttp parses, nothing looks at the requests, and each is
// answered by the same bytes.
namespace weft::bench {

inline constexpr std::string_view kHelloBody = "Hello, world!";
inline constexpr std::string_view kHelloResponse =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "\r\n"
    "Hello, world!";

// The bytes of `count` responses; valid until the next call.
inline std::string_view helloResponses(int count) {
  static std::string repeated(kHelloResponse);
  const std::size_t length = static_cast<std::size_t>(count) * kHelloResponse.size();
  while (repeated.size() < length) repeated += kHelloResponse;
  return std::string_view(repeated).substr(0, length);
}

class HttpConnection {
 public:
  HttpConnection() { llhttp_init(&parser_, HTTP_REQUEST, &settings()); }

  std::string_view answer(std::string_view bytes) {
    int requests = 0;
    parser_.data = &requests;
    if (llhttp_execute(&parser_, bytes.data(), bytes.size()) != HPE_OK) return {};
    return helloResponses(requests);
  }

 private:
  static const llhttp_settings_t& settings() {
    static const llhttp_settings_t settings = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_message_complete = [](llhttp_t* parser) {
        ++*static_cast<int*>(parser->data);
        return 0;
      };
      return made;
    }();
    return settings;
  }

  llhttp_t parser_;
};

struct EchoConnection {
  std::string_view answer(std::string_view bytes) { return bytes; }
};

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_CONNECTIONS_H_
