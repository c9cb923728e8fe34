// Strict: reports what is lawful and nearly always a mistake.
//
//   inspect::ExitReport leaks;  // in front of the loop
//   weft::EventLoop loop;
//   inspect::Strict strict(loop);
//   // weft: an interval was set at cache.cc:12 inside request{id="7"}, in an immediate set at
//   // server.cc:30: it keeps the context until it is cleared; ...
//
// It reports, once for each place and callback in which that happens:
//   - an interval, or a watcher of a descriptor (a connection to a database, say), that is made
//     inside of a context and so keeps it: make what outlives a request in cls::detached()
//   - a context that a callback entered and did not leave; a coroutine may keep one
//   - what is scheduled on this loop, inside of a context, by a callback of another loop of the
//     thread: nothing of that loop's tells then when the context ends
//
// ExitReport and reportLiveContexts() say at a program's end which contexts have not ended, and
// what holds them.
//
// Threads: the loop's.

#ifndef WEFT_INSPECT_STRICT_H_
#define WEFT_INSPECT_STRICT_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "weft/cls/namespace.h"
#include "weft/loop/event_loop.h"

namespace weft::inspect {

// Is given each line, without a newline. Null: stderr.
using ReportLine = std::function<void(const std::string&)>;

class Strict final : private loop::Observer {
 public:
  // The loop must outlive this.
  explicit Strict(EventLoop& loop, ReportLine report = nullptr);
  ~Strict() override;
  Strict(const Strict&) = delete;
  Strict& operator=(const Strict&) = delete;

 private:
  void init(loop::AsyncId, loop::AsyncKind kind, loop::AsyncId, cls::Location where,
            loop::FrameId frame) override;
  void before(loop::AsyncId) override;
  void after(loop::AsyncId) override;
  void reportOnce(cls::Location where, const std::string& line);
  std::string runningHere() const;

  EventLoop& loop_;
  const ReportLine report_;
  std::set<std::string> reported_;  // places
  // How deep the registered namespaces were entered when the running callback began.
  std::vector<std::pair<cls::Namespace, std::size_t>> depths_;
};

// Reports each context of this thread that has not ended, oldest first: its values (private ones
// not), where it was made, and what holds it, with places if cls::setTracking() was on. Returns how
// many there are.
std::size_t reportLiveContexts(const ReportLine& report = nullptr);

// Does that when it goes, and has captures remember their places until then (cls::setTracking()):
// to be made in front of the loop, at whose end everything is let go that was only waiting.
class ExitReport {
 public:
  explicit ExitReport(ReportLine report = nullptr);
  ~ExitReport();
  ExitReport(const ExitReport&) = delete;
  ExitReport& operator=(const ExitReport&) = delete;

 private:
  const ReportLine report_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_STRICT_H_
