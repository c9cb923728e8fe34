#include "weft/net/dns/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft::net::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::NameServer;
using tests::wireName;
using tests::wireText;

template <typename T>
using Answer = absl::StatusOr<std::vector<T>>;

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    server_.addOneOfEach("host.test");
    server_.add("host.test", internal::kA, std::string("\xc0\x00\x02\x02", 4));
    server_.add("alias.test", internal::kCname, wireName("host.test"));
    server_.add("host.test", internal::kNs, wireName("ns2.test"));
    server_.add("host.test", internal::kTxt, wireText("other"));
    server_.add("1.2.0.192.in-addr.arpa", internal::kPtr, wireName("second.test"));
  }

  static Address ip(const char* text) { return Address::ip(text, 0).value(); }
  template <typename F>
  void run(F make) {
    loop::spawn(loop_, std::move(make));
    loop_.run();
  }

  EventLoop loop_;
  NameServer server_{loop_};
  std::optional<Resolver> resolver_{std::in_place, loop_,
                                    ResolverOptions{.servers = {server_.address()}}};
};

TEST_F(ResolverTest, AddressesByBothForms) {
  Answer<Address> by_callback;
  resolver_->resolve4("host.test", [&](Answer<Address> got) { by_callback = std::move(got); });
  run([&]() -> loop::Co<> {
    Answer<Address> four = co_await resolver_->resolve4("HOST.test");
    EXPECT_THAT(*four, ElementsAre(ip("192.0.2.1"), ip("192.0.2.2")));
    Answer<Address> six = co_await resolver_->resolve6("host.test");
    EXPECT_THAT(*six, ElementsAre(ip("2001:db8::1")));
  });
  EXPECT_THAT(*by_callback, ElementsAre(ip("192.0.2.1"), ip("192.0.2.2")));
}

TEST_F(ResolverTest, NamesOfNames) {
  run([&]() -> loop::Co<> {
    Answer<std::string> cname = co_await resolver_->resolveCname("alias.test");
    EXPECT_THAT(*cname, ElementsAre("host.test"));
    Answer<std::string> ns = co_await resolver_->resolveNs("host.test");
    EXPECT_THAT(*ns, ElementsAre("ns1.test", "ns2.test"));
    Answer<std::string> ptr = co_await resolver_->resolvePtr("1.2.0.192.in-addr.arpa");
    EXPECT_THAT(*ptr, ElementsAre("host.test", "second.test"));
    Answer<std::string> four = co_await resolver_->reverse(ip("192.0.2.1"));
    EXPECT_THAT(*four, ElementsAre("host.test", "second.test"));
    Answer<std::string> six = co_await resolver_->reverse(ip("2001:db8::1"));
    EXPECT_THAT(*six, ElementsAre("host.test"));
  });
  EXPECT_THROW(resolver_->reverse(Address()), UsageError);
}

TEST_F(ResolverTest, RecordsOfEachKind) {
  run([&]() -> loop::Co<> {
    Answer<MxRecord> mx = co_await resolver_->resolveMx("host.test");
    EXPECT_EQ(mx->at(0).exchange, "mail.test");
    EXPECT_EQ(mx->at(0).priority, 10);
    Answer<TxtRecord> txt = co_await resolver_->resolveTxt("host.test");
    EXPECT_THAT(*txt, ElementsAre(ElementsAre("v=1 ", "more"), ElementsAre("other")));
    Answer<SrvRecord> srv = co_await resolver_->resolveSrv("host.test");
    EXPECT_EQ(srv->at(0).name, "srv.test");
    EXPECT_EQ(srv->at(0).priority, 1);
    EXPECT_EQ(srv->at(0).weight, 2);
    EXPECT_EQ(srv->at(0).port, 8080);
    Answer<NaptrRecord> naptr = co_await resolver_->resolveNaptr("host.test");
    EXPECT_EQ(naptr->at(0).service, "SIP+D2U");
    EXPECT_EQ(naptr->at(0).replacement, "_sip._udp.test");
    EXPECT_EQ(naptr->at(0).order, 100);
    Answer<CaaRecord> caa = co_await resolver_->resolveCaa("host.test");
    EXPECT_TRUE(caa->at(0).critical);
    EXPECT_EQ(caa->at(0).property, "issue");
    EXPECT_EQ(caa->at(0).value, "ca.test");
    absl::StatusOr<SoaRecord> soa = co_await resolver_->resolveSoa("host.test");
    EXPECT_EQ(soa->nsname, "ns1.test");
    EXPECT_EQ(soa->hostmaster, "admin.test");
    EXPECT_EQ(soa->serial, 7u);
    EXPECT_EQ(soa->minttl, 60u);
  });
}

