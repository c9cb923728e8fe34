// Connector: from a host name to a connected descriptor, by happy eyeballs (RFC 8305).
//
// The name is looked up on the loop's thread pool (weft/net/internal/lookup.h); its addresses are
// tried one after the other, changing between IPv6 and IPv4, each as soon as the one before has
// failed or has been silent for `attempt_delay`. The first that connects wins, the others are
// closed.
//
// `done` is called once, in the contexts of now, with the descriptor or with an error that names
// every address and its reason; it may destroy the connector, which otherwise gives up silently.
// What start() is given to keep is dropped with the connector, or by the loop's end.
//
// Threads: the loop's only.

#ifndef WEFT_NET_INTERNAL_CONNECTOR_H_
#define WEFT_NET_INTERNAL_CONNECTOR_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "weft/loop/co.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/address.h"

namespace weft::net::internal {

struct ConnectTarget {
  std::string host;
  std::uint16_t port = 0;
  loop::Duration attempt_delay{};
};

class Connector {
 public:
  // A connected descriptor and where it leads; or -1 and why not.
  using Done = absl::AnyInvocable<void(int fd, const Address& address, const absl::Status& why)>;

  Connector(EventLoop& loop, ConnectTarget target, Done done);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  // Once.
  void start(std::shared_ptr<void> keep);

 private:
  struct Attempt {
    Attempt() = default;
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    Address address;
    int fd = -1;
    std::optional<loop::FdWatcher> watcher;
  };
  using Attempts = std::list<Attempt>;

  class LookupNews;
  loop::Co<> lookUpAndTry(std::shared_ptr<void> keep);
  void startNext();
  bool begin(Address address);
  void onReady(Attempts::iterator attempt);
  void note(const Address& address, int error);
  void fail(absl::StatusCode code, const std::string& why);

  EventLoop& loop_;
  const ConnectTarget target_;
  Done done_;
  std::stop_source dropped_;  // the lookup
  std::weak_ptr<void> keep_;  // held by what the loop has of this: lookup, watchers, timer
  std::vector<Address> addresses_;
  std::size_t next_ = 0;  // of addresses_, to be tried
  Attempts attempts_;     // those under way
  loop::TimerHandle impatience_;
  std::string failures_;
  int last_error_ = 0;
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_CONNECTOR_H_
