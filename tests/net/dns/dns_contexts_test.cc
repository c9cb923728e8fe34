// Every function of dns, in both forms: the callback and what follows the co_await see the contexts
// of the call.

#include <gtest/gtest.h>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/net/dns/lookup.h"
#include "weft/net/dns/resolver.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft::net::dns {
namespace {

class DnsContextsTest : public testing::Test {
 protected:
  // `call(done...)` is made with a callback and without; both times the name does not exist, which
  // is an answer, too.
  template <typename F>
  void check(const char* name, F call) {
    SCOPED_TRACE(name);
    int by_callback = 0;
    int by_coroutine = 0;
    request_.run([&] {
      request_.set("id", 1);
      call([&](const auto&) { by_callback = *request_.get<int>("id"); });
    });
    request_.run([&] {
      request_.set("id", 2);
      loop::spawn(loop_, [&]() -> loop::Co<> {
        (void)co_await call();
        by_coroutine = *request_.get<int>("id");
      });
    });
    loop_.run();
    EXPECT_EQ(by_callback, 1);
    EXPECT_EQ(by_coroutine, 2);
  }

  EventLoop loop_;
  tests::NameServer server_{loop_};
  Resolver resolver_{loop_, {.servers = {server_.address()}}};
  cls::Namespace request_ = cls::createNamespace("request");
};

TEST_F(DnsContextsTest, EveryQueryKeepsTheContextsOfTheCall) {
  const Address address = Address::ip("192.0.2.1", 0).value();
  check("4", [&](auto... done) { return resolver_.resolve4("x.test", done...); });
  check("6", [&](auto... done) { return resolver_.resolve6("x.test", done...); });
  check("cname", [&](auto... done) { return resolver_.resolveCname("x.test", done...); });
  check("ns", [&](auto... done) { return resolver_.resolveNs("x.test", done...); });
  check("ptr", [&](auto... done) { return resolver_.resolvePtr("x.test", done...); });
  check("mx", [&](auto... done) { return resolver_.resolveMx("x.test", done...); });
  check("txt", [&](auto... done) { return resolver_.resolveTxt("x.test", done...); });
  check("srv", [&](auto... done) { return resolver_.resolveSrv("x.test", done...); });
  check("naptr", [&](auto... done) { return resolver_.resolveNaptr("x.test", done...); });
  check("caa", [&](auto... done) { return resolver_.resolveCaa("x.test", done...); });
  check("soa", [&](auto... done) { return resolver_.resolveSoa("x.test", done...); });
  check("reverse", [&](auto... done) { return resolver_.reverse(address, done...); });
}

TEST_F(DnsContextsTest, QueriesAfterOtherServersWereSetKeepThemToo) {
  tests::NameServer other(loop_);
  ASSERT_TRUE(resolver_.setServers({other.address()}).ok());
  check("4", [&](auto... done) { return resolver_.resolve4("x.test", done...); });
}

TEST_F(DnsContextsTest, LookupsKeepTheContextsOfTheCall) {
  int by_callback = 0;
  int by_coroutine = 0;
  request_.run([&] {
    request_.set("id", 1);
    lookup(loop_, "127.0.0.1", [&](const auto&) { by_callback = *request_.get<int>("id"); });
    loop::spawn(loop_, [&]() -> loop::Co<> {
      (void)co_await lookupAll("127.0.0.1");
      (void)co_await lookupService(Address::ip("127.0.0.1", 1).value());
      by_coroutine = *request_.get<int>("id");
    });
  });
  loop_.run();
  EXPECT_EQ(by_callback, 1);
  EXPECT_EQ(by_coroutine, 1);
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