TEST_F(ResolverTest, WhatIsNotThereIsNotFound) {
  run([&]() -> loop::Co<> {
    Answer<MxRecord> no_name = co_await resolver_->resolveMx("nowhere.test");
    EXPECT_EQ(no_name.status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(no_name.status().message(), "resolveMx 'nowhere.test': Domain name not found");
    Answer<MxRecord> no_record = co_await resolver_->resolveMx("alias.test");
    EXPECT_EQ(no_record.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(no_record.status().message()), HasSubstr("no data"));
  });
}

TEST_F(ResolverTest, ServersThatMisbehaveAreToldApart) {
  Resolver hasty(
      loop_,
      {.timeout = std::chrono::milliseconds(20), .tries = 1, .servers = {server_.address()}});
  run([&]() -> loop::Co<> {
    Answer<Address> silent = co_await hasty.resolve4(NameServer::kSilent);
    EXPECT_EQ(silent.status().code(), absl::StatusCode::kDeadlineExceeded) << silent.status();
    Answer<Address> garbage = co_await hasty.resolve4(NameServer::kGarbage);
    EXPECT_EQ(garbage.status().code(), absl::StatusCode::kDeadlineExceeded) << garbage.status();
    Answer<Address> fails = co_await hasty.resolve4(NameServer::kFails);
    EXPECT_EQ(fails.status().code(), absl::StatusCode::kUnavailable) << fails.status();
    Answer<Address> refused = co_await hasty.resolve4(NameServer::kRefused);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable) << refused.status();
    Answer<Address> broken = co_await hasty.resolve4(NameServer::kBroken);
    EXPECT_FALSE(broken.ok());
  });
}

TEST_F(ResolverTest, ASilentServerIsAskedAsOftenAsTold) {
  Resolver resolver(
      loop_, {.timeout = std::chrono::milliseconds(5), .tries = 3, .servers = {server_.address()}});
  absl::Status status;
  resolver.resolve4(NameServer::kSilent,
                    [&](const Answer<Address>& got) { status = got.status(); });
  loop_.run();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(server_.queries(), 3);
}

TEST_F(ResolverTest, WhatIsNoNameIsRefusedLater) {
  // 256 bytes, in labels that are short enough.
  std::string too_long = "x";
  while (too_long.size() < 256) too_long = "xxxx." + too_long;
  for (const std::string& name :
       {std::string(), std::string(64, 'x') + ".test", std::string("a..b"), std::string(".test"),
        std::string("nul\0.test", 9), too_long}) {
    std::optional<absl::Status> status;
    resolver_->resolve4(name, [&](const Answer<Address>& got) { status = got.status(); });
    EXPECT_FALSE(status) << "called back before it returned";
    loop_.run();
    EXPECT_EQ(status->code(), absl::StatusCode::kInvalidArgument) << *status;
    EXPECT_EQ(status->message(),
              "resolve4 '" + std::string(name.c_str()) + "': Misformatted domain name");
  }
  EXPECT_EQ(server_.queries(), 0);
}

// --- TCP ----------------------------------------------------------------------------------------

TEST_F(ResolverTest, AnAnswerThatFitsNoDatagramComesByTcp) {
  for (int i = 0; i < 60; ++i) {
    server_.add("long.test", internal::kTxt, wireText(std::string(200, 'a') + std::to_string(i)));
  }
  run([&]() -> loop::Co<> {
    Answer<TxtRecord> txt = co_await resolver_->resolveTxt("long.test");
    EXPECT_EQ(txt->size(), 60u);
    EXPECT_EQ(txt->back().at(0), std::string(200, 'a') + "59");
  });
  EXPECT_EQ(server_.queries(), 1);
  EXPECT_EQ(server_.tcpQueries(), 1);
}

TEST_F(ResolverTest, ManyLongAnswersShareAConnection) {
  for (int i = 0; i < 20; ++i) {
    server_.add("long.test", internal::kTxt, wireText(std::string(100, 'a')));
  }
  int answers = 0;
  for (int i = 0; i < 50; ++i) {
    resolver_->resolveTxt("long.test",
                          [&](const Answer<TxtRecord>& txt) { answers += txt->size() == 20; });
    resolver_->resolve4("host.test", [&](const Answer<Address>& got) { answers += got.ok(); });
  }
  loop_.run();
  EXPECT_EQ(answers, 100);
  EXPECT_EQ(server_.tcpQueries(), 50);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(ResolverTest, AServerThatIsSilentOrHangsUpByTcpIsToldSo) {
  Resolver hasty(
      loop_,
      {.timeout = std::chrono::milliseconds(20), .tries = 1, .servers = {server_.address()}});
  run([&]() -> loop::Co<> {
    Answer<Address> silent = co_await hasty.resolve4(NameServer::kTcpSilent);
    EXPECT_EQ(silent.status().code(), absl::StatusCode::kDeadlineExceeded) << silent.status();
    Answer<Address> cut = co_await hasty.resolve4(NameServer::kTcpCut);
    EXPECT_EQ(cut.status().code(), absl::StatusCode::kUnavailable) << cut.status();
    Answer<Address> after = co_await hasty.resolve4("host.test");
    EXPECT_TRUE(after.ok()) << after.status();
  });
  EXPECT_EQ(server_.tcpQueries(), 2);
}

TEST_F(ResolverTest, CancelAnswersWhatWaits) {
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 3; ++i) {
    resolver_->resolve4(NameServer::kSilent,
                        [&](const Answer<Address>& got) { codes.push_back(got.status().code()); });
  }
  loop_.runNoWait();
  resolver_->cancel();
  EXPECT_TRUE(codes.empty());
  loop_.run();
  EXPECT_EQ(codes, std::vector<absl::StatusCode>(3, absl::StatusCode::kCancelled));
  Answer<Address> after;
  resolver_->resolve4("host.test", [&](Answer<Address> got) { after = std::move(got); });
  loop_.run();
  EXPECT_TRUE(after.ok()) << after.status();
}

