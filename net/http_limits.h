// How much one HTTP peer may send.
//
// The limits that a server or a client holds each of its connections to. They are counted byte by
// byte while a message arrives, so a peer can never make weft hold more than they say. All are on
// by default except the one for bodies, which stream and are not held.
//
// A message above a limit is refused with the status named at the limit; in a client it fails.
// Deadlines are not here: they belong to the connection.
//
//   weft::net::HttpLimits limits;
//   limits.body_bytes = 10 << 20;  // uploads of at most 10 MiB
//
// Threads: a plain value.

#ifndef WEFT_NET_HTTP_LIMITS_H_
#define WEFT_NET_HTTP_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace weft::net {

struct HttpLimits {
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;

  // The request line or status line with its CRLF, and empty lines in front of it. Answer: 414.
  // RFC 9112, 3: support for 8,000 bytes is recommended; Apache httpd takes 8,190, nginx 8 KiB,
  // Node counts the target into its 16 KiB of header.
  std::size_t start_line_bytes = 16 * 1024;

  // All header lines of one message with their CRLFs. Answer: 431.
  // Node: 16 KiB; Apache httpd: 100 lines of 8,190 bytes; nginx: 4 buffers of 8 KiB.
  std::size_t header_bytes = 16 * 1024;

  // The number of header lines; trailer lines are counted on their own. Answer: 431.
  // Node: 2,000 (it drops the rest; weft refuses the message).
  std::size_t header_count = 2000;

  // All trailer lines of one message with their CRLFs. Answer: 431.
  std::size_t trailer_bytes = 16 * 1024;

  // All bytes of chunk lines of one message that say nothing: extensions and leading zeros.
  // Answer: 413. Node: 16 KiB, since CVE-2024-22019 (endless extensions kept a server reading).
  std::size_t chunk_extension_bytes = 16 * 1024;

  // The body. Answer: 413, before a byte of the body is read if Content-Length tells.
  std::uint64_t body_bytes = kUnlimited;
};

}  // namespace weft::net

#endif  // WEFT_NET_HTTP_LIMITS_H_
