#include "weft/net/dns/lookup.h"

#include <gtest/gtest.h>

#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"

namespace weft::net::dns {
namespace {

TEST(LookupTest, AnAddressIsItsOwn) {
  EventLoop loop;
  std::string by_callback;
  std::string by_coroutine;
  lookup(loop, "127.0.0.1",
         [&](const absl::StatusOr<Address>& address) { by_callback = address->toString(); });
  loop::spawn(loop, [&]() -> loop::Co<> {
    absl::StatusOr<std::vector<Address>> all = co_await lookupAll("::1", {.family = 6});
    by_coroutine = all->front().host();
    EXPECT_EQ(all->size(), 1u);
  });
  EXPECT_EQ(by_callback, "");
  loop.run();
  EXPECT_EQ(by_callback, "127.0.0.1:0");
  EXPECT_EQ(by_coroutine, "::1");
}

TEST(LookupTest, LocalhostIsHere) {
  const absl::StatusOr<Address> address = sync::lookup("localhost", {.family = 4});
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->host(), "127.0.0.1");
}

TEST(LookupTest, WhatHasNoAddressOfThatFamilyIsNotFound) {
  const absl::StatusOr<Address> address = sync::lookup("127.0.0.1", {.family = 6});
  EXPECT_EQ(address.status().code(), absl::StatusCode::kNotFound) << address.status();
  EXPECT_EQ(std::string(address.status().message()).substr(0, 20), "lookup '127.0.0.1': ");
}

TEST(LookupTest, ItLeavesHalfOfThePoolToOthers) {
  EXPECT_EQ(lookup.options().priority, loop::WorkPriority::kLow);
  EXPECT_EQ(lookupAll.options().priority, loop::WorkPriority::kLow);
  EXPECT_EQ(lookupService.options().priority, loop::WorkPriority::kLow);
}

TEST(LookupTest, AServiceIsToldByNamesOrNumbers) {
  EventLoop loop;
  loop::spawn(loop, [&]() -> loop::Co<> {
    const Address here = Address::ip("127.0.0.1", 61'234).value();
    absl::StatusOr<Service> service = co_await lookupService(here);
    EXPECT_FALSE(service->hostname.empty());
    EXPECT_EQ(service->service, "61234");
    service = co_await lookupService(Address());
    EXPECT_EQ(service.status().code(), absl::StatusCode::kInvalidArgument);
  });
  loop.run();
}

// 254 bytes in labels that are short enough.
std::string tooLong() {
  std::string name;
  while (name.size() < 254) name += "xxxxxxx.";
  name.resize(254, 'x');
  name.back() = 'x';
  return name;
}

TEST(LookupTest, WhatCannotBeAHostIsRefused) {
  for (const std::string& host : {std::string(), std::string("."), std::string("nul\0host", 8),
                                  std::string(64, 'x'), std::string("a..b"), tooLong()}) {
    const absl::Status status = sync::lookup(host).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(status.message(),
              "lookup '" + std::string(host.c_str()) + "': this is not the name of a host");
  }
  EXPECT_EQ(sync::lookup("localhost", {.family = 5}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace weft::net::dns
