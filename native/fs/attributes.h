// chmod, chown, lchown, utimes: what the system notes about a file.
//
//   absl::Status changed = co_await fs::chmod("run.sh", 0755);
//
// Forms, errors and threads are those of weft/native/fs/stats.h. For open files see
// weft/native/fs/file.h.

#ifndef WEFT_NATIVE_FS_ATTRIBUTES_H_
#define WEFT_NATIVE_FS_ATTRIBUTES_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "weft/loop/async_function.h"
#include "weft/native/fs/stats.h"

namespace weft::native::fs {

namespace sync {
absl::Status chmod(const std::string& path, mode_t mode);
absl::Status chown(const std::string& path, uid_t owner, gid_t group);
absl::Status lchown(const std::string& path, uid_t owner, gid_t group);
absl::Status utimes(const std::string& path, FileTime atime, FileTime mtime);
}  // namespace sync

inline constexpr loop::AsyncFunction<&sync::chmod> chmod;
// An owner or group of -1 stays as it is. Links are followed...
inline constexpr loop::AsyncFunction<&sync::chown> chown;
// ... or meant themselves.
inline constexpr loop::AsyncFunction<&sync::lchown> lchown;
// When it was read, and when written.
inline constexpr loop::AsyncFunction<&sync::utimes> utimes;

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_ATTRIBUTES_H_
