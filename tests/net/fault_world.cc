#include "weft/tests/net/fault_world.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

namespace weft::tests {

using namespace std::chrono_literals;
using net::ServerPtr;
using net::SocketPtr;

void FaultWorld::watchEnd(const stream::RefPtr<stream::IoObject>& object, const std::string& name) {
  const auto watched = std::make_shared<Watched>();
  watched->name = name;
  watched->object = object;
  watched_.push_back(watched);
  object->on(kError, [this, watched](const absl::Status& why) {
    told = true;
    if (watched->closes != 0) violate(watched->name + ": error after close");
    if (why.message().empty()) violate(watched->name + ": an error without words");
  });
  object->on(kClose, [this, watched] {
    if (++watched->closes != 1) violate(watched->name + ": closed again");
  });
}

void FaultWorld::watchBytes(stream::Readable& object, const std::string& name) {
  const auto watched = watched_.back();
  object.on(kEnd, [this, watched] {
    if (watched->ended || watched->closes != 0) violate(watched->name + ": end again, or late");
    watched->ended = true;
  });
  object.on(kClose, [this, watched] {
    if (!watched->ended) told = true;  // a close without an end says that something is missing
  });
}

std::string* FaultWorld::expect(const std::string& name, std::string bytes) {
  expected_.push_back(std::make_unique<Expected>(Expected{name, std::move(bytes), {}}));
  return &expected_.back()->came;
}

void FaultWorld::keep(const ServerPtr& server) {
  servers_.push_back(server);
  server->on(kError, [this] { told = true; });
}

SocketPtr FaultWorld::connect(const net::ConnectOptions& options, const std::string& name) {
  const SocketPtr socket = net::connect(loop, options);
  watch(socket, name);
  return socket;
}

bool FaultWorld::allClosed() const {
  return std::all_of(watched_.begin(), watched_.end(),
                     [](const auto& watched) { return watched->closes != 0; });
}

// A few turns. False if nothing was called in them.
bool FaultWorld::moves() {
  waitForLookups();
  for (int i = 0; i != 20; ++i) loop.runNoWait();
  return plan.wasBusy();
}

// The pool's threads do not live by the world's clock.
void FaultWorld::waitForLookups() {
  for (auto load = pool_->load(); load.queued + load.running != 0; load = pool_->load()) {
    std::this_thread::yield();
  }
}

void FaultWorld::run() {
  try {
    for (int idle = 0; !allClosed() && idle != 200;) {
      if (moves()) {
        idle = 0;
      } else {
        clock.advance(++idle < 20 ? 0s : 1min);
      }
    }
    if (!allClosed()) {
      for (const auto& watched : watched_) {
        if (watched->closes == 0) violate(watched->name + ": never closed");
      }
    }
    plan.stop();
    for (const auto& watched : watched_) watched->object->destroy();
    for (const ServerPtr& server : servers_) server->close();
    for (int i = 0; i != 100 && loop.alive(); ++i) {
      loop.runNoWait();
      clock.advance(1min);
    }
  } catch (const std::exception& thrown) {
    violate(std::string("thrown out of the loop: ") + thrown.what());
  }
  waitForLookups();
  if (loop.alive()) violate("something is alive still");
}

std::string FaultWorld::violations() {
  for (const auto& expected : expected_) {
    if (!expected->bytes.starts_with(expected->came)) {
      violate(expected->name + ": other bytes than were sent: " + expected->came.substr(0, 80));
    } else if (expected->bytes != expected->came && !(told && plan.harmed()) && !plan.cutOff()) {
      violate(expected->name + ": " + std::to_string(expected->came.size()) + " bytes came of " +
              std::to_string(expected->bytes.size()));
    }
  }
  for (const ServerPtr& server : servers_) {
    if (server->connections() != 0) violate("a server counts connections still");
  }
  if (plan.open() != 0) violate(std::to_string(plan.open()) + " descriptors are open still");
  return violations_;
}

}  // namespace weft::tests
