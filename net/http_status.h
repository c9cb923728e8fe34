// The names of HTTP's status codes.
//
//   weft::net::httpReason(404)  // "Not Found"
//
// Threads: pure functions.

#ifndef WEFT_NET_HTTP_STATUS_H_
#define WEFT_NET_HTTP_STATUS_H_

#include <string_view>

namespace weft::net {

// The reason phrase that the registry of IANA gives to `status`, empty if it has none.
std::string_view httpReason(int status);

}  // namespace weft::net

#endif  // WEFT_NET_HTTP_STATUS_H_
