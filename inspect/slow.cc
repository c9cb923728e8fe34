#include "weft/inspect/slow.h"

#include <utility>

#include "weft/cls/values.h"
#include "weft/inspect/internal/chain.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect {

namespace {

constexpr loop::Duration kOff = loop::Duration::zero();
// A callback is worth being named if it took this part of the time that an iteration may take.
constexpr int kNotablePart = 16;

}  // namespace

SlowCallbacks::SlowCallbacks(EventLoop& loop, SlowOptions options)
    : loop_(loop), options_(std::move(options)) {
  loop_.addObserver(*this);
  const loop::Stopwatch* const watch = loop_.stopwatch();
  if (watch == nullptr) return;
  if (options_.callback > kOff) limit_ = watch->stampsIn(options_.callback);
  if (options_.iteration > kOff) notable_ = watch->stampsIn(options_.iteration / kNotablePart);
}

SlowCallbacks::~SlowCallbacks() { loop_.removeObserver(*this); }

unsigned SlowCallbacks::hooks() const noexcept {
  const bool iterations = options_.iteration > kOff;
  return (options_.callback > kOff || iterations ? kCalls | kNumbers : 0u) |
         (iterations ? kIterations : 0u);
}

std::string SlowCallbacks::describe(const loop::Ran& ran) const {
  std::string text =
      internal::milliseconds(loop_.stopwatch()->between(ran.begin, ran.end)) + " in ";
  text += ran.callback != nullptr ? internal::describeChain(ran.callback)
                                  : internal::withArticle(ran.kind);
  if (const std::string values = cls::describeActive(); !values.empty()) text += "; " + values;
  return text;
}

void SlowCallbacks::ran(const loop::Ran& ran) {
  const loop::Stamp time = ran.end - ran.begin;
  if (time >= notable_ && time > longest_) {
    longest_ = time;
    longest_text_ = describe(ran);
  }
  if (time >= limit_) internal::give(options_.report, "weft: slow callback: " + describe(ran));
}

void SlowCallbacks::iterated(const loop::Iteration& iteration) {
  const bool any_notable = std::exchange(longest_, 0) != 0;
  if (iteration.busy() < options_.iteration) return;
  std::string line = "weft: slow iteration: " + internal::milliseconds(iteration.busy());
  for (std::size_t i = 0; i < loop::kPhases; ++i) {
    if (iteration.phases[i] == kOff) continue;
    internal::append(line, {", ", loop::nameOf(static_cast<loop::Phase>(i)), " ",
                            internal::milliseconds(iteration.phases[i])});
  }
  line += any_notable
              ? "; the longest callback: " + longest_text_
              : "; no callback took " + internal::milliseconds(options_.iteration / kNotablePart);
  internal::give(options_.report, line);
}

}  // namespace weft::inspect
