#include "weft/net/internal/lookup.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

namespace weft::net::internal {
namespace {

// What DNS can carry; a resolver asked for more says whatever comes to its mind.
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool mayBeName(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > kLongestName || host.find('\0') != host.npos) return false;
  for (;;) {
    const std::size_t end = std::min(host.find('.'), host.size());
    if (end == 0 || end > kLongestLabel) return false;
    if (end == host.size()) return true;
    host.remove_prefix(end + 1);
  }
}

}  // namespace

absl::Status lookupFailure(int error) {
  switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return absl::NotFoundError(::gai_strerror(error));
    case EAI_AGAIN:
    case EAI_FAIL:
      return absl::UnavailableError(::gai_strerror(error));
    case EAI_MEMORY:
      return absl::ResourceExhaustedError(::gai_strerror(error));
    case EAI_SYSTEM:
      return absl::Status(absl::ErrnoToStatusCode(errno), std::generic_category().message(errno));
    default:
      return absl::UnknownError(::gai_strerror(error));
  }
}

absl::StatusOr<std::vector<Address>> lookUp(const std::string& host, int family,
                                            decltype(SocketCalls::getaddrinfo) system) {
  if (!mayBeName(host)) return absl::InvalidArgumentError("this is not the name of a host");
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;  // else each address comes once for each kind of socket
  addrinfo* found = nullptr;
  if (const int error = system(host.c_str(), nullptr, &hints, &found); error != 0) {
    return lookupFailure(error);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    if (info->ai_addr == nullptr || info->ai_addrlen > Address::kCapacity) continue;
    Address address;
    std::memcpy(address.data(), info->ai_addr, info->ai_addrlen);
    address.setSize(info->ai_addrlen);
    if (address.isIp()) addresses.push_back(address);
  }
  if (addresses.empty()) return absl::NotFoundError("the name has no address");
  return addresses;
}

std::vector<Address> interleaved(const std::vector<Address>& addresses) {
  std::vector<Address> first;
  std::vector<Address> second;
  for (const Address& address : addresses) {
    (address.family() == addresses.front().family() ? first : second).push_back(address);
  }
  std::vector<Address> mixed;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

}  // namespace weft::net::internal
