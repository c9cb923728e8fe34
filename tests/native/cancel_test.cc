// A coroutine that goes through everything that can be awaited is cancelled at each of its
// suspension points: before it waits there, and by whatever runs next. Each time what it holds dies
// once, in its contexts, nothing of it goes on, and neither a descriptor nor a job is left.

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co.h"
#include "weft/loop/co_group.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/generator.h"
#include "weft/loop/promise.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/native/crypto/crypto.h"
#include "weft/native/fs/fs.h"
#include "weft/native/zlib/one_shot.h"
#include "weft/net/dns/lookup.h"
#include "weft/net/dns/resolver.h"
#include "weft/stream/event_wait.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft::native {
namespace {

using namespace std::chrono_literals;
using loop::Co;

constexpr Event<int> kEvent{"event"};

std::ptrdiff_t openDescriptors() {
  using Files = std::filesystem::directory_iterator;
  return std::distance(Files("/proc/self/fd"), Files());
}

// Somebody else's, which resumes from an immediate, unless it is gone by then.
class Foreign {
 public:
  explicit Foreign(EventLoop& loop) : loop_(loop) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    loop_.setImmediate([handle, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) handle.resume();
    });
  }
  void await_resume() const noexcept {}

 private:
  EventLoop& loop_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
};

// When it is cancelled: right before it waits, or by what runs next.
enum class Way { kAtOnce, kInATick, kInAMicrotask, kInAnImmediate, kInAPost, kByAThread };

class CancelTest : public testing::Test {
 protected:
  CancelTest() {
    loop::useThreadPool(loop_, pool_);
    server_.add("host.test", net::dns::internal::kA, std::string("\xc0\x00\x02\x01", 4));
    for (int i = 0; i < 4; ++i) {
      server_.add("host.test", net::dns::internal::kTxt, tests::wireText(std::string(200, 'x')));
    }
    EXPECT_TRUE(fs::sync::writeFile(path_, "content").ok());
  }
  ~CancelTest() override {
    EXPECT_TRUE(fs::sync::rm(folder_, {.recursive = true}).ok());
    ::close(full_);
  }

  // Counts, and knows in which context it must die.
  class Held {
   public:
    Held(CancelTest* test, int id) : test_(test), id_(id) { ++test_->held_; }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
      --test_->held_;
      test_->expectContext(id_);
    }

