#include "weft/net/address.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::net {
namespace {

TEST(AddressTest, IpAddressesOfBothFamilies) {
  const Address v4 = Address::ip("127.0.0.1", 80).value();
  EXPECT_EQ(v4.family(), AF_INET);
  EXPECT_EQ(v4.host(), "127.0.0.1");
  EXPECT_EQ(v4.port(), 80);
  EXPECT_EQ(v4.toString(), "127.0.0.1:80");
  const Address v6 = Address::ip("0:0::1", 65535).value();
  EXPECT_EQ(v6.family(), AF_INET6);
  EXPECT_EQ(v6.toString(), "[::1]:65535");
  EXPECT_TRUE(v4.isIp() && v6.isIp());
  EXPECT_EQ(Address::ip("fe80::1%1", 1)->toString(), "[fe80::1]:1");
}

TEST(AddressTest, WhatIsNoAddressIsRefusedByName) {
  for (const std::string text : {"", "localhost", "127.0.0.1 ", "1.2.3", "256.0.0.1",
                                 "::1::", "fe80::1%no such zone", "127.0.0.1:80"}) {
    const auto address = Address::ip(text, 1);
    EXPECT_EQ(address.status(), absl::InvalidArgumentError("'" + text + "' is not an IP address"));
  }
  EXPECT_FALSE(Address::ip(std::string("127.0.0.1\0", 10), 1).ok());
}

TEST(AddressTest, UnixPathsInTheFileSystemAndAbstract) {
  const Address file = Address::unixPath("/run/weft").value();
  EXPECT_EQ(file.family(), AF_UNIX);
  EXPECT_EQ(file.host(), "/run/weft");
  EXPECT_EQ(file.toString(), "/run/weft");
  EXPECT_EQ(file.port(), 0);
  const Address abstract = Address::unixPath(std::string_view("\0weft", 5)).value();
  EXPECT_EQ(abstract.host(), std::string("\0weft", 5));
  EXPECT_EQ(abstract.toString(), "@weft");
  EXPECT_FALSE(file == abstract);
}

TEST(AddressTest, AUnixPathHasRoomFor107Bytes) {
  EXPECT_TRUE(Address::unixPath(std::string(107, 'a')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Address::unixPath(std::string(108, 'a')).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Address::unixPath("").status()));
}

TEST(AddressTest, NoAddressIsEmpty) {
  const Address none{};
  EXPECT_FALSE(none.isIp());
  EXPECT_EQ(none.host(), "");
  EXPECT_EQ(none.toString(), "");
  EXPECT_EQ(none.port(), 0);
}

TEST(AddressTest, AnyIsEveryAddressOfTheMachine) {
  EXPECT_EQ(Address::any(AF_INET, 7).toString(), "0.0.0.0:7");
  EXPECT_EQ(Address::any(AF_INET6, 7).toString(), "[::]:7");
  EXPECT_EQ(Address::any(AF_INET, 7), Address::ip("0.0.0.0", 7).value());
}

}  // namespace
}  // namespace weft::net
