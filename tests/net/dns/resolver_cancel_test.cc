// Queries are cancelled after any number of iterations of the loop: before they left, while a
// datagram or a connection is under way, in the middle of an answer, and when it is there already.
// Each is answered once, in its contexts, and nothing is left.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/spawn.h"
#include "weft/net/dns/resolver.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft::net::dns {
namespace {

using tests::NameServer;
using Answer = absl::StatusOr<std::vector<TxtRecord>>;

std::ptrdiff_t openDescriptors() {
  using Files = std::filesystem::directory_iterator;
  return std::distance(Files("/proc/self/fd"), Files());
}

class ResolverCancelTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr const char* kShort = "short.test";
  static constexpr const char* kLong = "long.test";

  ResolverCancelTest() {
    server_.add(kShort, internal::kTxt, tests::wireText("short"));
    for (int i = 0; i < 10; ++i) {
      server_.add(kLong, internal::kTxt, tests::wireText(std::string(200, 'x')));
    }
  }

  // Asks in context 7, runs so many iterations, interrupts, and runs to the end. The answer.
  absl::Status interrupted(int iterations, const std::function<void()>& interrupt) {
    std::vector<absl::Status> answers;
    resolver_.emplace(loop_, ResolverOptions{.timeout = std::chrono::milliseconds(20),
                                             .tries = 2,
                                             .servers = {server_.address()}});
    request_.run([&] {
      request_.set("id", 7);
      resolver_->resolveTxt(GetParam(), [&](const Answer& answer) {
        answers.push_back(answer.status());
        if (cls::kEnabled) {
          EXPECT_EQ(*request_.get<int>("id"), 7);
        }
      });
    });
    for (int i = 0; i < iterations; ++i) loop_.runNoWait();
    interrupt();
    EXPECT_LE(answers.size(), 1u);
    loop_.run();
    EXPECT_EQ(answers.size(), 1u) << "after " << iterations;
    EXPECT_FALSE(loop_.alive());
    return answers.empty() ? absl::InternalError("no answer") : answers.front();
  }
  void settle() {
    resolver_.reset();
    for (int i = 0; i < 5;
         ++i) {  // the server, which keeps no loop alive, sees that nobody is there
      loop_.setImmediate([] {});
      loop_.runNoWait();
    }
  }

  EventLoop loop_;
  NameServer server_{loop_};
  cls::Namespace request_ = cls::createAnonymousNamespace();
  std::optional<Resolver> resolver_;
};

INSTANTIATE_TEST_SUITE_P(Names, ResolverCancelTest,
                         testing::Values("short.test", "long.test", NameServer::kSilent,
                                         NameServer::kTcpSilent, NameServer::kTcpCut),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase_if(name, [](char c) { return c == '.' || c == '-'; });
                           return name;
                         });

TEST_P(ResolverCancelTest, ByCancelAtAnyMoment) {
  const std::ptrdiff_t before = openDescriptors();
  int cancelled = 0;
  for (int iterations = 0; iterations < 12; ++iterations) {
    cancelled += absl::IsCancelled(interrupted(iterations, [this] { resolver_->cancel(); }));
    Answer after;
    resolver_->resolveTxt(kLong, [&](Answer answer) { after = std::move(answer); });
    loop_.run();
    EXPECT_EQ(after->size(), 10u) << "it can be asked again";
    settle();
    EXPECT_EQ(openDescriptors(), before);
  }
  EXPECT_GE(cancelled, 1);
}

TEST_P(ResolverCancelTest, ByTheResolversEndAtAnyMoment) {
  const std::ptrdiff_t before = openDescriptors();
  for (int iterations = 0; iterations < 12; ++iterations) {
    const absl::Status answer = interrupted(iterations, [this] { resolver_.reset(); });
    if (GetParam() == std::string(NameServer::kSilent)) {
      EXPECT_TRUE(absl::IsCancelled(answer)) << answer;
    }
    settle();
    EXPECT_EQ(openDescriptors(), before);
  }
}

TEST_P(ResolverCancelTest, ByTheCoroutinesEndAtAnyMoment) {
  const std::ptrdiff_t before = openDescriptors();
  for (int iterations = 0; iterations < 12; ++iterations) {
    bool went_on = false;
    const absl::Status answer = interrupted(0, [&] {
      const loop::Running<> running = loop::start(loop_, [&]() -> loop::Co<> {
        const std::string name = GetParam();
        (void)co_await resolver_->resolveTxt(name);
        went_on = true;
      });
      for (int i = 0; i < iterations && !running.done(); ++i) loop_.runNoWait();
      went_on = false;
    });
    EXPECT_FALSE(went_on);
    EXPECT_FALSE(absl::IsCancelled(answer)) << "whoever called back is not concerned";
    settle();
    EXPECT_EQ(openDescriptors(), before);
  }
}

TEST_P(ResolverCancelTest, ByTheLoopsEndAtAnyMoment) {
  const std::ptrdiff_t before = openDescriptors();
  for (int iterations = 0; iterations < 12; ++iterations) {
    int answers = 0;
    EventLoop loop;
    NameServer server(loop);
    Resolver resolver(loop, {.servers = {server.address()}});
    resolver.resolveTxt(GetParam(), [&answers](const Answer&) { ++answers; });
    for (int i = 0; i < iterations; ++i) loop.runNoWait();
    EXPECT_LE(answers, 1);
  }
  EXPECT_EQ(openDescriptors(), before);
}

}  // namespace
}  // namespace weft::net::dns
