#include "weft/native/fs/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weft/native/internal/file_io.h"
#include "weft/native/internal/posix.h"

namespace weft::native::fs::sync {

using native::internal::posix;

absl::Status chmod(const std::string& path, mode_t mode) {
  return posix("chmod", path, [&] { return ::chmod(path.c_str(), mode); });
}

absl::Status chown(const std::string& path, uid_t owner, gid_t group) {
  return posix("chown", path, [&] { return ::chown(path.c_str(), owner, group); });
}

absl::Status lchown(const std::string& path, uid_t owner, gid_t group) {
  return posix("lchown", path, [&] { return ::lchown(path.c_str(), owner, group); });
}

absl::Status utimes(const std::string& path, FileTime atime, FileTime mtime) {
  const native::internal::TimePair times(atime, mtime);
  return posix("utimes", path,
               [&] { return ::utimensat(AT_FDCWD, path.c_str(), times.data(), 0); });
}

}  // namespace weft::native::fs::sync
