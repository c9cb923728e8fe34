// Watchdog: reports a loop that is stuck while it is stuck, with the stack.
//
//   inspect::Watchdog watchdog(loop, {.limit = 1s});
//   // weft: the loop has been stuck for 1003.2 ms in a timeout set at server.cc:41, by a tick ...
//   //     #0 parseForEver(std::string const&)
//   //     #1 ...
//
// A thread of its own looks whether callbacks come and go. When the running one has not returned
// for `limit`, it interrupts the loop's thread by a signal, which writes down where that is; each
// such callback is reported once. A loop that sleeps is not stuck.
//
// The signal is SIGURG, which does nothing where nobody expects it; the program must not handle it
// while there is a watchdog. Names of functions are those of the program's symbol table.
//
// Threads: made and destroyed on the loop's; `report` is called on the watchdog's.

#ifndef WEFT_INSPECT_WATCHDOG_H_
#define WEFT_INSPECT_WATCHDOG_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "weft/loop/event_loop.h"

namespace weft::inspect {

struct WatchdogOptions {
  // How long a callback may take; at least a millisecond.
  loop::Duration limit = std::chrono::seconds(1);
  // Is given each report, of several lines. Null: stderr.
  std::function<void(const std::string&)> report = nullptr;
};

class Watchdog {
 public:
  // The loop must outlive this.
  explicit Watchdog(EventLoop& loop, WatchdogOptions options = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_WATCHDOG_H_
