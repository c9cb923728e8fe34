#include "weft/loop/async_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/loop/spawn.h"

namespace weft::loop {
namespace {

struct Options {
  int times = 2;
};
absl::StatusOr<std::string> repeated(const std::string& text, Options options) {
  if (options.times < 0) return absl::InvalidArgumentError("fewer than none");
  std::string all;
  for (int i = 0; i < options.times; ++i) all += text;
  return all;
}
std::size_t lengthOf(std::unique_ptr<std::string> text) { return text->size(); }
std::thread::id threadOf(int) { return std::this_thread::get_id(); }
void nothing(std::optional<int>) {}

constexpr AsyncFunction<&repeated> repeat;
constexpr AsyncFunction<&lengthOf> length;
constexpr AsyncFunction<&threadOf> thread;
constexpr AsyncFunction<&nothing> idle;

TEST(AsyncFunctionTest, CallsBackWithTheResultLater) {
  EventLoop loop;
  std::vector<std::string> got;
  std::string text = "ab";
  repeat(loop, text, {.times = 3}, [&](absl::StatusOr<std::string> all) { got.push_back(*all); });
  text = "changed meanwhile";
  EXPECT_TRUE(got.empty());
  loop.run();
  EXPECT_EQ(got, std::vector<std::string>{"ababab"});
}

TEST(AsyncFunctionTest, CanBeAwaited) {
  EventLoop loop;
  std::string got;
  spawn(loop, [&]() -> Co<> { got = (co_await repeat("x", {.times = 4})).value(); });
  loop.run();
  EXPECT_EQ(got, "xxxx");
}

TEST(AsyncFunctionTest, OptionsMayBeLeftOut) {
  EventLoop loop;
  std::vector<std::string> got;
  repeat(loop, "a", [&](absl::StatusOr<std::string> all) { got.push_back(*all); });
  spawn(loop, [&]() -> Co<> {
    got.push_back((co_await repeat("b")).value());
    (void)co_await idle();
    (void)co_await idle(5);
  });
  loop.run();
  EXPECT_THAT(got, testing::UnorderedElementsAre("aa", "bb"));  // two threads of the pool
}

TEST(AsyncFunctionTest, ErrorsAreValues) {
  EventLoop loop;
  absl::Status status;
  repeat(loop, "a", {.times = -1},
         [&](const absl::StatusOr<std::string>& all) { status = all.status(); });
  loop.run();
  EXPECT_EQ(status.message(), "fewer than none");
}

TEST(AsyncFunctionTest, ArgumentsMayBeThingsThatOnlyMove) {
  EventLoop loop;
  std::size_t got = 0;
  length(loop, std::make_unique<std::string>("four"),
         [&](absl::StatusOr<std::size_t> size) { got = *size; });
  spawn(loop, [&]() -> Co<> {
    auto text = std::make_unique<std::string>("three");
    got += (co_await length(std::move(text))).value();
  });
  loop.run();
  EXPECT_EQ(got, 9u);
}

TEST(AsyncFunctionTest, RunsOnAnotherThread) {
  EventLoop loop;
  std::thread::id other;
  thread(loop, 1, [&](absl::StatusOr<std::thread::id> id) { other = *id; });
  loop.run();
  EXPECT_NE(other, std::thread::id());
  EXPECT_NE(other, std::this_thread::get_id());
}

TEST(AsyncFunctionTest, ATokenCancelsEitherFormIfItHasNotBegun) {
  EventLoop loop;
  std::stop_source stop;
  std::promise<void> may_go_on;
  std::promise<void> begun;
  useThreadPool(loop, std::make_shared<ThreadPool>(ThreadPoolOptions{.threads = 1}));
  work(
      loop,
      [&] {
        begun.set_value();
        may_go_on.get_future().wait();
      },
      [](absl::Status) {});
  begun.get_future().wait();
  std::vector<absl::StatusCode> seen;
  const auto note = [&](const absl::StatusOr<std::string>& all) {
    seen.push_back(all.status().code());
  };
  repeat.with({.token = stop.get_token()})(loop, "a", {.times = 3}, note);
  repeat.with({.token = stop.get_token()})(loop, "b", note);
  spawn(loop, [&]() -> Co<> {
    note(co_await repeat.with({.token = stop.get_token()})("c"));
    note(co_await repeat.with({.token = std::stop_token()})("d"));
  });
  EXPECT_TRUE(seen.empty());
  stop.request_stop();
  loop.runNoWait();
  EXPECT_EQ(seen, std::vector<absl::StatusCode>(3, absl::StatusCode::kCancelled));
  may_go_on.set_value();
  loop.run();
  EXPECT_EQ(seen.back(), absl::StatusCode::kOk);
}

TEST(AsyncFunctionTest, ItsPriorityIsItsOwnUnlessTheCallSaysOtherwise) {
  constexpr AsyncFunction<&repeated, WorkPriority::kLow> slow;
  EXPECT_EQ(repeat.options().priority, WorkPriority::kNormal);
  EXPECT_EQ(slow.options().priority, WorkPriority::kLow);
  EXPECT_EQ(slow.with({}).options().priority, WorkPriority::kLow);
  EXPECT_EQ(slow.with({.priority = WorkPriority::kHigh}).options().priority, WorkPriority::kHigh);
  EXPECT_FALSE(slow.with({}).options().contexts);
}

TEST(AsyncFunctionTest, ANullCallbackIsRefused) {
  EventLoop loop;
  const std::function<void(absl::StatusOr<std::string>)> null;
  EXPECT_THROW(repeat(loop, "a", null), UsageError);
}

TEST(AsyncFunctionTest, WhatTheFunctionHasNoUseForIsNotAccepted) {
  using Repeat = AsyncFunction<&repeated>;
  EXPECT_TRUE((std::invocable<Repeat, std::string, Options>));
  EXPECT_FALSE((std::invocable<Repeat, EventLoop&, std::string, void (*)(int)>));
  EXPECT_FALSE((std::invocable<Repeat, int>));
  EXPECT_FALSE((std::invocable<AsyncFunction<&threadOf>>));
}

}  // namespace
}  // namespace weft::loop
