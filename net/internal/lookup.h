// Lookup: the addresses of a host name, by the system's resolver, which blocks and so has a few
// threads of its own.
//
//   lookup_.start(loop, "localhost", 80, [this](const Lookup::Result& addresses) { ... });
//
// The callback runs once, in the contexts of now, unless the Lookup is destroyed before; it may
// destroy it. A resolver that never answers keeps its thread, and the loop's run(), but not the
// Lookup. If the loop ends first, the callback is dropped.
//
// Threads: the loop's only. At most four names are looked up at a time in a process.

#ifndef WEFT_NET_INTERNAL_LOOKUP_H_
#define WEFT_NET_INTERNAL_LOOKUP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/net/address.h"

namespace weft::net::internal {

class Lookup {
 public:
  // In the order in which they should be tried. NotFound, Unavailable (try again) or
  // ResourceExhausted; the text is the resolver's.
  using Result = absl::StatusOr<std::vector<Address>>;
  using Done = absl::AnyInvocable<void(const Result&)>;

  Lookup() = default;
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // Once. If the machine has no descriptor or thread for it, that is told at once, and `done` is
  // not called.
  absl::Status start(EventLoop& loop, const std::string& host, std::uint16_t port, Done done);

 private:
  struct Job;
  class Threads;
  static void resolve(Job& job);
  absl::Status begin(EventLoop& loop, Done done);
  void publishEnd(const absl::Status& status);

  std::string asked_;  // for a host whose answer was not published yet
  std::shared_ptr<Job> job_;
  std::optional<loop::FdWatcher> watcher_;
};

// Changes between the families, beginning with that of the first (RFC 8305, 4).
std::vector<Address> interleaved(const std::vector<Address>& addresses);

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_LOOKUP_H_
