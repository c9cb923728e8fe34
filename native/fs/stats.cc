#include "weft/native/fs/stats.h"

#include <unistd.h>

#include "weft/native/internal/posix.h"

namespace weft::native::fs {

using native::internal::posix;

namespace internal {

namespace {
FileTime timeOf(const timespec& time) noexcept {
  return FileTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}
}  // namespace

Stats statsOf(const struct ::stat& about) noexcept {
  Stats stats;
  stats.size = static_cast<std::uint64_t>(about.st_size);
  stats.mode = about.st_mode;
  stats.uid = about.st_uid;
  stats.gid = about.st_gid;
  stats.dev = about.st_dev;
  stats.ino = about.st_ino;
  stats.nlink = about.st_nlink;
  stats.blocks = static_cast<std::uint64_t>(about.st_blocks);
  stats.atime = timeOf(about.st_atim);
  stats.mtime = timeOf(about.st_mtim);
  stats.ctime = timeOf(about.st_ctim);
  return stats;
}

}  // namespace internal

namespace sync {

absl::StatusOr<Stats> stat(const std::string& path) {
  struct ::stat about {};
  const absl::Status status =
      posix("stat", path, [&] { return ::stat(path.c_str(), &about); });
  if (!status.ok()) return status;
  return internal::statsOf(about);
}

absl::StatusOr<Stats> lstat(const std::string& path) {
  struct ::stat about {};
  const absl::Status status =
      posix("lstat", path, [&] { return ::lstat(path.c_str(), &about); });
  if (!status.ok()) return status;
  return internal::statsOf(about);
}

absl::Status access(const std::string& path, Access wanted) {
  const int mode = (wanted.read ? R_OK : 0) | (wanted.write ? W_OK : 0) |
                   (wanted.execute ? X_OK : 0) | F_OK;
  return posix("access", path, [&] { return ::access(path.c_str(), mode); });
}

absl::StatusOr<bool> exists(const std::string& path) {
  const absl::Status status = access(path);
  if (status.ok()) return true;
  if (absl::IsNotFound(status)) return false;
  return status;
}

}  // namespace sync
}  // namespace weft::native::fs
