// lookup: the addresses of a host, as the system finds them: /etc/hosts, DNS, and what else
// /etc/nsswitch.conf says.
//
//   absl::StatusOr<net::Address> address = co_await net::dns::lookup("localhost", {.family = 4});
//   net::dns::lookupAll(loop, "example.com", [](absl::StatusOr<std::vector<net::Address>> all) {});
//
// It runs on the pool, in the forms of weft/loop/async_function.h, and holds a thread of it until
// the system answers. To ask a name server, for more than addresses, with timeouts of your own,
// take weft/net/dns/resolver.h.
//
// Errors: NotFound if there is no such host or no address of that family, Unavailable if it cannot
// be told now, InvalidArgument for what is no name; "lookup 'nowhere.test': Name or service not
// known". The addresses have port 0.
//
// Threads: those of weft/loop/async_function.h; sync::lookup() and lookupAll() any.

#ifndef WEFT_NET_DNS_LOOKUP_H_
#define WEFT_NET_DNS_LOOKUP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"
#include "weft/net/address.h"

namespace weft::net::dns {

struct LookupOptions {
  int family = 0;  // 4 or 6; 0: both
};

namespace sync {
absl::StatusOr<Address> lookup(const std::string& host, LookupOptions options = {});
absl::StatusOr<std::vector<Address>> lookupAll(const std::string& host, LookupOptions options = {});
}  // namespace sync

// The first of them.
inline constexpr loop::AsyncFunction<&sync::lookup> lookup;
// At least one, in the order in which the system would have them tried.
inline constexpr loop::AsyncFunction<&sync::lookupAll> lookupAll;

}  // namespace weft::net::dns

#endif  // WEFT_NET_DNS_LOOKUP_H_
