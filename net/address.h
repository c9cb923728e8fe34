// Address: where a socket is: an IPv4 or IPv6 address with a port, or the path of a Unix socket.
//
//   auto address = net::Address::ip("127.0.0.1", 8080);  // StatusOr: not every text is one
//   address->toString()                                  // "127.0.0.1:8080"
//
// Host names are not addresses; they are looked up first.
//
// Threads: a plain value.

#ifndef WEFT_NET_ADDRESS_H_
#define WEFT_NET_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace weft::net {

class Address {
 public:
  // No address: family() is AF_UNSPEC.
  Address() = default;

  // `host` is dotted IPv4 or IPv6, which may have a zone ("fe80::1%eth0"). InvalidArgument
  // otherwise.
  static absl::StatusOr<Address> ip(std::string_view host, std::uint16_t port);
  // A path in the file system or, if its first byte is NUL, a name in Linux' abstract space.
  // InvalidArgument if it is empty or longer than 107 bytes.
  static absl::StatusOr<Address> unixPath(std::string_view path);
  // All addresses of this machine.
  static Address any(int family, std::uint16_t port);

  int family() const noexcept { return storage_.base.sa_family; }
  bool isIp() const noexcept { return family() == AF_INET || family() == AF_INET6; }
  // The address without its port; a Unix socket's path. Empty if there is none.
  std::string host() const;
  // 0 for Unix sockets.
  std::uint16_t port() const noexcept;
  // Of an IP address; else nothing happens.
  void setPort(std::uint16_t port) noexcept;
  // "127.0.0.1:80", "[::1]:80", "/run/socket", "@abstract".
  std::string toString() const;

  // For the calls of the system. After one has written to data(), setSize() tells how much.
  const sockaddr* data() const noexcept { return &storage_.base; }
  sockaddr* data() noexcept { return &storage_.base; }
  socklen_t size() const noexcept { return size_; }
  void setSize(socklen_t size) noexcept { size_ = size; }
  static constexpr socklen_t kCapacity = sizeof(sockaddr_un);

  friend bool operator==(const Address& a, const Address& b) noexcept;

 private:
  union Storage {
    sockaddr_un unix_path{};  // the largest, so that all is zero
    sockaddr base;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };

  Storage storage_;
  socklen_t size_ = 0;
};

}  // namespace weft::net

#endif  // WEFT_NET_ADDRESS_H_