TEST_F(ResolverTest, OtherServersCanBeSet) {
  NameServer other(loop_);
  other.add("host.test", internal::kA, std::string("\xc6\x33\x64\x01", 4));
  EXPECT_THAT(resolver_->servers(), ElementsAre(server_.address()));
  EXPECT_TRUE(resolver_->setServers({other.address()}).ok());
  Answer<Address> got;
  resolver_->resolve4("host.test", [&](Answer<Address> answer) { got = std::move(answer); });
  const absl::Status meanwhile = resolver_->setServers({server_.address()});
  loop_.run();
  EXPECT_EQ(meanwhile.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(*got, ElementsAre(ip("198.51.100.1")));
  EXPECT_TRUE(resolver_->setServers({"192.0.2.1", "[2001:db8::1]:5353"}).ok());
  EXPECT_THAT(resolver_->servers(), ElementsAre("192.0.2.1:53", "[2001:db8::1]:5353"));
  EXPECT_EQ(resolver_->setServers({"not an address"}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ResolverTest, AServerMayBeReachedByIpv6) {
  NameServer six(loop_, AF_INET6);
  six.add("host.test", internal::kA, std::string("\xc6\x33\x64\x06", 4));
  six.add("host.test", internal::kTxt, wireText(std::string(255, 'a')));
  for (int i = 0; i < 3; ++i) {
    six.add("host.test", internal::kTxt, wireText(std::string(255, 'a')));
  }
  ASSERT_TRUE(resolver_->setServers({six.address()}).ok());
  EXPECT_THAT(resolver_->servers(), ElementsAre(six.address()));
  run([&]() -> loop::Co<> {
    Answer<Address> got = co_await resolver_->resolve4("host.test");
    EXPECT_THAT(*got, ElementsAre(ip("198.51.100.6")));
    Answer<TxtRecord> txt = co_await resolver_->resolveTxt("host.test");
    EXPECT_EQ(txt->size(), 4u);
  });
  EXPECT_EQ(six.tcpQueries(), 1);
}

TEST_F(ResolverTest, WhenOneServerIsNotThereTheNextIsAsked) {
  server_.add("there.test", internal::kA, std::string("\xc0\x00\x02\x09", 4));
  Resolver two(loop_, {.timeout = std::chrono::milliseconds(20),
                       .tries = 1,
                       .servers = {"127.0.0.1:1", server_.address()}});
  run([&]() -> loop::Co<> {
    Answer<Address> got = co_await two.resolve4("there.test");
    EXPECT_TRUE(got.ok()) << got.status();
  });
}

TEST_F(ResolverTest, ServersThatAreNoneAreRefusedAndThoseBeforeStay) {
  for (const std::vector<std::string>& servers :
       std::vector<std::vector<std::string>>{{"not an address"},
                                             {""},
                                             {"192.0.2.1:99999"},
                                             {"192.0.2.1:x"},
                                             {"192.0.2.1", "nowhere"},
                                             {"192.0.2.1,192.0.2.2"},
                                             {"[::1"},
                                             {std::string("192.0.2.1\0x", 11)}}) {
    EXPECT_EQ(resolver_->setServers(servers).code(), absl::StatusCode::kInvalidArgument)
        << servers.back();
    EXPECT_THAT(resolver_->servers(), ElementsAre(server_.address())) << servers.back();
  }
}

TEST_F(ResolverTest, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_THROW(Resolver(loop_, {.tries = 0}), UsageError);
  EXPECT_THROW(Resolver(loop_, {.timeout = std::chrono::milliseconds(0)}), UsageError);
  EXPECT_THROW(Resolver(loop_, {.servers = {"nowhere"}}), UsageError);
  const std::function<void(Answer<Address>)> null;
  EXPECT_THROW(resolver_->resolve4("host.test", null), UsageError);
}

TEST_F(ResolverTest, ItKeepsTheLoopOnlyWhileAQueryWaits) {
  EXPECT_FALSE(loop_.runNoWait());
  resolver_->resolve4(NameServer::kSilent, [](const Answer<Address>&) {});
  EXPECT_TRUE(loop_.runNoWait());
  resolver_->cancel();
  loop_.run();
  EXPECT_FALSE(loop_.alive());
}

}  // namespace
}  // namespace weft::net::dns
