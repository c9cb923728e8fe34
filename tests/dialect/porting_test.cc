// What docs/porting.md shows: its snippets are excerpts of this file.

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/dialect/local_context.h"
#include "weft/dialect/node_cls.h"
#include "weft/emitter/event_emitter.h"
#include "weft/loop/co_wait.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/promise.h"
#include "weft/loop/run_async.h"
#include "weft/loop/spawn.h"

namespace weft {
namespace {

namespace cls = weft::cls;
using namespace std::chrono_literals;
using Log = std::vector<std::string>;

class PortingTest : public testing::Test {
 protected:
  PortingTest() : loop({.clock = &clock_}) {}
  ~PortingTest() override { cls::reset(); }

  void log(std::string line) { lines.push_back(std::move(line)); }

  ManualClock clock_;
  EventLoop loop;
  Log lines;
};

TEST_F(PortingTest, TheFirstProgramOfThePackages) {
  auto session = cls::createNamespace("session");

  session.run([&] {
    session.set("user", "ada");
    loop.setTimeout([&] { log(*session.get<std::string>("user")); }, 10ms);
  });

  loop.run();
  EXPECT_EQ(lines, Log{"ada"});
}

TEST_F(PortingTest, AbsentIsNull) {
  auto session = cls::createNamespace("session");
  session.run([&] {
    const std::string* user = session.get<std::string>("user");  // null: nobody set it
    session.set("user", "ada");
    user = session.get<std::string>("user");
    log(user != nullptr ? *user : "nobody");
  });
  EXPECT_EQ(lines, Log{"ada"});
}

TEST_F(PortingTest, TypedKeys) {
  static const cls::Key<int> kId{"id"};

  auto session = cls::createNamespace("session");
  session.run([&] {
    session.set(kId, 17);
    log(std::to_string(*session.get(kId)) + " " + std::to_string(*session.get<int>("id")));
  });

  EXPECT_EQ(lines, Log{"17 17"});
}

TEST_F(PortingTest, RunPromise) {
  auto session = cls::createNamespace("session");

  loop::Promise<int> answer = loop::runAsync(loop, session, [&]() -> loop::Co<int> {
    session.set("user", "ada");
    co_await loop::nextTick();
    log(*session.get<std::string>("user"));
    co_return 200;
  });
  EXPECT_FALSE(session.active());  // cls-hooked's runPromise leaves its context entered here

  answer.then([&](int status) { log(std::to_string(status)); });
  loop.run();
  EXPECT_EQ(lines, (Log{"ada", "200"}));
}

TEST_F(PortingTest, AnEmitterOfYourOwn) {
  constexpr Event<> kData{"data"};
  auto session = cls::createNamespace("session");

  EventEmitter shared;
  session.bindEmitter(shared);
  session.run([&] {
    session.set("user", "ada");
    shared.on(kData, [&] { log(*session.get<std::string>("user")); });
  });
  shared.emit(kData);  // "ada": the context in which the listener was added

  EXPECT_EQ(lines, Log{"ada"});
}

TEST_F(PortingTest, ErrorsAndTheirContext) {
  auto session = cls::createNamespace("session");

  loop.onUncaughtException([&](std::exception_ptr error) {
    cls::Context context = session.fromException(error);  // the innermost run() that it left
    if (!context) context = session.active();             // else where it was thrown
    log(*context.get<std::string>("user"));
  });

  session.run([&] {
    session.set("user", "ada");
    loop.nextTick([] { throw std::runtime_error("no such table"); });
    loop.nextTick([&] {
      session.run([&] {
        session.set("user", "bob");
        throw 42;
      });
    });
  });
  loop.run();
  EXPECT_EQ(lines, (Log{"ada", "bob"}));
}

TEST_F(PortingTest, AQueueOfCallbacks) {
  auto session = cls::createNamespace("session");

  std::deque<cls::Function<void(int)>> waiting;
  const auto query = [&](cls::Function<void(int)> done) { waiting.push_back(std::move(done)); };
  for (const char* user : {"ada", "bob"}) {
    session.run([&] {
      session.set("user", user);
      query([&](int rows) { log(*session.get<std::string>("user") + std::to_string(rows)); });
    });
  }
  for (auto& done : waiting) done(1);  // whoever calls: each sees its own session

  EXPECT_EQ(lines, (Log{"ada1", "bob1"}));
}

TEST_F(PortingTest, WhatOutlivesARequest) {
  auto session = cls::createNamespace("session");
  session.run([&] {
    session.set("user", "ada");
    cls::detached(
        [&] { loop.setTimeout([&] { log(session.active() ? "somebody's" : "nobody's"); }, 30s); });
  });
  loop.run();
  EXPECT_EQ(lines, Log{"nobody's"});
}

TEST_F(PortingTest, TheEndOfARequest) {
  auto session = cls::createNamespace("session");
  session.run([&](cls::Context context) {
    context.onEnd([&] { log("over"); });
    loop.setTimeout([&] { log("last"); }, 10ms);
  });
  loop.run();
  EXPECT_EQ(lines, (Log{"last", "over"}));
}

TEST_F(PortingTest, OtherThreads) {
  static const cls::Key<int> kId{"id"};
  auto session = cls::createNamespace("session");
  session.run([&] {
    session.set(kId, 17);
    std::thread worker([&, snapshot = cls::Snapshot::capture()] {
      snapshot.run([&] { log(std::to_string(*session.get(kId))); });
    });
    worker.join();
  });
  EXPECT_EQ(lines, Log{"17"});
}

TEST_F(PortingTest, NodeCls) {
  namespace node_cls = weft::dialect::node_cls;

  node_cls::Context context = node_cls::create("request");
  context.set("id", 17);
  context.run([&] {
    loop.setTimeout([&] { log(std::to_string(*node_cls::get("request").get<int>("id"))); }, 10ms);
  });

  loop.run();
  EXPECT_EQ(lines, Log{"17"});
}

TEST_F(PortingTest, NodeClsStart) {
  namespace node_cls = weft::dialect::node_cls;
  const auto serve = [&]() -> Co<void> {
    node_cls::Context context = node_cls::create("request");
    context.set("id", 17);
    co_await context.start();  // for the rest of this coroutine, and not for its caller
    co_await Promise<void>::resolved(loop);
    log(std::to_string(*node_cls::get("request").get<int>("id")));
  };
  loop::spawn(loop, serve());
  EXPECT_FALSE(node_cls::get("request"));
  loop.run();
  EXPECT_EQ(lines, Log{"17"});
}

TEST_F(PortingTest, LocalContext) {
  namespace local_context = weft::dialect::local_context;

  auto writer = local_context::createNamespace("writer");
  auto context = writer.createContext();
  context->on(local_context::kEnd, [&] { log(std::to_string(*context->get<int>("value"))); });
  context->run([&] { writer.set("value", 1); });

  EXPECT_EQ(lines, Log{"1"});
  context->removeAllListeners();
}

TEST_F(PortingTest, AsyncLocalStorage) {
  static const cls::Variable<std::string> kTenant;

  kTenant.run("acme", [&] { loop.nextTick([&] { log(*kTenant.get()); }); });

  loop.run();
  EXPECT_EQ(lines, Log{"acme"});
  EXPECT_EQ(kTenant.get(), nullptr);
}

TEST_F(PortingTest, EnterWith) {
  auto session = cls::createNamespace("session");
  {
    const cls::ContextScope entered = session.scope(session.createContext());
    session.set("user", "ada");
    loop.nextTick([&] { log(*session.get<std::string>("user")); });
  }  // left here, whatever happened in between
  loop.run();
  EXPECT_EQ(lines, Log{"ada"});
}

}  // namespace
}  // namespace weft
