// lookUp(): the addresses of a host, by the system's resolver, which blocks. What net::connect()
// and weft/net/dns/lookup.h run on the loop's thread pool.
//
//   absl::StatusOr<std::vector<Address>> all =
//       co_await loop::work({.priority = kLookUpPriority}, lookUp, host, AF_UNSPEC,
//       socketCalls().getaddrinfo);
//
// The system may take half a minute to give up (/etc/resolv.conf says how often and how long it
// asks), and nothing makes it return earlier. So lookups are of low priority: at most half of the
// pool's threads wait for the resolver, and files, compression and the rest have the others (only a
// pool of a single thread has no half). Who does not wait any more is not held up by it, and
// neither is the loop's run(); but the end of the loop, as with every job, waits for what runs.
//
// Threads: any.

#ifndef WEFT_NET_INTERNAL_LOOKUP_H_
#define WEFT_NET_INTERNAL_LOOKUP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/thread_pool.h"
#include "weft/net/address.h"
#include "weft/net/internal/socket_calls.h"

namespace weft::net::internal {

inline constexpr loop::WorkPriority kLookUpPriority = loop::WorkPriority::kLow;

// At least one, of port 0, in the order in which the system would have them tried. `family` is
// AF_UNSPEC for both. InvalidArgument for what is no name, else as lookupFailure().
absl::StatusOr<std::vector<Address>> lookUp(const std::string& host, int family,
                                            decltype(SocketCalls::getaddrinfo) system);

// For an EAI_... and the errno of now: NotFound, Unavailable (it may be there later) or
// ResourceExhausted; the text is the system's.
absl::Status lookupFailure(int error);

// Changes between the families, beginning with that of the first (RFC 8305, 4).
std::vector<Address> interleaved(const std::vector<Address>& addresses);

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_LOOKUP_H_
