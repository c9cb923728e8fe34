// Every public function that takes a callback, one test each: what is given to it in a context runs
// in that context, wherever it is called from. The script beside this file finds the functions in
// the headers and asks for a test named after each.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/loop/poster.h"
#include "weft/loop/promise.h"
#include "weft/loop/signal_watcher.h"
#include "weft/loop/spawn.h"
#include "weft/loop/timer.h"
#include "weft/net/http_agent.h"
#include "weft/net/http_server.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using Ids = std::vector<int>;

constexpr Event<> kPing{"ping"};

class EntryPointTest : public testing::Test {
 protected:
  ~EntryPointTest() override { cls::destroyNamespace("entry"); }

  // The id of the context that is active, or 0.
  int here() const {
    const int* id = ns_.get<int>("id");
    return id != nullptr ? *id : 0;
  }
  template <typename F>
  void in(int id, F&& fn) {
    ns_.run(
        [&] {
          ns_.set("id", id);
          fn();
        },
        {.root = true});
  }
  // A callback that notes where it runs.
  auto note() {
    return [this] { seen_.push_back(here()); };
  }
  template <typename... Args>
  auto noteOf() {
    return [this](Args...) { seen_.push_back(here()); };
  }

  // Gives note() to `schedule` in context 7 and runs the loop: it was called once, and there.
  template <typename F>
  void expectKept(F&& schedule) {
    in(7, schedule);
    loop_.run();
    EXPECT_EQ(seen_, Ids{7});
  }

  template <typename F>
  void expectKeptByEmitter(F&& add) {
    EventEmitter emitter;
    ns_.bindEmitter(emitter);
    in(7, [&] { add(emitter); });
    in(8, [&] { emitter.emit(kPing); });
    EXPECT_EQ(seen_, Ids{7});
  }

  // A server whose connections say nothing, in no context.
  net::ServerPtr listen() {
    net::ServerPtr server = net::createServer(loop_, [](const net::SocketPtr& socket) {
      socket->once(stream::kEnd, [socket] { socket->end(); });
      socket->resume();
    });
    server->listen({.host = "127.0.0.1"});
    loop_.runNoWait();
    return server;
  }
  net::HttpServerPtr listenHttp() {
    net::HttpServerPtr server = http::createServer(
        loop_, [](const net::RequestPtr&, const net::ResponsePtr& response) { response->end(); });
    server->listen({.host = "127.0.0.1"});
    loop_.runNoWait();
    return server;
  }
  // A request that notes where its response is told, and closes the server.
  template <typename F>
  void expectResponseKept(F&& ask) {
    net::HttpServerPtr server = listenHttp();
    in(7, [&] {
      net::ClientRequestPtr request = ask("127.0.0.1", server->address().port(),
                                          [&, server](const net::ClientResponsePtr& response) {
                                            seen_.push_back(here());
                                            response->resume();
                                            server->close();
                                          });
      request->end();
    });
    loop_.run();
    EXPECT_EQ(seen_, Ids{7});
  }

  cls::Namespace ns_ = cls::createNamespace("entry");
  EventLoop loop_;
  Ids seen_;
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

// --- sockets and servers

TEST_F(EntryPointTest, net_connect) {
  net::ServerPtr server = listen();
  net::SocketPtr socket;
  expectKept([&] {
    socket = net::connect(loop_, {.port = server->address().port()}, [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

TEST_F(EntryPointTest, net_createServer) {
  net::ServerPtr server;
  in(7, [&] {
    server = net::createServer(loop_, [&](const net::SocketPtr& socket) {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
  in(8, [&] { server->listen({.host = "127.0.0.1"}); });
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  socket->on(stream::kError, [](const absl::Status&) {});
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Server_listen) {
  net::ServerPtr server = net::createServer(loop_);
  in(7, [&] {
    server->listen({.host = "127.0.0.1"}, [&] {
      seen_.push_back(here());
      server->close();
    });
  });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, Server_close) {
  net::ServerPtr server = listen();
  expectKept([&] { server->close(note()); });
}

TEST_F(EntryPointTest, Socket_setTimeout) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->setTimeout(milliseconds(1), [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

TEST_F(EntryPointTest, Writable_write) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->write("bytes", [&] {
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
}

TEST_F(EntryPointTest, Writable_end) {
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  socket->resume();
  expectKept([&] {
    socket->end("bytes", [&](const absl::Status&) {
      seen_.push_back(here());
      server->close();
    });
  });
}

// --- HTTP

TEST_F(EntryPointTest, http_createServer) {
  net::HttpServerPtr server;
  in(7, [&] {
    server =
        http::createServer(loop_, [&](const net::RequestPtr&, const net::ResponsePtr& response) {
          seen_.push_back(here());
          response->end();
          server->close();
        });
  });
  in(8, [&] { server->listen({.host = "127.0.0.1"}); });
  net::ClientRequestPtr request =
      http::get(loop_, "http://127.0.0.1:" + std::to_string(server->address().port()) + "/",
                [](const net::ClientResponsePtr& response) { response->resume(); });
  loop_.run();
  EXPECT_EQ(seen_, Ids{7});
}

TEST_F(EntryPointTest, http_request) {
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return http::request(loop_, {.host = host, .port = port}, on_response);
  });
}

TEST_F(EntryPointTest, http_get) {
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return http::get(loop_, "http://" + host + ":" + std::to_string(port) + "/", on_response);
  });
}

TEST_F(EntryPointTest, Agent_request) {
  http::Agent agent(loop_);
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return agent.request({.host = host, .port = port}, on_response);
  });
}

TEST_F(EntryPointTest, Agent_get) {
  http::Agent agent(loop_);
  expectResponseKept([&](std::string host, std::uint16_t port, auto on_response) {
    return agent.get("http://" + host + ":" + std::to_string(port) + "/", on_response);
  });
}

}  // namespace
}  // namespace weft
