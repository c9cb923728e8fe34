#include "weft/inspect/metrics.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/emitter/max_listeners.h"
#include "weft/loop/work.h"
#include "weft/tests/inspect/promtool.h"

namespace weft::inspect {
namespace {

using std::chrono::milliseconds;

class MetricsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!loop::kInstrumented) GTEST_SKIP() << "this build cannot be observed";
  }
  // A second of sleep, then 30 ms of work with three ticks, then 10 ms of an immediate.
  void work() {
    loop_.setTimeout(
        [this] {
          clock_.advance(milliseconds(30));
          for (int i = 0; i < 3; ++i) loop_.nextTick([] {});
          loop_.setImmediate([this] { clock_.advance(milliseconds(10)); });
        },
        std::chrono::seconds(1));
    loop_.run();
  }
  ManualClock clock_;
  EventLoop loop_{{.clock = &clock_}};
};

TEST_F(MetricsTest, TimeAndCallbacksAreCounted) {
  Metrics metrics(loop_);
  work();
  const Metrics::Reading now = metrics.read();
  EXPECT_EQ(now.iterations, 2u);
  EXPECT_DOUBLE_EQ(now.idle, 1.0);
  EXPECT_DOUBLE_EQ(now.busy, 0.04);
  EXPECT_NEAR(now.utilization(), 0.04 / 1.04, 1e-9);
  EXPECT_DOUBLE_EQ(now.phases[static_cast<int>(loop::Phase::kTimers)], 0.03);
  EXPECT_DOUBLE_EQ(now.phases[static_cast<int>(loop::Phase::kImmediates)], 0.01);
  EXPECT_EQ(now.callbacks[static_cast<int>(loop::AsyncKind::kTick)], 3u);
  EXPECT_EQ(now.callbacks[static_cast<int>(loop::AsyncKind::kTimeout)], 1u);
  EXPECT_EQ(now.callbacks[static_cast<int>(loop::AsyncKind::kImmediate)], 1u);
  EXPECT_DOUBLE_EQ(now.longest_lag, 0.04);
}

TEST_F(MetricsTest, EachIterationIsOneObservationOfLag) {
  Metrics metrics(loop_);
  work();
  const Metrics::Reading now = metrics.read();
  EXPECT_EQ(now.lag[0], 1u) << "the iteration that only slept";
  EXPECT_EQ(now.lag[6], 1u) << "40 ms are above 10 and not above 50";
}

TEST_F(MetricsTest, WhatWaitsIsCountedAtTheEndOfAnIteration) {
  Metrics metrics(loop_);
  loop_.setTimeout([] {}, std::chrono::hours(1));
  loop_.setTimeout([] {}, std::chrono::hours(2));
  const cls::Namespace ns = cls::createNamespace("request");
  ns.run([this] { loop_.setTimeout([] {}, std::chrono::hours(3)); });
  loop_.runNoWait();
  EXPECT_EQ(metrics.read().timers, 3u);
  EXPECT_EQ(metrics.read().contexts, cls::kEnabled ? 1u : 0u);
}

TEST_F(MetricsTest, NothingIsCountedWhenTheyAreGone) {
  { const Metrics metrics(loop_); }
  work();
  const Metrics metrics(loop_);
  EXPECT_EQ(metrics.read().iterations, 0u);
}

TEST_F(MetricsTest, AnyThreadMayReadWhileTheLoopRuns) {
  Metrics metrics(loop_);
  std::atomic<bool> done{false};
  std::uint64_t last = 0;
  std::thread reader([&] {
    while (!done) {
      const std::uint64_t now = metrics.read().iterations;
      EXPECT_GE(now, last);
      last = now;
    }
  });
  int rounds = 0;
  loop::TimerHandle interval =
      loop_.setInterval([&] { ++rounds == 1000 && interval.clear(); }, milliseconds(1));
  loop_.run();
  done = true;
  reader.join();
  EXPECT_GE(metrics.read().iterations, 1000u);
}

TEST_F(MetricsTest, APoolIsToldOfByItsName) {
  Metrics metrics(loop_);
  EXPECT_EQ(metrics.prometheus().find("weft_pool"), std::string::npos);
  metrics.addPool("files", std::make_shared<loop::ThreadPool>());
  EXPECT_NE(metrics.prometheus().find("weft_pool_queued_jobs{loop=\"main\",pool=\"files\"} 0\n"),
            std::string::npos);
}

