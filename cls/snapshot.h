// Snapshot: what of the current contexts may cross to another thread.
//
// Frames and contexts belong to one thread. A snapshot is a frozen copy of the values that they
// show, each as its key's Flow says: copied, shared, or left out (values that cannot be copied
// are). On the other thread it is entered with run(): each namespace then has a new root context
// over the frozen values, which may be written like any other and is gone afterwards.
//
//   auto snapshot = cls::Snapshot::capture();
//   pool.submit([snapshot] { snapshot.run([] { log(*request.get<int>("id")); }); });
//
// Copying a snapshot adds one to an atomic count. What an unchanged context gave last time is given
// again, so that capturing for many jobs copies values once.
//
// Threads: all, but capture() reads the contexts of the thread that calls it.

#ifndef WEFT_CLS_SNAPSHOT_H_
#define WEFT_CLS_SNAPSHOT_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/frame.h"
#include "weft/cls/internal/context_core.h"
#include "weft/cls/namespace.h"

namespace weft::cls::inline WEFT_CLS_ABI {

class Snapshot {
 public:
  // Empty: run() calls under the null frame.
  Snapshot() = default;

  // Of what is current on this thread, without destroyed namespaces. An exception from the copy
  // constructor of a value comes out here.
  static Snapshot capture();

  // True if it has a context of some namespace.
  explicit operator bool() const noexcept { return parts_ != nullptr; }

  // A frame for this thread with a new context over the frozen values in each namespace; empty if
  // the snapshot is. For dispatchers: users call run().
  HeldFrame<Holder::kWork> thaw() const;

  // Calls `fn` in such a frame and returns its result.
  template <typename F>
  decltype(auto) run(F&& fn) const {
    HeldFrame<Holder::kWork> frame = thaw();
    FrameScope scope(frame);
    return std::forward<F>(fn)();
  }

 private:
  struct Part {
    Namespace ns;
    internal::FrozenBag* bag;  // owned
    Part(Namespace space, internal::FrozenBag* frozen) noexcept
        : ns(std::move(space)), bag(frozen) {}
    Part(Part&& other) noexcept : ns(std::move(other.ns)), bag(std::exchange(other.bag, nullptr)) {}
    ~Part();
  };
  std::shared_ptr<const std::vector<Part>> parts_;
};

}  // namespace weft::cls::inline WEFT_CLS_ABI

namespace weft {
using cls::Snapshot;
}  // namespace weft

#endif  // WEFT_CLS_SNAPSHOT_H_
