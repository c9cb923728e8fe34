#include "weft/net/dns/lookup.h"

#include <netdb.h>

#include "absl/strings/str_cat.h"
#include "weft/net/channels.h"
#include "weft/net/internal/lookup.h"
#include "weft/net/internal/socket_calls.h"

namespace weft::net::dns::sync {
namespace {

absl::Status about(const std::string& what, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(what, status.message()));
}

absl::StatusOr<std::vector<Address>> ask(const std::string& host, LookupOptions options) {
  const std::string what = absl::StrCat("lookup '", host.c_str(), "': ");
  if (options.family != 0 && options.family != 4 && options.family != 6) {
    return absl::InvalidArgumentError(absl::StrCat(what, "the family is 4, 6, or 0 for both"));
  }
  const int family = options.family == 4 ? AF_INET : options.family == 6 ? AF_INET6 : AF_UNSPEC;
  absl::StatusOr<std::vector<Address>> found =
      net::internal::lookUp(host, family, net::internal::socketCalls().getaddrinfo);
  if (!found.ok()) return about(what, found.status());
  return found;
}

}  // namespace

absl::StatusOr<std::vector<Address>> lookupAll(const std::string& host, LookupOptions options) {
  kLookupStart.publish(host);
  absl::StatusOr<std::vector<Address>> all = ask(host, options);
  kLookupEnd.publish(host, all.status());
  return all;
}

absl::StatusOr<Address> lookup(const std::string& host, LookupOptions options) {
  absl::StatusOr<std::vector<Address>> all = lookupAll(host, options);
  if (!all.ok()) return all.status();
  return all->front();
}

absl::StatusOr<Service> lookupService(const Address& address) {
  const std::string what = absl::StrCat("lookupService '", address.toString(), "': ");
  if (!address.isIp()) {
    return absl::InvalidArgumentError(absl::StrCat(what, "this is not an IP address"));
  }
  char host[NI_MAXHOST] = "";
  char service[NI_MAXSERV] = "";
  const int error = ::getnameinfo(address.data(), address.size(), host, sizeof(host), service,
                                  sizeof(service), 0);
  if (error != 0) return about(what, net::internal::lookupFailure(error));
  return Service{.hostname = host, .service = service};
}

}  // namespace weft::net::dns::sync
