// Who keeps a context alive? For finding requests that never end.
//
//   cls::setTracking(true);  // from here on captures remember where they were made
//   for (const cls::HolderInfo& h : cls::holders(context)) log(h.toString());
//   // "timer, made at server.cc:41 12.3 s ago"
//   // "coroutine, in readLine(), called by serve(int), made 0.5 s ago"
//
// Without tracking the answer has a line for each kind of holder, with its count and no place; with
// it a line for each capture that was made since, the latest first. Tracking costs an allocation a
// capture, and nothing when it is off.
//
// Threads: setTracking() is for all threads and may be called on any; the rest is about the
// contexts of the thread that asks.

#ifndef WEFT_CLS_HOLDERS_H_
#define WEFT_CLS_HOLDERS_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/context.h"
#include "weft/cls/frame.h"
#include "weft/cls/location.h"

namespace weft::cls::inline WEFT_CLS_ABI {

struct HolderInfo {
  std::string kind;   // as at holders()
  std::size_t count;  // how many of them
  Location where;  // where it was made, if that is known; of a coroutine its name and its callers'
  // How long ago that was, if it is known; up to 49 days.
  std::optional<std::chrono::milliseconds> age = std::nullopt;
  std::string toString() const;
};

void setTracking(bool on) noexcept;

// What holds `context`, but for the handle that is passed here. Kinds in the order of Holder
// ("timer", "watcher", "listener", "I/O object", "function", "coroutine", "work", "captured by
// hand", "queued callback"), then "child context", "running scope" (of run() and enter()),
// "exception" (that left the context in this callback) and "handle of the user". Functions are
// cls::Function and what bind() and bindAll() return.
std::vector<HolderInfo> holders(const Context& context);

// The contexts of this thread that have not ended, oldest first.
std::vector<Context> liveContextList();

// Where the context was made.
Location madeAt(const Context& context) noexcept;

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_HOLDERS_H_
