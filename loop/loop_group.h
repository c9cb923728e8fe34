// LoopGroup: several loops, each on a thread of its own, made and ended together.
//
//   loop::LoopGroup group({.loops = 4}, [](weft::EventLoop& loop, std::size_t) {
//     auto server = net::createServer(loop, handle);       // each loop its own, on one port
//     server->listen({.port = 8080, .reuse_port = true});
//     return server;                                       // kept until that loop ends
//   });
//   group.postByKey(user_id, [] { ... });                  // always on the same loop
//   group.stop();                                          // from any thread
//   group.join();
//
// Nothing is shared: each loop has its own objects and contexts. What is posted sees a Snapshot of
// the contexts of whoever posts (see weft/cls/snapshot.h). Blocking work goes to one thread pool
// that all have.
//
// What a callback throws and no handler of its loop takes stops the group; join() throws it.
//
// Threads: any, except that only one calls join(), and none of the group's.

#ifndef WEFT_LOOP_LOOP_GROUP_H_
#define WEFT_LOOP_LOOP_GROUP_H_

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "weft/cls/callable.h"
#include "weft/cls/snapshot.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/poster.h"
#include "weft/loop/thread_pool.h"

namespace weft::loop {

struct LoopGroupOptions {
  std::size_t loops = 0;  // 0: one per core
  LoopOptions loop = {};  // of each
  // Null: one of its own.
  std::shared_ptr<ThreadPool> pool = nullptr;
};

class LoopGroup {
 public:
  using Options = LoopGroupOptions;
  // Is called on the thread of each loop, before it runs, with the loop's index. What it returns is
  // destroyed there, before the loop is.
  using Setup = std::function<std::shared_ptr<void>(EventLoop&, std::size_t)>;

  // Returns when all loops are there and set up; what a setup throws is thrown here, after all have
  // ended again.
  explicit LoopGroup(const Options& options = {}, Setup setup = nullptr);
  // stop(), and waits; what join() would throw is lost.
  ~LoopGroup();
  LoopGroup(const LoopGroup&) = delete;
  LoopGroup& operator=(const LoopGroup&) = delete;

  std::size_t size() const noexcept { return posters_.size(); }

  // Runs `fn` on the loop with this index (less than size(), else UsageError). FailedPrecondition
  // if the loop has ended, ResourceExhausted if its queue of posts is full; `fn` is then destroyed
  // here, otherwise there.
  template <typename F>
  absl::Status postTo(std::size_t index, F fn) {
    if (index >= size()) refuseIndex();
    cls::refuseNullCallable(fn, "post()");
    if (!cls::frameActive()) return posters_[index].post(std::move(fn));
    return posters_[index].post(
        [fn = std::move(fn), contexts = cls::Snapshot::capture()]() mutable { contexts.run(fn); });
  }
  // On the next loop, in turn.
  template <typename F>
  absl::Status post(F fn) {
    return postTo(next_.fetch_add(1, std::memory_order_relaxed) % size(), std::move(fn));
  }
  // On the loop of the key, of a type that std::hash knows: the same one each time.
  template <typename K, typename F>
  absl::Status postByKey(const K& key, F fn) {
    return postTo(indexOf(key), std::move(fn));
  }
  template <typename K>
  std::size_t indexOf(const K& key) const {
    return mix(std::hash<K>()(key)) % size();
  }

  // Every loop ends after its running callback; what waits there is dropped. More calls do nothing.
  void stop() noexcept;
  // Waits until every loop has ended, and throws the first exception that escaped one.
  void join();

 private:
  struct Start;
  [[noreturn]] static void refuseIndex();
  static std::size_t mix(std::size_t hash) noexcept;
  void runLoop(const Options& options, const Setup& setup, std::size_t index, Start& start);
  void fail() noexcept;
  void joinThreads() noexcept;

  std::vector<Poster> posters_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr error_;  // the first; guarded by mutex_
};

}  // namespace weft::loop

namespace weft {
using loop::LoopGroup;
}  // namespace weft

#endif  // WEFT_LOOP_LOOP_GROUP_H_
