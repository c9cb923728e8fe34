#include "weft/loop/loop_group.h"

#include <algorithm>
#include <condition_variable>
#include <optional>

#include "weft/cls/errors.h"
#include "weft/loop/work.h"

namespace weft::loop {

// Of a group that is being made: its threads wait for one another, so that nobody runs before all
// are set up.
struct LoopGroup::Start {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Poster>> posters;
  std::size_t ready = 0;
  std::optional<bool> verdict;  // whether they are to run
};

LoopGroup::LoopGroup(const Options& options, Setup setup) {
  const std::size_t count =
      options.loops != 0 ? options.loops : std::max(1u, std::thread::hardware_concurrency());
  Options all = options;
  if (all.pool == nullptr) all.pool = std::make_shared<ThreadPool>();
  const auto start = std::make_shared<Start>();
  start->posters.resize(count);
  try {
    while (threads_.size() < count) {
      threads_.emplace_back([this, all, setup, index = threads_.size(), start] {
        runLoop(all, setup, index, *start);
      });
    }
  } catch (...) {
    fail();
  }
  {
    std::unique_lock lock(start->mutex);
    start->changed.wait(lock, [&] { return start->ready == threads_.size(); });
    const std::lock_guard guard(mutex_);
    if (!error_) {
      for (std::optional<Poster>& poster : start->posters) posters_.push_back(std::move(*poster));
    }
    start->verdict = error_ == nullptr;
    start->changed.notify_all();
  }
  if (posters_.empty()) join();
}

LoopGroup::~LoopGroup() {
  stop();
  joinThreads();
}

void LoopGroup::runLoop(const Options& options, const Setup& setup, std::size_t index,
                        Start& start) {
  EventLoop loop(options.loop);
  std::shared_ptr<void> kept;
  try {
    useThreadPool(loop, options.pool);
    if (setup != nullptr) kept = setup(loop, index);
  } catch (...) {
    fail();
  }
  {
    std::unique_lock lock(start.mutex);
    start.posters[index].emplace(loop.poster());
    ++start.ready;
    start.changed.notify_all();
    start.changed.wait(lock, [&start] { return start.verdict.has_value(); });
    if (!*start.verdict) return;
  }
  loop.hold();
  try {
    loop.run();
  } catch (...) {
    fail();
    stop();
  }
  loop.release();
}

void LoopGroup::fail() noexcept {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::current_exception();
}

void LoopGroup::stop() noexcept {
  for (const Poster& poster : posters_) poster.stop();
}

void LoopGroup::joinThreads() noexcept {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void LoopGroup::join() {
  joinThreads();
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void LoopGroup::refuseIndex() {
  throw UsageError("a LoopGroup has no loop of that index: ask size()");
}

// Hashes of numbers are the numbers, and often go in steps (splitmix64).
std::size_t LoopGroup::mix(std::size_t hash) noexcept {
  std::uint64_t x = hash + 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::size_t>(x ^ (x >> 31));
}

}  // namespace weft::loop
