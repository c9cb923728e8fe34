#include "weft/loop/work.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "weft/loop/co.h"
#include "weft/loop/spawn.h"
#include "weft/tests/loop/message_of.h"
#include "weft/tests/loop/work_fixture.h"

namespace weft::loop {
namespace {

TEST_F(WorkTest, TheFunctionRunsOnAnotherThreadAndTheCallbackAtHome) {
  std::thread::id worker;
  std::optional<int> result;
  work(
      loop_,
      [&worker] {
        worker = std::this_thread::get_id();
        return 7;
      },
      [&, home = std::this_thread::get_id()](absl::StatusOr<int> n) {
        EXPECT_EQ(std::this_thread::get_id(), home);
        result = *n;
      });
  EXPECT_FALSE(result);
  loop_.run();
  EXPECT_EQ(result, 7);
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST_F(WorkTest, AStatusOfTheFunctionIsTheResultItself) {
  Names seen;
  const auto note = [&seen](const absl::Status& status) { seen.emplace_back(status.message()); };
  work(
      loop_, [] { return absl::NotFoundError("no"); }, [&](absl::Status s) { note(s); });
  work(
      loop_, []() -> absl::StatusOr<int> { return absl::DataLossError("bad"); },
      [&](absl::StatusOr<int> s) { note(s.status()); });
  work(
      loop_, [] {}, [&](absl::Status s) { note(s); });
  loop_.run();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"no", "bad", ""}));
}

TEST_F(WorkTest, WhatOnlyMovesMayBeUsedAndGiven) {
  std::unique_ptr<int> got;
  work(
      loop_, [n = std::make_unique<int>(4)]() mutable { return std::move(n); },
      [&got, kept = std::make_unique<int>(1)](absl::StatusOr<std::unique_ptr<int>> n) {
        got = std::move(n).value();
      });
  loop_.run();
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(*got, 4);
}

TEST_F(WorkTest, ACoroutineAwaitsTheResult) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    const absl::StatusOr<std::string> text = co_await work([] { return std::string("text"); });
    const absl::StatusOr<int> n = co_await work([&text] { return static_cast<int>(text->size()); });
    seen = *text + std::to_string(*n);
  });
  EXPECT_EQ(seen, "");
  loop_.run();
  EXPECT_EQ(seen, "text4");
}

TEST_F(WorkTest, AnAwaitedFunctionIsGivenItsArgumentsByValue) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    const std::string text = "long enough to be allocated, for sanitizers";
    const auto named = [text] { return text.size(); };
    const absl::StatusOr<std::size_t> size = co_await work({.contexts = false}, named);
    const absl::StatusOr<std::string> both = co_await work(
        [](const std::string& a, std::unique_ptr<int> b) { return a + std::to_string(*b); }, text,
        std::make_unique<int>(static_cast<int>(*size)));
    seen = *both;
  });
  loop_.run();
  EXPECT_EQ(seen, "long enough to be allocated, for sanitizers43");
}

TEST_F(WorkTest, AThrowReachesTheAwaiter) {
  std::string seen;
  spawn(loop_, [&seen]() -> Co<> {
    try {
      (void)co_await work([]() -> int { throw std::runtime_error("broken"); });
    } catch (const std::runtime_error& error) {
      seen = error.what();
    }
  });
  loop_.run();
  EXPECT_EQ(seen, "broken");
}

TEST_F(WorkTest, ThrowsOfFunctionAndCallbackReachTheUncaughtHandlerInTheCallersContexts) {
  Names seen;
  loop_.onUncaughtException([&](std::exception_ptr error) {
    seen.emplace_back(tests::messageOf(error));
    if (cls::kEnabled) {
      EXPECT_EQ(*ns_.get<int>("n"), 1);
    }
  });
  ns_.run([&] {
    ns_.set("n", 1);
    work(
        loop_, []() -> int { throw std::runtime_error("job"); },
        [](absl::StatusOr<int>) { ADD_FAILURE() << "a callback after a throw"; });
    work(
        loop_, [] {}, [](absl::Status) { throw std::runtime_error("callback"); });
  });
  loop_.run();
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"job", "callback"}));
  EXPECT_FALSE(ns_.active());
}

TEST_F(WorkTest, ANullFunctionOrCallbackIsRefused) {
  EXPECT_THROW(work(loop_, std::function<int()>(), [](absl::StatusOr<int>) {}), UsageError);
  EXPECT_THROW(work(
                   loop_, [] {}, std::function<void(absl::Status)>()),
               UsageError);
  EXPECT_FALSE(loop_.alive());
}

TEST_F(WorkTest, AnotherThreadIsRefused) {
  std::thread([this] {
    EXPECT_THROW(work(
                     loop_, [] {}, [](absl::Status) {}),
                 UsageError);
  }).join();
}

// --- cancelling ---------------------------------------------------------------------------------

TEST_F(WorkTest, AStopRequestCancelsWhatHasNotBegun) {
  holdTheOnlyThread();
  std::stop_source stop;
  Names seen;
  work(
      loop_, [&] { seen.emplace_back("ran"); },
      [&](absl::Status status) { seen.emplace_back(status.message()); },
      {.token = stop.get_token()});
  std::thread([&] { stop.request_stop(); }).join();
  EXPECT_EQ(pool_->load().queued, 0u);
  loop_.runNoWait();
  EXPECT_EQ(seen, (Names{"a stop was requested"}));
  work(
      loop_, [&] { seen.emplace_back("ran"); },
      [&](absl::Status status) { EXPECT_EQ(status.code(), absl::StatusCode::kCancelled); },
      {.token = stop.get_token()});
  loop_.runNoWait();
  EXPECT_EQ(seen.size(), 1u);
  gate_.open();
  loop_.run();
}

TEST_F(WorkTest, AStopRequestLeavesWhatRuns) {
  usePool({.threads = 1});
  std::stop_source stop;
  std::optional<bool> ok;
  work(
      loop_, [this] { gate_.pass(); }, [&](absl::Status status) { ok = status.ok(); },
      {.token = stop.get_token()});
  gate_.await(1);
  stop.request_stop();
  gate_.open();
  loop_.run();
  EXPECT_EQ(ok, true);
}

TEST_F(WorkTest, ADroppedCoroutineTakesItsJobBack) {
  holdTheOnlyThread();
  bool ran = false;
  {
    const Running<> waiting = start(loop_, [&]() -> Co<> {
      (void)co_await work([&] { ran = true; });
      ADD_FAILURE() << "went on";
    });
    EXPECT_EQ(pool_->load().queued, 1u);
  }
  EXPECT_EQ(pool_->load().queued, 0u);
  gate_.open();
  loop_.run();
  EXPECT_FALSE(ran);
}

TEST_F(WorkTest, ADroppedCoroutineLeavesAJobThatRunsAndDoesNotHoldTheLoop) {
  usePool({.threads = 1});
  {
    const Running<> waiting = start(loop_, [&]() -> Co<> {
      (void)co_await work([this](std::unique_ptr<int>) { gate_.pass(); }, std::make_unique<int>(1));
      ADD_FAILURE() << "went on";
    });
    gate_.await(1);
    EXPECT_TRUE(loop_.alive());
  }
  EXPECT_FALSE(loop_.alive());
  loop_.run();
  gate_.open();
  while (pool_->load().running != 0) std::this_thread::yield();
  loop_.runNoWait();
}

}  // namespace
}  // namespace weft::loop
