// stat, lstat, access, exists: what there is at a path.
//
//   fs::stat(loop, "/etc/hosts", [](absl::StatusOr<fs::Stats> stats) { ... stats->size ... });
//   absl::StatusOr<fs::Stats> stats = co_await fs::stat("/etc/hosts");
//
// Every function of weft/native/fs comes in these two forms (see weft/loop/async_function.h), and
// as a blocking one in fs::sync, for the beginning of a program and for other threads. Errors name
// the operation, the path and the system's reason: "stat '/etc/hots': No such file or directory",
// with the code that absl::ErrnoToStatus() gives. A path with a NUL byte is InvalidArgument.
//
// What is true of a path may be false a moment later: to use a file, open it and look at the error.
//
// Threads: those of weft/loop/async_function.h; fs::sync any.

#ifndef WEFT_NATIVE_FS_STATS_H_
#define WEFT_NATIVE_FS_STATS_H_

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/loop/async_function.h"

namespace weft::native::fs {

// Of the system's clock, since 1970.
using FileTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

struct Stats {
  std::uint64_t size = 0;  // bytes
  mode_t mode = 0;         // kind and permissions, as the system has them
  uid_t uid = 0;
  gid_t gid = 0;
  dev_t dev = 0;
  ino_t ino = 0;
  nlink_t nlink = 0;         // names that it has
  std::uint64_t blocks = 0;  // of 512 bytes, that it takes
  FileTime atime;            // read
  FileTime mtime;            // written
  FileTime ctime;            // written, or its owner, mode or names changed

  bool isFile() const noexcept { return S_ISREG(mode); }
  bool isDirectory() const noexcept { return S_ISDIR(mode); }
  bool isSymbolicLink() const noexcept { return S_ISLNK(mode); }
  bool isSocket() const noexcept { return S_ISSOCK(mode); }
  bool isFifo() const noexcept { return S_ISFIFO(mode); }
  bool isCharacterDevice() const noexcept { return S_ISCHR(mode); }
  bool isBlockDevice() const noexcept { return S_ISBLK(mode); }
};

// What the process must be allowed to do; nothing: the path need only be there.
struct Access {
  bool read = false;
  bool write = false;
  bool execute = false;
};

namespace sync {
absl::StatusOr<Stats> stat(const std::string& path);
absl::StatusOr<Stats> lstat(const std::string& path);
absl::Status access(const std::string& path, Access wanted = {});
absl::StatusOr<bool> exists(const std::string& path);
}  // namespace sync

// Links are followed.
inline constexpr loop::AsyncFunction<&sync::stat> stat;
// A link is told of itself.
inline constexpr loop::AsyncFunction<&sync::lstat> lstat;
// `access(loop, path, {.write = true}, callback)`; OK if the process may.
inline constexpr loop::AsyncFunction<&sync::access> access;
// Links are followed. An error only if it cannot be told.
inline constexpr loop::AsyncFunction<&sync::exists> exists;

namespace internal {
Stats statsOf(const struct ::stat& about) noexcept;
}  // namespace internal

}  // namespace weft::native::fs

#endif  // WEFT_NATIVE_FS_STATS_H_
