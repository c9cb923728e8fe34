// SlowCallbacks: says in a line which callback held the loop up, for whom it ran and what had led
// to it.
//
//   inspect::SlowCallbacks slow(loop, {.callback = 50ms});
//   // weft: slow callback: 152.3 ms in a timeout set at server.cc:41, by a tick set at
//   // server.cc:30; request{id="7", user="ada"}
//
// The contexts' values are those at the callback's end; private ones are not shown. What was
// scheduled before, or from another thread, is reported without its place.
//
// A whole iteration may be slow without any such callback: it is reported with the time of its
// phases, and with the longest of its callbacks, told in the same way.
//
// Costs a look at the processor's clock a callback. A loop that is stuck for good never gets to
// this report: for that one there is the Watchdog.
//
// Threads: the loop's.

#ifndef WEFT_INSPECT_SLOW_H_
#define WEFT_INSPECT_SLOW_H_

#include <chrono>
#include <functional>
#include <string>

#include "weft/loop/event_loop.h"

namespace weft::inspect {

struct SlowOptions {
  // A callback that takes this long is reported; zero: none is.
  loop::Duration callback = std::chrono::milliseconds(100);
  // So is an iteration whose busy time is this long; zero: none is.
  loop::Duration iteration = loop::Duration::zero();
  // Is given each line, without a newline, inside the contexts of the callback. Null: stderr.
  std::function<void(const std::string&)> report = nullptr;
};

class SlowCallbacks final : private loop::Observer {
 public:
  // The loop must outlive this.
  explicit SlowCallbacks(EventLoop& loop, SlowOptions options = {});
  ~SlowCallbacks() override;
  SlowCallbacks(const SlowCallbacks&) = delete;
  SlowCallbacks& operator=(const SlowCallbacks&) = delete;

 private:
  unsigned hooks() const noexcept override;
  void ran(const loop::Ran& ran) override;
  void iterated(const loop::Iteration& iteration) override;
  std::string describe(const loop::Ran& ran) const;

  EventLoop& loop_;
  const SlowOptions options_;
  static constexpr loop::Stamp kNever = ~loop::Stamp{0};
  loop::Stamp limit_ = kNever;    // of a callback
  loop::Stamp notable_ = kNever;  // in an iteration; what is quicker is not described
  loop::Stamp longest_ = 0;       // of the notable ones of this iteration
  std::string longest_text_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_SLOW_H_