   private:
    CancelTest* const test_;
    const int id_;
  };

  void expectContext(int id) const {
    const int* const here = ns_.get<int>("id");
    if (cls::kEnabled) {
      EXPECT_EQ(here == nullptr ? 0 : *here, id) << "at point " << point_;
    }
  }
  // Stands before each co_await; at one of them the cancelling is arranged.
  void point(int id) {
    expectContext(id);
    ++point_;
    if (stop_.stop_requested()) {
      EXPECT_TRUE(way_ == Way::kAtOnce || way_ == Way::kByAThread) << "went on to " << point_;
    }
    if (point_ == cancel_at_) arrange();
  }
  void arrange() {
    const auto cancel = [stop = stop_] { stop.request_stop(); };
    switch (way_) {
      case Way::kAtOnce:
        return cancel();
      case Way::kInATick:
        return loop_.nextTick(cancel);
      case Way::kInAMicrotask:
        return loop_.queueMicrotask(cancel);
      case Way::kInAnImmediate:
        loop_.setImmediate(cancel);
        return;
      case Way::kInAPost:
        EXPECT_TRUE(loop_.post(cancel).ok());
        return;
      case Way::kByAThread:
        std::thread(cancel).detach();
    }
  }

  Co<int> callee() {
    const auto scope = ns_.scope(ns_.createContext());
    if (cls::kEnabled) ns_.set("id", 2);
    const Held held(this, 2);
    point(2);
    co_await loop::nextTick();
    point(2);
    co_await loop::sleep(0ms);
    point(2);
    co_await loop::nextImmediate();
    co_return 1;
  }
  Co<> never() {
    const Held held(this, 1);
    point(1);
    (void)co_await loop::readable(full_);
  }
  loop::AsyncGenerator<int> numbers() {
    const Held held(this, 1);
    co_yield 1;
    point(1);
    co_await loop::nextTick();
    co_yield 2;
  }

  Co<> throughTheLoop() {
    const Held held(this, 1);
    point(1);
    co_await loop::nextTick();
    point(1);
    co_await loop::nextImmediate();
    point(1);
    co_await loop::sleep(1ms);
    point(1);
    (void)co_await loop::writable(full_);
    point(1);
    const Foreign foreign(loop_);
    co_await foreign;
    point(1);
    (void)co_await callee();
    auto each = numbers();
    for (bool more = true; more;) {
      point(1);
      more = static_cast<bool>(co_await each.next());
    }
    loop_.setImmediate([this] { emitter_.emit(kEvent, 1); });
    point(1);
    (void)co_await stream::once(emitter_, kEvent);
    point(1);
  }
  Co<> throughGroups() {
    const Held held(this, 1);
    point(1);
    (void)co_await loop::all(callee(), callee());
    point(1);
    (void)co_await loop::any(callee(), callee());
    point(1);
    (void)co_await loop::race(callee(), callee());
    point(1);
    (void)co_await loop::timeout(callee(), 1h);
    point(1);
    (void)co_await loop::timeout(never(), 1ms);
    loop::Running<int> running = loop::start(loop_, callee());
    point(1);
    (void)co_await running;
  }
  Co<> throughThreads() {
    const Held held(this, 1);
    point(1);
    (void)co_await loop::work([] { std::this_thread::yield(); });
    point(1);
    absl::StatusOr<fs::File> file = co_await fs::open(path_, {.flags = O_RDWR});
    point(1);
    (void)co_await fs::read(*file, 3);
    point(1);
    (void)co_await fs::write(*file, "more");
    point(1);
    (void)co_await fs::close(*file);
    point(1);
    (void)co_await fs::readFile(path_);
    point(1);
    (void)co_await zlib::gzip("bytes");
    point(1);
    (void)co_await crypto::randomBytes(8);
    point(1);
    (void)co_await net::dns::lookup("127.0.0.1");
  }
  Co<> throughNames() {
    const Held held(this, 1);
    net::dns::Resolver resolver(loop_, {.servers = {server_.address()}});
    point(1);
    (void)co_await resolver.resolve4("host.test");
    point(1);
    (void)co_await resolver.resolveTxt("host.test");  // by TCP
    point(1);
    (void)co_await resolver.resolve4("nowhere.test");
  }

  Co<> through(int part) {
    switch (part) {
      case 0:
        co_await throughTheLoop();
        break;
      case 1:
        co_await throughGroups();
        break;
      case 2:
        co_await throughThreads();
        break;
      default:
        co_await throughNames();
    }
    completed_ = true;
  }

  // One run that is cancelled at a point (0: nowhere), and what must hold after it.
  void run(int part, int at, Way way) {
    const std::ptrdiff_t descriptors = openDescriptors();
    point_ = 0;
    cancel_at_ = at;
    way_ = way;
    completed_ = false;
    stop_ = std::stop_source();
    ns_.run([&] {
      ns_.set("id", 1);
      loop::spawn(loop_, through(part), stop_.get_token());
    });
    EXPECT_FALSE(ns_.active());
    loop_.run();
    // What was let run on the pool ends by itself; the name server sees its connections go.
    while (pool_->load().queued + pool_->load().running != 0) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) {
      loop_.setImmediate([] {});
      loop_.runNoWait();
    }
    EXPECT_EQ(held_, 0);
    EXPECT_TRUE(completed_ || stop_.stop_requested());
    EXPECT_FALSE(loop_.alive());
    EXPECT_FALSE(ns_.active());
    EXPECT_EQ(openDescriptors(), descriptors);
    if (way == Way::kAtOnce && at != 0) {
      // Those that it calls begin; it may not come to wait twice.
      EXPECT_LE(point_, at + 2) << "went on";
    }
  }
  // At each point of a part, in each way.
  void cancelEverywhere(int part) {
    run(part, 0, Way::kAtOnce);
    EXPECT_TRUE(completed_);
    const int points = point_;
    EXPECT_GT(points, 2);
    for (int way = 0; way <= static_cast<int>(Way::kByAThread); ++way) {
      for (int at = 1; at <= points && !HasFailure(); ++at) {
        SCOPED_TRACE("way " + std::to_string(way) + ", at point " + std::to_string(at) + " of " +
                     std::to_string(points));
        run(part, at, static_cast<Way>(way));
      }
    }
  }

  const std::string folder_ = fs::sync::mkdtemp(testing::TempDir() + "/weft-cancel-").value();
  const std::string path_ = folder_ + "/file";
  const int full_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);  // never readable
  const std::shared_ptr<ThreadPool> pool_ =
      std::make_shared<ThreadPool>(loop::ThreadPoolOptions{.threads = 2});
  EventLoop loop_;
  tests::NameServer server_{loop_};
  EventEmitter emitter_;
  const cls::Namespace ns_ = cls::createAnonymousNamespace();
  std::stop_source stop_;
  int held_ = 0;
  int point_ = 0;
  int cancel_at_ = 0;
  Way way_ = Way::kAtOnce;
  bool completed_ = false;
};

TEST_F(CancelTest, WhatTheLoopGivesToWaitFor) { cancelEverywhere(0); }

TEST_F(CancelTest, OtherCoroutinesOneOrSeveral) { cancelEverywhere(1); }

TEST_F(CancelTest, JobsFilesCompressionHashesAndLookups) { cancelEverywhere(2); }

TEST_F(CancelTest, QueriesOfNameServers) { cancelEverywhere(3); }

}  // namespace
}  // namespace weft::native
