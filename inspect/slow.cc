#include "weft/inspect/slow.h"

#include <utility>

#include "weft/cls/values.h"
#include "weft/inspect/internal/chain.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect {

SlowCallbacks::SlowCallbacks(EventLoop& loop, SlowOptions options)
    : loop_(loop), options_(std::move(options)) {
  loop_.addObserver(*this);
  if (const loop::Stopwatch* watch = loop_.stopwatch()) {
    limit_ = watch->stampsIn(options_.callback);
  }
}

SlowCallbacks::~SlowCallbacks() { loop_.removeObserver(*this); }

unsigned SlowCallbacks::hooks() const noexcept {
  return (options_.callback > loop::Duration::zero() ? kCalls | kNumbers : 0u) |
         (options_.iteration > loop::Duration::zero() ? kIterations : 0u);
}

void SlowCallbacks::ran(const loop::Ran& ran) {
  if (ran.end - ran.begin < limit_) return;
  std::string line = "weft: slow callback: " +
                     internal::milliseconds(loop_.stopwatch()->between(ran.begin, ran.end)) +
                     " in ";
  line += ran.callback != nullptr ? internal::describeChain(ran.callback)
                                  : internal::withArticle(ran.kind);
  if (const std::string values = cls::describeActive(); !values.empty()) line += "; " + values;
  internal::give(options_.report, line);
}

void SlowCallbacks::iterated(const loop::Iteration& iteration) {
  if (iteration.busy() < options_.iteration) return;
  std::string line = "weft: slow iteration: " + internal::milliseconds(iteration.busy());
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    if (iteration.phases[i] == loop::Duration::zero()) continue;
    internal::append(line, {", ", loop::nameOf(static_cast<loop::Phase>(i)), " ",
                            internal::milliseconds(iteration.phases[i])});
  }
  internal::give(options_.report, line);
}

}  // namespace weft::inspect
