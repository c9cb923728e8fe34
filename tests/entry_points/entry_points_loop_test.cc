// Every public function that takes a callback, one test each: what is given to it in a context runs
// in that context, wherever it is called from. The script beside this file finds the functions in
// the headers and asks for a test named after each. Here: the loop, coroutines, emitters.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/loop/loop_group.h"
#include "weft/loop/poster.h"
#include "weft/loop/promise.h"
#include "weft/loop/run_async.h"
#include "weft/loop/signal_watcher.h"
#include "weft/loop/spawn.h"
#include "weft/loop/timer.h"
#include "weft/loop/work.h"
#include "weft/stream/event_wait.h"
#include "weft/tests/entry_points/fixture.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using Ids = std::vector<int>;

constexpr Event<> kPing{"ping"};

class EntryPointTest : public tests::EntryPointFixture {
 protected:
  template <typename F>
  void expectKeptByEmitter(F&& add) {
    EventEmitter emitter;
    ns_.bindEmitter(emitter);
    in(7, [&] { add(emitter); });
    in(8, [&] { emitter.emit(kPing); });
    EXPECT_EQ(seen_, Ids{7});
  }

  // Gives a callback to `post` in context 7: another thread sees a snapshot of that.
  template <typename F>
  void expectPosted(F&& post) {
    LoopGroup group({.loops = 1});
    int there = 0;
    in(7, [&] {
      EXPECT_TRUE(post(group, [&] {
                    there = here();
                    group.stop();
                  }).ok());
    });
    group.join();
    EXPECT_EQ(there, 7);
  }
};

// --- loop

TEST_F(EntryPointTest, EventLoop_nextTick) {
  expectKept([&] { loop_.nextTick(note()); });
}

TEST_F(EntryPointTest, EventLoop_queueMicrotask) {
  expectKept([&] { loop_.queueMicrotask(note()); });
}

TEST_F(EntryPointTest, EventLoop_setImmediate) {
  expectKept([&] { loop_.setImmediate(note()); });
}

TEST_F(EntryPointTest, EventLoop_setTimeout) {
  expectKept([&] { loop_.setTimeout(note(), milliseconds(0)); });
}

TEST_F(EntryPointTest, EventLoop_setInterval) {
  TimerHandle interval;
  in(7, [&] {
    interval = loop_.setInterval(
        [&] {
          seen_.push_back(here());
          if (seen_.size() == 3) interval.clear();
        },
        milliseconds(1));
  });
  loop_.run();
  EXPECT_EQ(seen_, (Ids{7, 7, 7}));
}

TEST_F(EntryPointTest, EventLoop_queueClose) {
  expectKept([&] { loop_.queueClose(note()); });
}

TEST_F(EntryPointTest, EventLoop_post) {
  expectKept([&] { ASSERT_TRUE(loop_.post(note()).ok()); });
}

TEST_F(EntryPointTest, Poster_post) {
  // Made for other threads, it captures nothing; a cls::Function brings its own.
  const Poster poster = loop_.poster();
  expectKept([&] { ASSERT_TRUE(poster.post(cls::Function<void()>(note())).ok()); });
  in(7, [&] { ASSERT_TRUE(poster.post(note()).ok()); });
  loop_.run();
  EXPECT_EQ(seen_, (Ids{7, 0}));
}

TEST_F(EntryPointTest, EventLoop_onUncaughtException) {
  // One for the loop: it runs where the exception came from.
  in(8, [&] { loop_.onUncaughtException(noteOf<std::exception_ptr>()); });
  expectKept([&] { loop_.nextTick([] { throw std::runtime_error("thrown"); }); });
}

TEST_F(EntryPointTest, EventLoop_onTickStarvation) {
  // One for the loop: it runs in no context.
  EventLoop loop({.max_ticks_per_turn = 1});
  in(7, [&] {
    loop.onTickStarvation(note());
    loop.nextTick([] {});
    loop.nextTick([] {});
  });
  loop.run();
  ASSERT_FALSE(seen_.empty());
  for (const int id : seen_) EXPECT_EQ(id, 0);
}

TEST_F(EntryPointTest, FdWatcher_FdWatcher) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  std::optional<loop::FdWatcher> watcher;
  expectKept([&] {
    watcher.emplace(loop_, fds[0], loop::FdWatcher::kWritable, [&](unsigned) {
      seen_.push_back(here());
      watcher->setInterest(loop::FdWatcher::kNone);
    });
  });
  watcher.reset();
  close(fds[0]);
  close(fds[1]);
}

TEST_F(EntryPointTest, SignalWatcher_SignalWatcher) {
  std::optional<loop::SignalWatcher> watcher;
  expectKept([&] {
    watcher.emplace(loop_, SIGUSR1, [&](int) {
      seen_.push_back(here());
      watcher->unref();
    });
    watcher->ref();
    loop_.setImmediate([] { std::raise(SIGUSR1); });
  });
}

