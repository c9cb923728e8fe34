#include "weft/net/dns/lookup.h"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "weft/net/channels.h"

namespace weft::net::dns::sync {
namespace {

absl::StatusCode codeOf(int error) {
  switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return absl::StatusCode::kNotFound;
    case EAI_AGAIN:
      return absl::StatusCode::kUnavailable;
    case EAI_MEMORY:
      return absl::StatusCode::kResourceExhausted;
    case EAI_SYSTEM:
      return absl::ErrnoToStatusCode(errno);
    default:
      return absl::StatusCode::kUnknown;
  }
}

absl::StatusOr<std::vector<Address>> ask(const std::string& host, LookupOptions options) {
  const std::string what = absl::StrCat("lookup '", host.c_str(), "': ");
  if (host.empty() || host.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(what, "this is not the name of a host"));
  }
  if (options.family != 0 && options.family != 4 && options.family != 6) {
    return absl::InvalidArgumentError(absl::StrCat(what, "the family is 4, 6, or 0 for both"));
  }
  addrinfo hints{};
  hints.ai_family = options.family == 4 ? AF_INET : options.family == 6 ? AF_INET6 : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for each kind of socket
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return absl::Status(codeOf(error), absl::StrCat(what, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    Address& address = addresses.emplace_back();
    std::memcpy(address.data(), info->ai_addr, info->ai_addrlen);
    address.setSize(info->ai_addrlen);
  }
  return addresses;
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
  if (error != 0) return absl::Status(codeOf(error), absl::StrCat(what, ::gai_strerror(error)));
  return Service{.hostname = host, .service = service};
}

}  // namespace weft::net::dns::sync