TEST_F(MetricsTest, TheTimesOfAPoolsJobsAreCounted) {
  EventLoop loop;  // of real time, as the pool's
  Metrics metrics(loop);
  const auto pool = std::make_shared<loop::ThreadPool>();
  loop::useThreadPool(loop, pool);
  metrics.addPool("files", pool);
  int done = 0;
  for (int i = 0; i < 10; ++i) {
    loop::work(
        loop,
        [] {
          const auto until = std::chrono::steady_clock::now() + milliseconds(1);
          while (std::chrono::steady_clock::now() < until) continue;
        },
        [&done](const absl::Status&) { ++done; });
  }
  loop.run();
  EXPECT_EQ(done, 10);
  while (pool->load().running != 0) std::this_thread::yield();  // it counts after it has delivered
  const loop::ThreadPool::Load load = metrics.readPools().at(0).load;
  EXPECT_EQ(load.measured, 10u);
  EXPECT_GE(load.ran, milliseconds(10));
  EXPECT_GT(load.waited, loop::Duration::zero());
  EXPECT_NE(metrics.prometheus().find("weft_pool_jobs_total{loop=\"main\",pool=\"files\"} 10\n"),
            std::string::npos);
}

TEST_F(MetricsTest, CallbacksAreMeasuredWhileHistogramsAreOn) {
  Metrics metrics(loop_);
  work();
  EXPECT_EQ(metrics.prometheus().find("weft_loop_callback_seconds"), std::string::npos);
  metrics.setHistograms(true);
  work();
  metrics.setHistograms(false);
  work();
  const std::string text = metrics.prometheus();
  const auto has = [&text](const std::string& sample) {
    return text.find("weft_loop_callback_seconds" + sample + "\n") != std::string::npos;
  };
  EXPECT_TRUE(has("_count{loop=\"main\",kind=\"tick\"} 3")) << text;
  EXPECT_TRUE(has("_bucket{loop=\"main\",kind=\"timeout\",le=\"0.01\"} 0")) << text;
  EXPECT_TRUE(has("_bucket{loop=\"main\",kind=\"timeout\",le=\"0.05\"} 1")) << text;
  EXPECT_TRUE(has("_sum{loop=\"main\",kind=\"timeout\"} 0.03")) << text;
  EXPECT_EQ(metrics.read().iterations, 6u) << "the counters count on";
}

TEST_F(MetricsTest, WarningsOfEmittersAreCounted) {
  Metrics metrics(loop_);
  const std::uint64_t before = emitter::listenerWarnings();
  auto restore = emitter::onTooManyListeners([](const emitter::TooManyListeners&) {});
  EventEmitter leaky;
  for (int i = 0; i < 12; ++i) leaky.on("data", [] {});
  emitter::onTooManyListeners(std::move(restore));
  EXPECT_EQ(emitter::listenerWarnings(), before + 1);
  EXPECT_NE(metrics.prometheus().find("weft_emitter_listener_warnings_total{loop=\"main\"} " +
                                      std::to_string(before + 1) + "\n"),
            std::string::npos);
}

TEST_F(MetricsTest, PromtoolHasNothingToSayAgainstTheText) {
  if (!tests::wantsPromtool()) GTEST_SKIP() << "no promtool here";
  Metrics metrics(loop_, "main");
  metrics.addPool("files", std::make_shared<loop::ThreadPool>());
  metrics.setHistograms(true);
  work();
  EXPECT_EQ(tests::checkMetrics(metrics.prometheus()), "");
}

TEST_F(MetricsTest, PrometheusReadsTheOpenMetrics) {
  if (!tests::wantsPromtool()) GTEST_SKIP() << "no promtool here";
  Metrics metrics(loop_, "main");
  metrics.addPool("files", std::make_shared<loop::ThreadPool>());
  metrics.setHistograms(true);
  work();
  EXPECT_EQ(tests::readOpenMetrics(metrics.openMetrics()), "");
}

}  // namespace
}  // namespace weft::inspect
