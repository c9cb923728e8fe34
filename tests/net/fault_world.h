// The machine on which system calls fail while the net is asked to do something: it knows what must
// never happen there, whatever fails.
//
// Threads: one.

#ifndef WEFT_TESTS_NET_FAULT_WORLD_H_
#define WEFT_TESTS_NET_FAULT_WORLD_H_

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "weft/loop/clock.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/thread_pool.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"
#include "weft/stream/io_object.h"
#include "weft/stream/readable.h"
#include "weft/tests/net/fault_plan.h"

namespace weft::tests {

// The machine on which a scenario runs, and what must never happen on it.
class FaultWorld {
 public:
  FaultWorld() : plan(clock), loop({.clock = &clock}), pool_(std::make_shared<ThreadPool>()) {
    loop::useThreadPool(loop, pool_);
  }

  // From now on the object must close exactly once, and say nothing afterwards.
  template <typename T>
  void watch(const stream::RefPtr<T>& object, const std::string& name) {
    watchEnd(stream::RefPtr<stream::IoObject>(object), name);
    if constexpr (std::derived_from<T, stream::Readable>) watchBytes(*object, name);
  }
  // What came must be the beginning of what was to come; the whole of it in the end, unless
  // somebody was told of a failure.
  std::string* expect(const std::string& name, std::string bytes);

  // A server that is closed when the scenario is over.
  void keep(const net::ServerPtr& server);
  net::SocketPtr connect(const net::ConnectOptions& options, const std::string& name);

  // Runs until everything that is watched has closed. When nothing moves, time passes; and if that
  // does not help either, it is a hang.
  void run();
  // What went wrong, one a line; empty if nothing did.
  std::string violations();
  void violate(const std::string& what) { violations_ += what + "\n"; }

  ManualClock clock;
  FaultPlan plan;
  EventLoop loop;
  bool told = false;  // somebody has heard of a failure

 private:
  struct Watched {
    std::string name;
    stream::RefPtr<stream::IoObject> object;
    int closes = 0;
    bool ended = false;
  };
  struct Expected {
    std::string name;
    std::string bytes;
    std::string came;
  };

  void watchEnd(const stream::RefPtr<stream::IoObject>& object, const std::string& name);
  void watchBytes(stream::Readable& object, const std::string& name);
  bool allClosed() const;
  bool moves();
  void waitForLookups();

  const std::shared_ptr<ThreadPool> pool_;
  std::vector<std::shared_ptr<Watched>> watched_;
  std::vector<std::unique_ptr<Expected>> expected_;
  std::vector<net::ServerPtr> servers_;
  std::string violations_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_FAULT_WORLD_H_
