// What an FdWatcher of net/ may come to: the kernel can be out of memory or of watches, which is
// the world's failure and not the misuse that FdWatcher takes it for.
//
//   if (absl::Status status = tryToWatch([&] { watcher->setInterest(kReadable); }); !status.ok())
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_WATCH_H_
#define WEFT_NET_INTERNAL_WATCH_H_

#include <utility>

#include "absl/status/status.h"
#include "weft/cls/errors.h"

namespace weft::net::internal {

// Calls `fn`, which makes a watcher or changes its interest.
template <typename F>
absl::Status tryToWatch(F&& fn) {
  try {
    std::forward<F>(fn)();
    return absl::OkStatus();
  } catch (const UsageError& refused) {
    return absl::ResourceExhaustedError(refused.what());
  }
}

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_WATCH_H_
