// watch: tells when a file, or what is in a folder, changes.
//
//   auto watcher = fs::watch(loop, "config", [](fs::Change change, std::string_view name) {
//     reload(name);
//   });
//   ...
//   watcher->close();
//
// `change` comes with what happened and the name in the folder, or of the file that is watched. As
// the system has it: one save may be several changes, folders in the folder are not watched, and
// what is watched is what was there when watching began, under whatever name. Changes that come
// faster than they are read are lost; then one comes with an empty name.
//
// A listener runs in the contexts in which it was added, not those of whoever changes the file. An
// open watcher keeps itself, and run() from returning; after close(), or an `error`, `close` comes.
// To look at a path that cannot be watched is an `error`: "watch 'x': No such file or directory".
//
// Threads: the loop's only.

#ifndef WEFT_NATIVE_FS_WATCHER_H_
#define WEFT_NATIVE_FS_WATCHER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/fd_watcher.h"
#include "weft/native/internal/loop_object.h"
#include "weft/stream/ref_ptr.h"

namespace weft::native::fs {

enum class Change {
  kRename,   // a name came, went or means something else
  kContent,  // bytes or attributes
};
// The name is valid during the call.
inline constexpr Event<Change, std::string_view> kChange{"change"};

class Watcher final : public native::internal::LoopObject {
 public:
  // Use watch().
  Watcher(EventLoop& loop, std::string path);

  // As destroy(): `close` follows; nothing happens the second time.
  void close() { destroy(); }

  // Whether it keeps the loop's run() from returning; it does at first.
  void ref();
  void unref();

 private:
  friend stream::RefPtr<Watcher> watch(EventLoop& loop, std::string path);
  void open();
  void onReady();
  void report(std::string_view events);
  void onDestroy() override { dropResources(); }
  void dropResources() noexcept override;

  const std::string path_;
  int fd_ = -1;
  std::optional<loop::FdWatcher> watcher_;
};

using WatcherPtr = stream::RefPtr<Watcher>;

// Watches from now on.
WatcherPtr watch(EventLoop& loop, std::string path);

// The same, with a listener for `change`.
template <typename F>
WatcherPtr watch(EventLoop& loop, std::string path, F&& listener) {
  WatcherPtr watcher = watch(loop, std::move(path));
  watcher->on(kChange, std::forward<F>(listener));
  return watcher;
}

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_WATCHER_H_
