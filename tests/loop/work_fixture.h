// What tests of work() and the thread pool share: a loop, a pool, and a gate that holds jobs.

#ifndef WEFT_TESTS_LOOP_WORK_FIXTURE_H_
#define WEFT_TESTS_LOOP_WORK_FIXTURE_H_

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/thread_pool.h"
#include "weft/loop/work.h"

namespace weft::loop {

using Names = std::vector<std::string>;

// Holds jobs until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Until so many have come to it.
  void await(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return entered_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int entered_ = 0;
  bool open_ = false;
};

class WorkTest : public testing::Test {
 protected:
  void usePool(ThreadPoolOptions options) {
    pool_ = std::make_shared<ThreadPool>(options);
    useThreadPool(loop_, pool_);
  }
  // One thread, which is held at `gate_`.
  void holdTheOnlyThread(std::size_t max_queued = 1000) {
    usePool({.threads = 1, .max_queued = max_queued});
    work(
        loop_, [this] { gate_.pass(); }, [](absl::Status status) { EXPECT_TRUE(status.ok()); });
    gate_.await(1);
  }

  EventLoop loop_;
  std::shared_ptr<ThreadPool> pool_;
  Gate gate_;
  cls::Namespace ns_ = cls::createAnonymousNamespace();
};

}  // namespace weft::loop

#endif  // WEFT_TESTS_LOOP_WORK_FIXTURE_H_