TEST_F(EntryPointTest, Timer_Timer) {
  std::optional<loop::Timer> timer;
  in(7, [&] { timer.emplace(loop_, note()); });
  in(8, [&] { timer->start(milliseconds(0)); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

// --- promises and coroutines

TEST_F(EntryPointTest, Promise_Promise) {
  in(7, [&] {
    const Promise<int> promise(loop_, [this](loop::Resolver<int>) { seen_.push_back(here()); });
  });
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Promise_then) {
  auto [promise, resolver] = Promise<int>::withResolvers(loop_);
  in(7, [&, kept = promise] { kept.then(noteOf<int>()); });
  in(8, [&, settler = resolver]() mutable { settler.resolve(1); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Promise_catchError) {
  auto [promise, resolver] = Promise<void>::withResolvers(loop_);
  in(7, [&, kept = promise] { kept.catchError(noteOf<std::exception_ptr>()); });
  in(8, [&, settler = resolver]() mutable { settler.reject(std::runtime_error("no")); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Promise_finally) {
  auto [promise, resolver] = Promise<void>::withResolvers(loop_);
  in(7, [&, kept = promise] { kept.finally(note()); });
  in(8, [&, settler = resolver]() mutable { settler.resolve(); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Resolver_resolveBy) {
  auto [promise, resolver] = Promise<void>::withResolvers(loop_);
  in(7, [&, settler = resolver]() mutable {
    settler.resolveBy([this]() -> Co<void> {
      co_await Promise<void>::resolved(loop_);
      seen_.push_back(here());
    });
  });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, loop_promiseOf) {
  expectKept([&] {
    loop::promiseOf(loop_, [this]() -> Co<void> {
      co_await Promise<void>::resolved(loop_);
      seen_.push_back(here());
    });
  });
}

TEST_F(EntryPointTest, loop_work) {
  expectKept([this] {
    loop::work(
        loop_, [] {}, noteOf<absl::Status>());
  });
}

TEST_F(EntryPointTest, loop_runAsync) {
  const cls::Namespace other = cls::createAnonymousNamespace();
  expectKept([&] {
    loop::runAsync(loop_, other, [this]() -> Co<void> {
      co_await Promise<void>::resolved(loop_);
      seen_.push_back(here());
    });
  });
}

TEST_F(EntryPointTest, stream_onAsync) {
  constexpr Event<std::exception_ptr> kFailed{"error"};
  expectKeptByEmitter([&](EventEmitter& emitter) {
    stream::onAsync(
        loop_, emitter, kPing,
        [this]() -> Co<void> {
          seen_.push_back(here());
          co_return;
        },
        kFailed);
  });
}

TEST_F(EntryPointTest, LoopGroup_post) {
  expectPosted([](LoopGroup& group, auto fn) { return group.post(fn); });
}
TEST_F(EntryPointTest, LoopGroup_postTo) {
  expectPosted([](LoopGroup& group, auto fn) { return group.postTo(0, fn); });
}
TEST_F(EntryPointTest, LoopGroup_postByKey) {
  expectPosted([](LoopGroup& group, auto fn) { return group.postByKey(17, fn); });
}

TEST_F(EntryPointTest, loop_spawn) {
  expectKept([&] {
    loop::spawn(loop_, [this]() -> Co<void> {
      co_await Promise<void>::resolved(loop_);
      seen_.push_back(here());
    });
  });
}

TEST_F(EntryPointTest, loop_start) {
  loop::Running<void> running;
  expectKept([&] {
    running = loop::start(loop_, [this]() -> Co<void> {
      co_await Promise<void>::resolved(loop_);
      seen_.push_back(here());
    });
  });
}

// --- emitters

TEST_F(EntryPointTest, EventEmitter_on) {
  expectKeptByEmitter([&](EventEmitter& emitter) { emitter.on(kPing, note()); });
}

TEST_F(EntryPointTest, EventEmitter_addListener) {
  expectKeptByEmitter([&](EventEmitter& emitter) { emitter.addListener(kPing, note()); });
}

TEST_F(EntryPointTest, EventEmitter_once) {
  expectKeptByEmitter([&](EventEmitter& emitter) { emitter.once(kPing, note()); });
}

TEST_F(EntryPointTest, EventEmitter_prependListener) {
  expectKeptByEmitter([&](EventEmitter& emitter) { emitter.prependListener("ping", note()); });
}

TEST_F(EntryPointTest, EventEmitter_prependOnceListener) {
  expectKeptByEmitter([&](EventEmitter& emitter) { emitter.prependOnceListener(kPing, note()); });
}

}  // namespace
}  // namespace weft
