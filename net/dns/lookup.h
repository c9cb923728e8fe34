// lookup, lookupAll, lookupService: the addresses of a host, and the name of an address, as the
// system finds them: /etc/hosts, DNS, and what else /etc/nsswitch.conf says.
//
//   absl::StatusOr<net::Address> address = co_await net::dns::lookup("localhost", {.family = 4});
//   net::dns::lookupAll(loop, "example.com", [](absl::StatusOr<std::vector<net::Address>> all) {});
//
// It runs on the pool, in the forms of weft/loop/async_function.h, and holds a thread of it until
// the system answers, which may take half a minute. It is of low priority, so that at most half of
// the pool's threads are held so, and those of net::connect() with them; a resolver that hangs
// leaves the others to files and the rest. To ask a name server, for more than addresses, with
// timeouts of your own, take weft/net/dns/resolver.h.
//
// Errors: NotFound if there is no such host or no address of that family, Unavailable if it cannot
// be told now, InvalidArgument for what is no name (empty, with a NUL byte, of more than 253 bytes
// or 63 between dots); "lookup 'nowhere.test': Name or service not known". The addresses have
// port 0.
//
// Threads: those of weft/loop/async_function.h; those in sync any.

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

struct Service {
  std::string hostname;  // the address itself if it has no name
  std::string service;   // "http"; the number of the port if it has no name
};

namespace sync {
absl::StatusOr<Address> lookup(const std::string& host, LookupOptions options = {});
absl::StatusOr<std::vector<Address>> lookupAll(const std::string& host, LookupOptions options = {});
absl::StatusOr<Service> lookupService(const Address& address);
}  // namespace sync

inline constexpr loop::WorkPriority kSlow = loop::WorkPriority::kLow;

// The first of them.
inline constexpr loop::AsyncFunction<&sync::lookup, kSlow> lookup;
// At least one, in the order in which the system would have them tried.
inline constexpr loop::AsyncFunction<&sync::lookupAll, kSlow> lookupAll;
// What is at an IP address and port.
inline constexpr loop::AsyncFunction<&sync::lookupService, kSlow> lookupService;

}  // namespace weft::net::dns

#endif  // WEFT_NET_DNS_LOOKUP_H_
