// Contexts through a resolver whose sockets all queries share. That each function keeps them is in
// tests/entry_points.

#include <gtest/gtest.h>

#include <vector>

#include "weft/cls/cls.h"
#include "weft/net/dns/resolver.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft::net::dns {
namespace {

class DnsContextsTest : public testing::Test {
 protected:
  EventLoop loop_;
  tests::NameServer server_{loop_};
  Resolver resolver_{loop_, {.servers = {server_.address()}}};
  cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(DnsContextsTest, QueriesAfterOtherServersWereSetKeepThemToo) {
  tests::NameServer other(loop_);
  ASSERT_TRUE(resolver_.setServers({other.address()}).ok());
  std::vector<int> seen;
  request_.run([&] {
    request_.set("id", 1);
    resolver_.resolve4("x.test", [&](const auto&) { seen.push_back(*request_.get<int>("id")); });
  });
  loop_.run();
  EXPECT_EQ(seen, std::vector<int>{1});
}

TEST_F(DnsContextsTest, OneSharedSocketKeepsNobodysContext) {
  int ended = 0;
  request_.run([&] {
    request_.active().onEnd([&] { ++ended; });
    resolver_.resolve4("x.test", [](const auto&) {});
  });
  loop_.run();
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace weft::net::dns
