#include "weft/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace weft::net {
namespace {

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);

// The number of a zone: an interface's name, or a number. 0: there is none.
std::uint32_t zoneOf(const std::string& zone) {
  if (const unsigned index = ::if_nametoindex(zone.c_str()); index != 0) return index;
  std::uint32_t number = 0;
  const char* const end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

}  // namespace

absl::StatusOr<Address> Address::ip(std::string_view host, std::uint16_t port) {
  Address address;
  const std::string text(host);
  if (text.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("an IP address has no NUL in it");
  }
  if (::inet_pton(AF_INET, text.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
    return address;
  }
  const std::size_t percent = text.find('%');
  const std::string plain = text.substr(0, percent);
  if (::inet_pton(AF_INET6, plain.c_str(), &address.storage_.v6.sin6_addr) == 1) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    address.size_ = sizeof(sockaddr_in6);
    if (percent == std::string::npos) return address;
    address.storage_.v6.sin6_scope_id = zoneOf(text.substr(percent + 1));
    if (address.storage_.v6.sin6_scope_id != 0) return address;
  }
  return absl::InvalidArgumentError("'" + text + "' is not an IP address");
}

absl::StatusOr<Address> Address::unixPath(std::string_view path) {
  Address address;
  auto& name = address.storage_.unix_path.sun_path;
  if (path.empty() || path.size() >= sizeof(name)) {
    return absl::InvalidArgumentError("the path of a Unix socket has 1 to " +
                                      std::to_string(sizeof(name) - 1) + " bytes, this one has " +
                                      std::to_string(path.size()));
  }
  address.storage_.unix_path.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name);
  const bool abstract = path.front() == '\0';
  address.size_ = static_cast<socklen_t>(kPathOffset + path.size() + (abstract ? 0 : 1));
  return address;
}

Address Address::any(int family, std::uint16_t port) {
  Address address;
  if (family == AF_INET6) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_addr = in6addr_any;
    address.storage_.v6.sin6_port = htons(port);
    address.size_ = sizeof(sockaddr_in6);
  } else {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
  }
  return address;
}

std::string Address::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (family()) {
    case AF_INET:
      return ::inet_ntop(AF_INET, &storage_.v4.sin_addr, text.data(), text.size());
    case AF_INET6:
      return ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text.data(), text.size());
    case AF_UNIX: {
      const auto& path = storage_.unix_path.sun_path;
      const std::size_t room = size_ > kPathOffset ? size_ - kPathOffset : 0;
      if (room != 0 && path[0] == '\0') return std::string(path, room);
      return std::string(path, ::strnlen(path, room));
    }
    default:
      return {};
  }
}

std::uint16_t Address::port() const noexcept {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

void Address::setPort(std::uint16_t port) noexcept {
  if (family() == AF_INET) storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.v6.sin6_port = htons(port);
}

std::string Address::toString() const {
  std::string text = host();
  if (family() == AF_UNIX && !text.empty() && text.front() == '\0') text.front() = '@';
  if (family() == AF_INET6) text = "[" + text + "]";
  if (isIp()) text += ":" + std::to_string(port());
  return text;
}

bool operator==(const Address& a, const Address& b) noexcept {
  return a.family() == b.family() && a.port() == b.port() && a.host() == b.host();
}

}  // namespace weft::net
