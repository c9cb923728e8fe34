// rename, unlink, link, symlink, readlink, realpath: the names of files.
//
//   absl::Status renamed = co_await fs::rename("config.new", "config");
//   fs::readlink(loop, "/proc/self/exe", [](absl::StatusOr<std::string> target) { ... });
//
// Forms, errors and threads are those of weft/native/fs/stats.h; errors about two names give both,
// "rename 'a' -> 'b': No such file or directory".

#ifndef WEFT_NATIVE_FS_NAMES_H_
#define WEFT_NATIVE_FS_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::fs {

namespace sync {
absl::Status rename(const std::string& from, const std::string& to);
absl::Status unlink(const std::string& path);
absl::Status link(const std::string& existing, const std::string& path);
absl::Status symlink(const std::string& target, const std::string& path);
absl::StatusOr<std::string> readlink(const std::string& path);
absl::StatusOr<std::string> realpath(const std::string& path);
}  // namespace sync

// At once: whoever looks at `to` finds what was there, or what was at `from`.
inline constexpr loop::AsyncFunction<&sync::rename> rename;
// Takes a name from a file or link, which is gone with the last one.
inline constexpr loop::AsyncFunction<&sync::unlink> unlink;
// `link(loop, existing, path)`: one more name for a file.
inline constexpr loop::AsyncFunction<&sync::link> link;
// `symlink(loop, target, path)`: at `path`, a link to `target`, which need not be there.
inline constexpr loop::AsyncFunction<&sync::symlink> symlink;
// What a link says.
inline constexpr loop::AsyncFunction<&sync::readlink> readlink;
// The one absolute path without links, "." and "..".
inline constexpr loop::AsyncFunction<&sync::realpath> realpath;

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_NAMES_H_
