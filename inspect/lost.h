// LostContexts: where on its way was the context lost that should be here?
//
//   inspect::LostContexts lost(loop, request);
//   ...
//   request.require(kUser);  // throws NoContextError: ...; the context of 'request' was lost by
//   the
//                            // post set at pool.cc:41 in the tick set at server.cc:30, which had
//                            it
//
// It remembers of each callback that is scheduled whether a context of the namespace was active,
// and explains a miss (require(), or explain() where you look yourself) by the chain of callbacks
// that led here: the first that was scheduled without the context by one that had it.
//
// It knows what was scheduled while it lived, the last 64 Ki callbacks. For debugging: it costs
// some tens of nanoseconds a callback.
//
// Threads: the loop's.

#ifndef WEFT_INSPECT_LOST_H_
#define WEFT_INSPECT_LOST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "weft/cls/loss.h"
#include "weft/cls/namespace.h"
#include "weft/loop/event_loop.h"

namespace weft::inspect {

class LostContexts final : private loop::Observer {
 public:
  // The loop must outlive this. While it lives it explains what require() misses on this thread in
  // `ns`, and leaves other namespaces to the explainer before.
  LostContexts(EventLoop& loop, cls::Namespace ns);
  ~LostContexts() override;
  LostContexts(const LostContexts&) = delete;
  LostContexts& operator=(const LostContexts&) = delete;

  // A sentence; empty if a context is active.
  std::string explain() const;

 private:
  void init(loop::AsyncId id, loop::AsyncKind, loop::AsyncId, cls::Location,
            loop::FrameId) override;
  bool had(const loop::Scheduled& callback) const noexcept;

  static constexpr std::size_t kRemembered = std::size_t{1} << 16;

  EventLoop& loop_;
  const cls::Namespace namespace_;
  cls::LossExplainer before_;
  std::vector<loop::AsyncId> with_;  // by its lowest bits, what was scheduled with a context
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_LOST_H_
