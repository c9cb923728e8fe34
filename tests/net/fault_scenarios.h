// What the net is asked to do while its system calls fail: twenty scenarios, each of which must
// come to an end, and leave nothing, whatever happens to it.
//
// Threads: one.

#ifndef WEFT_TESTS_NET_FAULT_SCENARIOS_H_
#define WEFT_TESTS_NET_FAULT_SCENARIOS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/loop/event_loop.h"
#include "weft/loop/thread_pool.h"
#include "weft/net/server.h"
#include "weft/net/socket.h"
#include "weft/stream/io_object.h"
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

struct FaultScenario {
  const char* name;
  std::function<void(FaultWorld&)> begin;
};

const std::vector<FaultScenario>& faultScenarios();

// Runs it on a new machine after `arm` has said what is to fail there. What went wrong; empty if
// nothing did. `met`: how many faults there were.
std::string runFaultScenario(const FaultScenario& scenario,
                             const std::function<void(FaultPlan&)>& arm, int* met);

}  // namespace weft::tests

#endif  // WEFT_TESTS_NET_FAULT_SCENARIOS_H_
